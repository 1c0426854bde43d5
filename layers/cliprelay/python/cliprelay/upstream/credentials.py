"""The upstream's key: read from Secrets Manager when first needed, kept warm, read again when it was refused."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cliprelay.errors import RefusedAccount

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

# A rotated key is picked up by itself within this time, and at once when the old one is refused.
CACHE_SECONDS = 300


class UpstreamKey:
    """Callable: returns the key; raises RefusedAccount while the owner has not stored one."""

    def __init__(self, client: "SecretsManagerClient", arn: str, *, seconds: Callable[[], float] | None = None) -> None:
        self._client, self._arn = client, arn
        self._seconds = seconds or (lambda: datetime.now(UTC).timestamp())
        self._value, self._until = "", 0.0

    def __call__(self) -> str:
        if self._seconds() >= self._until:
            return self.refetch()
        return self._value

    def refetch(self) -> str:
        """Read the key anew."""
        try:
            value = self._client.get_secret_value(SecretId=self._arn).get("SecretString", "").strip()
        except self._client.exceptions.ResourceNotFoundException:
            value = ""  # a secret without any version reads as not found
        if not value:
            raise RefusedAccount("upstream_key_missing", "the owner has not stored the upstream's key yet")
        self._value, self._until = value, self._seconds() + CACHE_SECONDS
        return value
