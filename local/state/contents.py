"""What lies in a state folder, read without a lock and without a write, so that a running service is not disturbed."""

import json
import os
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from local.account import STACK_NAME
from local.state.database import APPLICATION_ID, VERSION
from local.state.folder import DATABASE
from local.state.identity import SPACE
from local.state.items import stored_items
from local.state.lock import running_service

T = TypeVar("T")

# In the order in which a video passes them; the ended ones last.
STATUSES = ("unconfirmed", "submitting", "running", "archiving", "queued", "succeeded", "failed", "expired", "canceled")
OPEN = STATUSES[:5]
# Paid, or perhaps: what the upstream is working on would be lost.
_PAID = STATUSES[:4]


@dataclass
class Contents:
    """The contents of a folder; what could not be read is missing, and `problems` says why."""

    folder: Path
    service: str | None = None
    upstream: str | None = None
    created: str | None = None
    format: int | None = None
    videos: dict[str, int] = field(default_factory=dict)
    paid_videos: list[str] = field(default_factory=list)
    api_keys: int = 0
    revoked_api_keys: int = 0
    webhooks: int = 0
    open_deliveries: int = 0
    objects: int = 0
    object_bytes: int = 0
    missing_objects: list[str] = field(default_factory=list)
    emails: int = 0
    bytes_on_disk: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def open_videos(self) -> int:
        return sum(self.videos.get(status, 0) for status in OPEN)


# Yields the items of the table with this name, in DynamoDB's JSON.
ItemsOf = Callable[[sqlite3.Connection, str], Iterable[dict[str, Any]]]


def read_contents(folder: Path, items_of: ItemsOf = stored_items) -> Contents:
    """Read a folder as far as it can be read."""
    found = Contents(folder, service=running_service(folder))
    found.emails = len(list((folder / "mail").glob("*.eml")))
    found.bytes_on_disk = sum(_blocks(Path(top) / name) for top, _, names in os.walk(folder) for name in names)
    if (folder / DATABASE).exists():
        _read_database(found, items_of)
    return found


def _read_database(found: Contents, items_of: ItemsOf) -> None:
    try:
        connection = _connect(found.folder / DATABASE)
    except sqlite3.Error as error:
        found.problems.append(f"{DATABASE} cannot be opened ({error})")
        return
    with closing(connection):
        for part in (_format, _identity, _objects, _damage):
            _read_part(part, connection, found)
        for logical_id, part_of_items in _TABLES.items():
            _read_part(part_of_items, items_of(connection, f"{STACK_NAME}-{logical_id}-local"), found)


def _read_part(part: Callable[[T, Contents], None], source: T, found: Contents) -> None:
    """Read one part; the others are independent, because a damaged file can often be read in part."""
    try:
        part(source, found)
    except (sqlite3.Error, ValueError, KeyError, TypeError) as error:
        if "no such table" not in str(error):  # as in a folder that was never used
            found.problems.append(f"{DATABASE}: {part.__name__.strip('_').replace('_', ' ')} cannot be read ({error})")


def _connect(file: Path) -> sqlite3.Connection:
    """Open the database for reading; in a read-only folder without a log, as a file that nobody changes."""
    options = "mode=ro"
    if not os.access(file.parent, os.W_OK) and not file.with_name(f"{file.name}-wal").exists():
        options = "immutable=1"
    return sqlite3.connect(f"file:{quote(str(file.absolute()))}?{options}", uri=True)


def _blocks(path: Path) -> int:
    try:
        return path.lstat().st_blocks * 512
    except FileNotFoundError:
        return 0  # removed while we looked


def _format(connection: sqlite3.Connection, found: Contents) -> None:
    ((owner,),) = connection.execute("PRAGMA application_id")
    ((found.format,),) = connection.execute("PRAGMA user_version")
    if owner not in (0, APPLICATION_ID):
        found.problems.append(f"{DATABASE} is no database of the local service")
    elif found.format > VERSION:
        found.problems.append(f"{DATABASE} has format {found.format}, and this version reads only {VERSION}; use the newer version")


def _identity(connection: sqlite3.Connection, found: Contents) -> None:
    rows = connection.execute("SELECT key, value FROM records WHERE space = ?", (SPACE,))
    known = {key: json.loads(value) for key, value in rows}
    found.upstream, found.created = known.get("upstream"), known.get("created")


def _videos(items: Iterable[dict[str, Any]], found: Contents) -> None:
    counts: Counter[str] = Counter()
    for item in items:
        status = item.get("status", {}).get("S")
        if status:
            counts[status] += 1
        if status in _PAID:
            found.paid_videos.append(item["id"]["S"])
    known = [*STATUSES, *sorted(counts.keys() - set(STATUSES))]
    found.videos = {status: counts[status] for status in known if counts[status]}
    found.paid_videos.sort()


def _api_keys(items: Iterable[dict[str, Any]], found: Contents) -> None:
    for item in items:
        is_revoked = "S" in item.get("revoked_at", {})
        found.revoked_api_keys += is_revoked
        found.api_keys += not is_revoked


def _webhooks(items: Iterable[dict[str, Any]], found: Contents) -> None:
    for item in items:
        found.webhooks += item["id"]["S"].startswith("tenant_") and "S" in item.get("url", {})
        found.open_deliveries += "S" in item.get("due", {})


def _objects(connection: sqlite3.Connection, found: Contents) -> None:
    for bucket, key, file, size in connection.execute("SELECT bucket, key, file, size FROM s3_objects ORDER BY bucket, key"):
        found.objects, found.object_bytes = found.objects + 1, found.object_bytes + size
        if _size(found.folder / "objects" / file) != size:
            found.missing_objects.append(f"{bucket}/{key.decode(errors='replace')}")


def _size(file: Path) -> int | None:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return None


def _damage(connection: sqlite3.Connection, found: Contents) -> None:
    said = [str(text) for (text,) in connection.execute("PRAGMA quick_check(1)")]
    if said != ["ok"]:
        found.problems.append(f"{DATABASE} is damaged ({' '.join(said[0].split())})")


# By their logical ids in the template.
_TABLES = {"VideosTable": _videos, "KeysTable": _api_keys, "WebhooksTable": _webhooks}
