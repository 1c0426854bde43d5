"""The upstream's key: read from Secrets Manager on first use, cached, and read again after a refusal."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cliprelay.errors import RefusedAccount

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

# A rotated key takes effect within this time, or at once when the old one is refused.
CACHE_SECONDS = 300


class UpstreamKey:
    """Returns the key when called; raises RefusedAccount if none is stored."""

    def __init__(self, client: "SecretsManagerClient", arn: str, *, seconds: Callable[[], float] | None = None) -> None:
        self._client, self._arn = client, arn
        self._seconds = seconds or (lambda: datetime.now(UTC).timestamp())
        self._value, self._until = "", 0.0

    def __call__(self) -> str:
        if self._seconds() >= self._until:
            return self.refetch()
        return self._value

    def refetch(self) -> str:
        """Read the key from Secrets Manager, bypassing the cache."""
        try:
            value = self._client.get_secret_value(SecretId=self._arn).get("SecretString", "").strip()
        except self._client.exceptions.ResourceNotFoundException:
            value = ""  # a secret without any version reads as not found
        if not value:
            raise RefusedAccount("upstream_key_missing", "no upstream key has been stored yet")
        self._value, self._until = value, self._seconds() + CACHE_SECONDS
        return value
