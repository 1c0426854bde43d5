"""The secrets of all tenants: derived from one master, so that none lies in a table and none can be lost alone."""

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from cliprelay.webhooks.signing import KeyPair

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


class WebhookKeys:
    """Derives keys; the master is read from Secrets Manager when first needed and kept warm, because it never changes."""

    def __init__(self, client: "SecretsManagerClient", arn: str) -> None:
        self._client, self._arn, self._master = client, arn, ""

    def of(self, tenant: str, version: int) -> KeyPair:
        """One version of a tenant's keys."""
        self._master = self._master or self._client.get_secret_value(SecretId=self._arn)["SecretString"]
        return derive(self._master, tenant, version)


def derive(master: str, tenant: str, version: int) -> KeyPair:
    """HKDF-SHA256 (RFC 5869); a tenant's name holds no slash, so no two of these contexts are the same."""

    def material(kind: str) -> bytes:
        context = f"cliprelay/webhook/{tenant}/{version}/{kind}".encode()
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=context).derive(master.encode())

    return KeyPair(secret=material("v1"), seed=material("v1a"))
