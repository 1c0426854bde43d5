"""Secrets keep their values, versions and dates over a restart, and a full disk changes nothing."""

from pathlib import Path
from typing import Any

import pytest
from moto.secretsmanager.models import FakeSecret

from local.aws.secretsmanager.secrets import FIELDS
from tests.support.durable_messaging import MessagingProcess, running
from tests.support.memory_aws.backends import code_of


def described(process: MessagingProcess, name: str) -> dict[str, Any]:
    answer: dict[str, Any] = process.secrets.describe_secret(SecretId=name)
    del answer["ResponseMetadata"]
    return answer


def values(process: MessagingProcess, name: str) -> dict[str, str]:
    stages = ("AWSCURRENT", "AWSPREVIOUS", "AWSPENDING")
    return {stage: process.secrets.get_secret_value(SecretId=name, VersionStage=stage)["SecretString"] for stage in stages}


def test_a_secret_has_its_versions_stages_and_dates_after_a_restart(tmp_path: Path) -> None:
    with running(tmp_path) as process:
        arn = process.secrets.create_secret(Name="master", SecretString="one", Tags=[{"Key": "a", "Value": "b"}])["ARN"]
        process.secrets.put_secret_value(SecretId=arn, SecretString="two")
        process.secrets.put_secret_value(SecretId="master", SecretString="three", VersionStages=["AWSPENDING"])
        process.secrets.put_resource_policy(SecretId=arn, ResourcePolicy="{}")
        before = described(process, arn), values(process, arn)
    with running(tmp_path) as process:
        assert (described(process, arn), values(process, "master")) == before
        assert before[1] == {"AWSCURRENT": "two", "AWSPREVIOUS": "one", "AWSPENDING": "three"}
        assert process.secrets.get_resource_policy(SecretId=arn)["ResourcePolicy"] == "{}"


def test_a_binary_secret_and_an_empty_one_stay_what_they_are(tmp_path: Path) -> None:
    with running(tmp_path) as process:
        process.secrets.create_secret(Name="binary", SecretBinary=b"\x00\xff")
        process.secrets.create_secret(Name="empty")
    with running(tmp_path) as process:
        assert process.secrets.get_secret_value(SecretId="binary")["SecretBinary"] == b"\x00\xff"
        assert code_of(process.secrets.get_secret_value, SecretId="empty") == "ResourceNotFoundException"
        process.secrets.put_secret_value(SecretId="empty", SecretString="now")
        assert process.secrets.get_secret_value(SecretId="empty")["SecretString"] == "now"


def test_a_deleted_secret_stays_deleted_and_can_still_be_restored(tmp_path: Path) -> None:
    with running(tmp_path) as process:
        for name in ("later", "at-once"):
            process.secrets.create_secret(Name=name, SecretString="one")
        process.secrets.delete_secret(SecretId="later")
        process.secrets.delete_secret(SecretId="at-once", ForceDeleteWithoutRecovery=True)
        date = described(process, "later")["DeletedDate"]
    with running(tmp_path) as process:
        assert described(process, "later")["DeletedDate"] == date
        assert code_of(process.secrets.get_secret_value, SecretId="later") == "InvalidRequestException"
        assert code_of(process.secrets.describe_secret, SecretId="at-once") == "ResourceNotFoundException"
        process.secrets.restore_secret(SecretId="later")
    with running(tmp_path) as process:
        assert process.secrets.get_secret_value(SecretId="later")["SecretString"] == "one"


def test_a_replica_is_in_its_region_after_a_restart(tmp_path: Path) -> None:
    with running(tmp_path) as process:
        process.secrets.create_secret(Name="far", SecretString="one", AddReplicaRegions=[{"Region": "eu-west-1"}])
        before = described(process, "far")["ReplicationStatus"]
    with running(tmp_path) as process:
        assert described(process, "far")["ReplicationStatus"] == before
        assert [status["Status"] for status in before] == ["InSync"]


def test_a_rotation_is_stored(tmp_path: Path) -> None:
    with running(tmp_path) as process:
        process.secrets.create_secret(Name="turning", SecretString="one")
        process.secrets.rotate_secret(SecretId="turning", RotationRules={"AutomaticallyAfterDays": 7})
        before = described(process, "turning")
    with running(tmp_path) as process:
        assert described(process, "turning") == before
        assert before["RotationRules"] == {"AutomaticallyAfterDays": 7}


def test_a_full_disk_fails_the_change_and_leaves_the_secret_as_it_was(tmp_path: Path) -> None:
    with running(tmp_path) as process:
        process.secrets.create_secret(Name="master", SecretString="one")
        process.limit_disk(0)
        for call in (process.secrets.put_secret_value, process.secrets.update_secret):
            assert code_of(call, SecretId="master", SecretString="x" * 60_000) == "InternalServiceError"
        assert code_of(process.secrets.create_secret, Name="other", SecretString="x" * 60_000) == "InternalServiceError"
        assert process.secrets.get_secret_value(SecretId="master")["SecretString"] == "one"
        assert [secret["Name"] for secret in process.secrets.list_secrets()["SecretList"]] == ["master"]
        process.limit_disk(None)
        process.secrets.put_secret_value(SecretId="master", SecretString="two")
    with running(tmp_path) as process:
        assert process.secrets.get_secret_value(SecretId="master")["SecretString"] == "two"


def test_every_field_of_motos_secrets_is_named() -> None:
    secret = FakeSecret("123456789012", "us-east-1", "any", {}, "v")
    assert set(vars(secret)) == {*FIELDS, "replicas"}


@pytest.mark.parametrize("operation", ["list_secrets", "get_random_password"])
def test_reading_needs_no_space(tmp_path: Path, operation: str) -> None:
    with running(tmp_path) as process:
        process.limit_disk(0)
        assert getattr(process.secrets, operation)()["ResponseMetadata"]["HTTPStatusCode"] == 200
