"""Create buckets, secrets and log groups."""

from collections.abc import Callable
from typing import Any

from local.stack.context import Properties, StackContext
from local.stack.intrinsics import CreatedResource


def bucket(context: StackContext, logical_id: str, properties: Properties) -> CreatedResource:
    s3 = context.client("s3")
    name = properties.get("BucketName", context.physical_name(logical_id).lower())
    s3.create_bucket(Bucket=name)
    for key, put in _BUCKET_SETTINGS.items():
        if key in properties:
            put(s3, name, properties[key])
    host = f"{name}.s3.amazonaws.com"
    return CreatedResource(name, {"Arn": f"arn:aws:s3:::{name}", "DomainName": host, "RegionalDomainName": host})


def _lifecycle_rule(rule: Properties) -> dict[str, Any]:
    """Translate a lifecycle rule from CloudFormation's spelling to S3's."""
    translated: dict[str, Any] = {"Status": rule["Status"], "Filter": {"Prefix": rule.get("Prefix", "")}}
    if "Id" in rule:
        translated["ID"] = rule["Id"]
    if "ExpirationInDays" in rule:
        translated["Expiration"] = {"Days": int(rule["ExpirationInDays"])}
    if "AbortIncompleteMultipartUpload" in rule:
        days = rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"]
        translated["AbortIncompleteMultipartUpload"] = {"DaysAfterInitiation": int(days)}
    if "NoncurrentVersionExpiration" in rule:
        days = rule["NoncurrentVersionExpiration"]["NoncurrentDays"]
        translated["NoncurrentVersionExpiration"] = {"NoncurrentDays": int(days)}
    return translated


def _put_lifecycle(s3: Any, name: str, settings: Properties) -> None:
    rules = [_lifecycle_rule(rule) for rule in settings["Rules"]]
    s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": rules})


def _put_encryption(s3: Any, name: str, settings: Properties) -> None:
    rules = [
        {"ApplyServerSideEncryptionByDefault": rule["ServerSideEncryptionByDefault"]}
        for rule in settings["ServerSideEncryptionConfiguration"]
        if "ServerSideEncryptionByDefault" in rule
    ]
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": rules})


def _put_cors(s3: Any, name: str, settings: Properties) -> None:
    rules = [
        {key: rule[key] for key in ("AllowedHeaders", "AllowedMethods", "AllowedOrigins") if key in rule}
        | {"MaxAgeSeconds": int(rule.get("MaxAge", 0)), "ExposeHeaders": rule.get("ExposedHeaders", [])}
        for rule in settings["CorsRules"]
    ]
    s3.put_bucket_cors(Bucket=name, CORSConfiguration={"CORSRules": rules})


def _put_versioning(s3: Any, name: str, settings: Properties) -> None:
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration=settings)


def _put_access_block(s3: Any, name: str, settings: Properties) -> None:
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=settings)


def _put_ownership(s3: Any, name: str, settings: Properties) -> None:
    s3.put_bucket_ownership_controls(Bucket=name, OwnershipControls=settings)


_BUCKET_SETTINGS: dict[str, Callable[[Any, str, Properties], None]] = {
    "LifecycleConfiguration": _put_lifecycle,
    "BucketEncryption": _put_encryption,
    "CorsConfiguration": _put_cors,
    "VersioningConfiguration": _put_versioning,
    "PublicAccessBlockConfiguration": _put_access_block,
    "OwnershipControls": _put_ownership,
}


def secret(context: StackContext, logical_id: str, properties: Properties) -> CreatedResource:
    """Create an empty or generated secret, or find the one of an earlier start; the service adds the upstream key later."""
    name = properties.get("Name", context.physical_name(logical_id))
    secrets = context.client("secretsmanager")
    try:
        arn = secrets.describe_secret(SecretId=name)["ARN"]
    except secrets.exceptions.ResourceNotFoundException:
        arn = secrets.create_secret(Name=name, **_new_secret(secrets, properties))["ARN"]
    return CreatedResource(arn, {"Id": arn})


def _new_secret(secrets: Any, properties: Properties) -> dict[str, Any]:
    given: dict[str, Any] = {key: properties[key] for key in ("Description", "SecretString") if key in properties}
    if "GenerateSecretString" in properties:
        given["SecretString"] = secrets.get_random_password(**properties["GenerateSecretString"])["RandomPassword"]
    return given


def log_group(context: StackContext, logical_id: str, properties: Properties) -> CreatedResource:
    logs = context.client("logs")
    name = properties.get("LogGroupName", context.physical_name(logical_id))
    logs.create_log_group(logGroupName=name)
    if "RetentionInDays" in properties:
        logs.put_retention_policy(logGroupName=name, retentionInDays=int(properties["RetentionInDays"]))
    arn = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]["arn"]
    return CreatedResource(name, {"Arn": arn})
