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
    clients = {"s3": world.s3, "secretsmanager": world.secrets}
    return StackContext("http://aws", "http://front", Path(), clients=clients)


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


def test_a_secret_of_an_earlier_start_keeps_its_value_and_its_arn(context: StackContext, world: "World") -> None:
    properties = {"Name": f"{world.name}-master", "GenerateSecretString": {"PasswordLength": 40}}
    first = storage.secret(context, "Master", properties)
    value = world.secrets.get_secret_value(SecretId=first.ref)["SecretString"]
    assert storage.secret(context, "Master", properties) == first
    versions = world.secrets.list_secret_version_ids(SecretId=first.ref)["Versions"]
    assert (len(versions), world.secrets.get_secret_value(SecretId=first.ref)["SecretString"]) == (1, value)


def test_a_secret_that_somebody_has_deleted_stays_deleted(context: StackContext, world: "World") -> None:
    properties = {"Name": f"{world.name}-gone", "SecretString": "any"}
    first = storage.secret(context, "Gone", properties)
    world.secrets.delete_secret(SecretId=first.ref)
    assert storage.secret(context, "Gone", properties) == first
    assert "DeletedDate" in world.secrets.describe_secret(SecretId=first.ref)
