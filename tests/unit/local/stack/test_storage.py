"""Resources that keep data: made as the template describes them, and known by what Ref and GetAtt give."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from local.stack import storage
from local.stack.context import StackContext

if TYPE_CHECKING:
    from tests.support.world import World


@pytest.fixture
def context(world: "World") -> StackContext:
    """A stack that is made in the test's own AWS."""
    clients = {"dynamodb": world.dynamodb, "s3": world.s3, "secretsmanager": world.secrets}
    return StackContext("http://aws", "http://front", Path(), clients=clients)


def test_a_table_has_its_keys_its_stream_and_its_time_to_live(context: StackContext, world: "World") -> None:
    properties = {
        "TableName": f"{world.name}-made",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
        "StreamSpecification": {"StreamViewType": "NEW_IMAGE"},
        "TimeToLiveSpecification": {"AttributeName": "expires_at", "Enabled": True},
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "Tags": [],
    }
    made = storage.table(context, "VideosTable", properties)
    described = world.dynamodb.describe_table(TableName=made.ref)["Table"]
    assert made.ref == f"{world.name}-made"
    assert made.attributes == {"Arn": described["TableArn"], "StreamArn": described["LatestStreamArn"]}
    living = world.dynamodb.describe_time_to_live(TableName=made.ref)["TimeToLiveDescription"]
    assert (living["TimeToLiveStatus"], living["AttributeName"]) == ("ENABLED", "expires_at")
    backups = world.dynamodb.describe_continuous_backups(TableName=made.ref)["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"


def test_a_bucket_has_its_lifecycle_and_its_cors_rules_in_the_spelling_of_s3(context: StackContext, world: "World") -> None:
    name = f"{world.name}-made"
    rules = [
        {"Id": "inputs", "Status": "Enabled", "Prefix": "inputs/", "ExpirationInDays": "7"},
        {"Status": "Enabled", "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}},
        {"Status": "Enabled", "NoncurrentVersionExpiration": {"NoncurrentDays": "3"}},
    ]
    cors = [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"], "MaxAge": "60"}]
    made = storage.bucket(
        context, "Bucket", {"BucketName": name, "LifecycleConfiguration": {"Rules": rules}, "CorsConfiguration": {"CorsRules": cors}}
    )
    assert (made.ref, made.attributes["Arn"]) == (name, f"arn:aws:s3:::{name}")
    first, second, third = world.s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
    assert (first["ID"], first["Filter"], first["Expiration"]) == ("inputs", {"Prefix": "inputs/"}, {"Days": 7})
    assert second["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}
    assert third["NoncurrentVersionExpiration"] == {"NoncurrentDays": 3}
    (rule,) = world.s3.get_bucket_cors(Bucket=name)["CORSRules"]
    assert (rule["AllowedMethods"], rule["MaxAgeSeconds"]) == (["GET"], 60)


def test_a_bucket_is_encrypted_versioned_and_closed_as_the_template_says(context: StackContext, world: "World") -> None:
    closed = {"BlockPublicAcls": True, "BlockPublicPolicy": True, "IgnorePublicAcls": True, "RestrictPublicBuckets": True}
    encryption = [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
    properties = {
        "BucketName": f"{world.name}-made",
        "BucketEncryption": {"ServerSideEncryptionConfiguration": encryption},
        "VersioningConfiguration": {"Status": "Enabled"},
        "PublicAccessBlockConfiguration": closed,
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
    }
    name = storage.bucket(context, "Bucket", properties).ref
    (rule,) = world.s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert world.s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    assert world.s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"] == closed
    assert world.s3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"] == properties["OwnershipControls"]["Rules"]  # type: ignore[index]


def test_a_secret_is_generated_where_the_template_asks_for_it(context: StackContext, world: "World") -> None:
    given = storage.secret(context, "Given", {"Name": f"{world.name}-given", "SecretString": "text"})
    drawn = storage.secret(context, "Drawn", {"Name": f"{world.name}-drawn", "GenerateSecretString": {"PasswordLength": 40}})
    assert world.secrets.get_secret_value(SecretId=given.ref)["SecretString"] == "text"
    assert len(world.secrets.get_secret_value(SecretId=drawn.ref)["SecretString"]) == 40
    assert given.attributes == {"Id": given.ref}
