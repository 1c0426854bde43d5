"""Recognise a restored table: which of the stack's tables it is a copy of, and whether it is complete."""

from dataclasses import dataclass
from datetime import UTC
from enum import StrEnum
from typing import Any

from cliprelay.video.record import iso
from operate.deployment import Deployment
from operate.errors import CommandError


class Kind(StrEnum):
    """One of the stack's tables, by the output that names the live one."""

    VIDEOS = "VideosTableName"
    KEYS = "KeysTableName"
    WEBHOOKS = "WebhooksTableName"
    SPEND = "SpendTableName"


# The functions find items by these; a table restored without its indexes lacks some of them.
INDEXES = {Kind.VIDEOS: {"by_due", "by_queue"}, Kind.WEBHOOKS: {"by_video", "by_due"}}
# And a tenant's videos by one of these, as the parameter TenantIndex was when the backup was made.
LISTS = {"by_owner", "by_tenant"}
WORDS = {Kind.VIDEOS: "videos", Kind.KEYS: "API keys", Kind.WEBHOOKS: "webhooks and deliveries", Kind.SPEND: "budgets and usage"}


@dataclass(frozen=True)
class FoundTable:
    """A table as DynamoDB describes it; `origin` says what it was restored from, if it was."""

    name: str
    kind: Kind
    origin: str | None


def recognise(deployment: Deployment, name: str) -> FoundTable:
    """Return what a table is; raise CommandError, before any write, if it is none of ours or is still being restored."""
    described: dict[str, Any] = deployment.client("dynamodb").describe_table(TableName=name)["Table"]
    restore: dict[str, Any] = described.get("RestoreSummary") or {}
    if described["TableStatus"] != "ACTIVE" or restore.get("RestoreInProgress"):
        raise CommandError(f"nothing was changed: {name} is not ready yet; wait with `aws dynamodb wait table-exists --table-name {name}`")
    return FoundTable(name, _kind(name, described), _origin(restore))


def _origin(restore: dict[str, Any]) -> str | None:
    """Say from which table, and of which moment, a restored table is."""
    if not (restore.get("SourceTableArn") and restore.get("RestoreDateTime")):
        return None
    return f"{restore['SourceTableArn'].rpartition('/')[2]} as of {iso(restore['RestoreDateTime'].astimezone(UTC))}"


def _kind(name: str, described: dict[str, Any]) -> Kind:
    keys = {part["AttributeName"] for part in described["KeySchema"]}
    if keys == {"key_sha256"}:
        return Kind.KEYS
    if keys == {"pk", "sk"}:
        return Kind.SPEND
    indexes = {index.get("IndexName", "") for index in described.get("GlobalSecondaryIndexes", [])}
    kinds = [kind for kind, needed in INDEXES.items() if needed <= indexes and (kind is not Kind.VIDEOS or indexes & LISTS)]
    if keys != {"id"} or not kinds:
        lists = {Kind.VIDEOS: f", {' or '.join(sorted(LISTS))}"}
        needed = "; ".join(f"{WORDS[kind]}: {', '.join(sorted(names))}{lists.get(kind, '')}" for kind, names in INDEXES.items())
        raise CommandError(f"nothing was changed: {name} is none of the stack's tables, or was restored without its indexes ({needed})")
    return kinds[0]
