"""The named fields of moto's secrets: values, versions with their stages, dates, rotation and deletion."""

from typing import Any

from moto.secretsmanager.models import FakeSecret, ReplicaSecret, secretsmanager_backends

from local.aws.moto.durable_state import Fields, fields_of, replace_fields

FIELDS = (
    "secret_id",
    "name",
    "arn",
    "account_id",
    "region",
    "secret_string",
    "secret_binary",
    "description",
    "tags",
    "kms_key_id",
    "version_stages",
    "last_changed_date",
    "created_date",
    "rotation_requested",
    "rotation_enabled",
    "rotation_lambda_arn",
    "auto_rotate_after_days",
    "deleted_date",
    "policy",
    "next_rotation_date",
    "last_rotation_date",
    "versions",
    "default_version_id",
)


class Secrets:
    """Secrets by ARN; their replicas in other regions are part of them."""

    def capture(self) -> dict[str, Fields]:
        return {secret.arn: fields_of(secret, FIELDS) | {"replicas": _replicas(secret)} for secret in _secrets()}

    def restore(self, stored: dict[str, Fields]) -> None:
        present = {secret.arn: secret for secret in _secrets()}
        for _, _, backend in list(secretsmanager_backends.iter_backends()):
            dict.clear(backend.secrets)  # type: ignore[attr-defined]  # it is a SecretsManagerBackend
        for arn, fields in stored.items():
            secret: Any = present.get(arn) or FakeSecret.__new__(FakeSecret)
            replace_fields(secret, fields, FIELDS)
            secretsmanager_backends[secret.account_id][secret.region].secrets[secret.secret_id] = secret
            secret.replicas = [_replica(secret, replica) for replica in fields["replicas"]]

    def forget_removed(self) -> None:
        """Nothing else belongs to a secret."""


def _secrets() -> list[FakeSecret]:
    backends: list[Any] = [backend for _, _, backend in list(secretsmanager_backends.iter_backends())]
    return [secret for backend in backends for secret in list(dict.values(backend.secrets)) if isinstance(secret, FakeSecret)]


def _replicas(secret: FakeSecret) -> list[Fields]:
    return [{"region": each.region, "failure": None if each.has_replica else each.message} for each in secret.replicas]


def _replica(secret: Any, fields: Fields) -> ReplicaSecret:
    if fields["failure"]:
        return ReplicaSecret(secret, fields["region"], "Failed", fields["failure"])
    replica = ReplicaSecret(secret, fields["region"])
    secretsmanager_backends[secret.account_id][replica.region].secrets[replica.arn] = replica
    return replica
