"""Copy lost API keys into the live table; a revoked one never becomes valid, and a valid one only if the operator says so."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cliprelay.aws.items import plain, typed
from cliprelay.tenants.api_keys import ID_DIGITS, KeyRecord
from cliprelay.video.record import iso
from operate.recovery.report import COPIED, EXISTS, Outcome

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

AS_REVOKED = "copied, revoked as before"
REVOKED = "in the live table, revoked there too"
LEFT_OUT = "not copied: valid in the backup, and perhaps revoked since"


@dataclass(frozen=True)
class KeyCopier:
    """Copies the restored table of keys; `accepted` says which valid keys come back: begins of their ids, or None for all."""

    client: "DynamoDBClient"
    restored: str
    live: str
    accepted: tuple[str, ...] | None
    dry_run: bool

    def copy(self) -> Iterator[Outcome]:
        """Examine every key of the restored table, and yield what became of it."""
        for page in self.client.get_paginator("scan").paginate(TableName=self.restored, ConsistentRead=True):
            for item in page["Items"]:
                yield self._copy(plain(item))

    def _copy(self, item: dict[str, Any]) -> Outcome:
        key, live = KeyRecord.from_item(item), self._read(item["key_sha256"])
        kind = "API key, revoked" if key.revoked_at else "API key, valid"
        if live is None:
            return self._restore(kind, key, item)
        if key.revoked_at and live.revoked_at is None:
            self._revoke(key)
            return Outcome(kind, REVOKED)
        return Outcome(kind, EXISTS)

    def _restore(self, kind: str, key: KeyRecord, item: dict[str, Any]) -> Outcome:
        if key.revoked_at is None and not self._accepts(key):
            shown = f"key {key.hint}... of tenant {key.tenant}, created {key.created_at}, id {key.key_sha256[:ID_DIGITS]}"
            return Outcome(kind, LEFT_OUT, f"{shown}: name it with --valid-keys, or create a new one")
        if not self.dry_run:
            try:
                self.client.put_item(TableName=self.live, Item=typed(item), ConditionExpression="attribute_not_exists(key_sha256)")
            except self.client.exceptions.ConditionalCheckFailedException:
                return Outcome(kind, EXISTS)
        return Outcome(kind, AS_REVOKED if key.revoked_at else COPIED)

    def _accepts(self, key: KeyRecord) -> bool:
        return self.accepted is None or any(key.key_sha256.startswith(begin) for begin in self.accepted)

    def _read(self, digest: str) -> KeyRecord | None:
        answer = self.client.get_item(TableName=self.live, Key={"key_sha256": {"S": digest}}, ConsistentRead=True)
        return KeyRecord.from_item(plain(answer["Item"])) if "Item" in answer else None

    def _revoke(self, key: KeyRecord) -> None:
        """Revoke a live key that the backup proves to be revoked."""
        if not self.dry_run:
            self.client.update_item(
                TableName=self.live,
                Key={"key_sha256": {"S": key.key_sha256}},
                UpdateExpression="SET revoked_at = if_not_exists(revoked_at, :then)",
                ExpressionAttributeValues=typed({":then": key.revoked_at or iso(datetime.now(UTC))}),
            )
