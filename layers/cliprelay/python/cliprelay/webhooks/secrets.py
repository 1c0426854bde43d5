"""Webhook secrets of all tenants, derived from one master secret, so that no table stores them."""

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from cliprelay.webhooks.signing import KeyPair

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


class WebhookKeys:
    """Derives keys; reads the master secret on first use and caches it for good, because it never changes."""

    def __init__(self, client: "SecretsManagerClient", arn: str) -> None:
        self._client, self._arn, self._master = client, arn, ""

    def of(self, tenant: str, version: int) -> KeyPair:
        """Return one version of a tenant's keys."""
        self._master = self._master or self._client.get_secret_value(SecretId=self._arn)["SecretString"]
        return derive(self._master, tenant, version)


def derive(master: str, tenant: str, version: int) -> KeyPair:
    """Derive keys with HKDF-SHA256 (RFC 5869); tenant names contain no slash, so every context is unique."""

    def material(kind: str) -> bytes:
        context = f"cliprelay/webhook/{tenant}/{version}/{kind}".encode()
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=context).derive(master.encode())

    return KeyPair(secret=material("v1"), seed=material("v1a"))
