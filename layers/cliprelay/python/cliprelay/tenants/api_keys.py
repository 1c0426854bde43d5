"""API keys: the table stores only their SHA-256; a key is shown once."""

import hashlib
import logging
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from cliprelay.aws.items import plain, typed
from cliprelay.video.record import iso

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

logger = logging.getLogger("cliprelay.keys")

TENANT_NAME = re.compile(r"[a-z0-9-]{1,40}")
# Not `-` alone: that is how usage shows keys without a name.
KEY_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
# How long a warm function may still accept a revoked key.
CACHE_SECONDS = 60
# How long a warm function may still refuse a key that was stored after it was first asked about; limits the reads of a wrong key.
REFUSAL_CACHE_SECONDS = 5
# The digits of a key's id in `operate keys list` and in the log; 48 bits make a collision within one deployment practically impossible.
ID_DIGITS = 12
# Limits a warm function's memory under a flood of wrong keys; a deployment has far fewer tenants than this.
CACHE_SIZE = 1_000


class Identity(NamedTuple):
    """Who sends a request: the tenant, the name of its API key, and whether an order with this key may touch a budget."""

    tenant: str
    key_name: str | None = None
    has_budget: bool = False


@dataclass(frozen=True)
class KeyRecord:
    """The record of one key; `hint` holds its first characters, to recognise it.

    Keys of one tenant may share a name: the next key of a rotation keeps that of the one before, and with it the budget.
    """

    key_sha256: str
    tenant: str
    created_at: str
    hint: str
    revoked_at: str | None = None
    name: str | None = None

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        """Read a record; unknown attributes of a newer version are ignored, so that nobody is locked out."""
        return cls(**{each.name: item[each.name] for each in fields(cls) if each.name in item})


class ApiKeyTable:
    """The table of API keys, for checking and for managing them.

    `has_budget` reads whether a budget has a limit for a tenant and a name of its keys; only checking needs it.
    """

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        *,
        seconds: Callable[[], float] | None = None,
        has_budget: Callable[[str, str | None], bool] = lambda tenant, name: False,
    ) -> None:
        self._client, self._table, self._has_budget = client, table, has_budget
        self._seconds = seconds or (lambda: datetime.now(UTC).timestamp())
        self._cache: dict[str, tuple[float, Identity | None]] = {}

    def create(self, tenant: str, name: str | None = None) -> str:
        """Create a key for a tenant, perhaps with a name, and return it; it cannot be read again."""
        if not TENANT_NAME.fullmatch(tenant):
            raise ValueError(f"a tenant name must match [a-z0-9-]{{1,40}}: {tenant!r}")
        if name is not None and not KEY_NAME.fullmatch(name):
            raise ValueError(f"a key's name must match [a-z0-9][a-z0-9-]{{0,39}}: {name!r}")
        key = f"clr_{secrets.token_urlsafe(32)}"
        item = {"key_sha256": _digest(key), "tenant": tenant, "created_at": iso(datetime.now(UTC)), "hint": key[:8]}
        self._client.put_item(TableName=self._table, Item=typed(item | ({"name": name} if name else {})))
        return key

    def list(self, tenant: str | None = None) -> Iterator[KeyRecord]:
        """Yield the keys of one tenant or of all, including revoked ones."""
        for page in self._client.get_paginator("scan").paginate(TableName=self._table):
            for item in page["Items"]:
                found = KeyRecord.from_item(plain(item))
                if tenant in (None, found.tenant):
                    yield found

    def revoke(self, key_sha256: str) -> bool:
        """Revoke a key within CACHE_SECONDS; False if it does not exist or was already revoked."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key={"key_sha256": {"S": key_sha256}},
                UpdateExpression="SET revoked_at = :now",
                ConditionExpression="attribute_exists(key_sha256) AND attribute_not_exists(revoked_at)",
                ExpressionAttributeValues=typed({":now": iso(datetime.now(UTC))}),
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def identify(self, key: str) -> Identity | None:
        """Return whose key this is, None for a wrong or revoked one; cached for CACHE_SECONDS or REFUSAL_CACHE_SECONDS."""
        digest, now = _digest(key), self._seconds()
        known = self._cache.get(digest)
        if known and known[0] > now:
            return known[1]
        if len(self._cache) >= CACHE_SIZE:
            self._cache.clear()
        identity = self._read(digest)
        if identity:
            # Once a minute and sandbox: it shows whether a key is still in use before somebody revokes it.
            logger.info("key used", extra={"key_id": digest[:ID_DIGITS], "tenant": identity.tenant})
        self._cache[digest] = (now + (REFUSAL_CACHE_SECONDS if identity is None else CACHE_SECONDS), identity)
        return identity

    def _read(self, digest: str) -> Identity | None:
        # Consistent, so that a key works as soon as `create` has returned it.
        answer = self._client.get_item(TableName=self._table, Key={"key_sha256": {"S": digest}}, ConsistentRead=True)
        found = KeyRecord.from_item(plain(answer["Item"])) if "Item" in answer else None
        if found is None or found.revoked_at is not None:
            return None
        return Identity(found.tenant, found.name, self._has_budget(found.tenant, found.name))


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
