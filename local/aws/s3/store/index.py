"""What is known about buckets and objects, as rows of the database; every function is a part of one transaction."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from sqlite3 import Connection
from typing import Any

# Keys are stored as bytes, because S3 orders them as UTF-8 bytes.
_TABLES = """
CREATE TABLE IF NOT EXISTS s3_buckets (name TEXT PRIMARY KEY, created REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS s3_objects (
  bucket TEXT, key BLOB, file TEXT NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL, modified REAL NOT NULL, about TEXT NOT NULL,
  PRIMARY KEY (bucket, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS s3_uploads (
  id TEXT PRIMARY KEY, bucket TEXT NOT NULL, key BLOB NOT NULL, started REAL NOT NULL, about TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS s3_parts (
  upload TEXT, number INTEGER, file TEXT NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL, modified REAL NOT NULL,
  checksums TEXT NOT NULL, PRIMARY KEY (upload, number)
) WITHOUT ROWID
"""
_OBJECT = "SELECT bucket, key, file, size, etag, modified, about FROM s3_objects"


@dataclass(frozen=True)
class About:
    """What a client said about an object, and how it was uploaded."""

    headers: dict[str, str] = field(default_factory=dict)
    checksums: dict[str, str] = field(default_factory=dict)  # base64 by algorithm
    is_composite: bool = False  # the checksum is one of the parts' checksums
    parts: list[int] = field(default_factory=list)  # their sizes, if uploaded in parts
    upload: str | None = None  # the id of that upload


@dataclass(frozen=True)
class StoredObject:
    """One object's row."""

    bucket: str
    key: str
    file: str
    size: int
    etag: str  # without quotes
    modified: float  # Unix time
    about: About


def create_tables(connection: Connection) -> None:
    for table in _TABLES.split(";"):
        connection.execute(table)


def buckets(connection: Connection) -> dict[str, float]:
    """Return when each bucket was created, in the order of their names."""
    return dict(connection.execute("SELECT name, created FROM s3_buckets ORDER BY name"))


def has_bucket(connection: Connection, name: str) -> bool:
    return connection.execute("SELECT 1 FROM s3_buckets WHERE name = ?", (name,)).fetchone() is not None


def add_bucket(connection: Connection, name: str, created: float) -> None:
    connection.execute("INSERT OR IGNORE INTO s3_buckets VALUES (?, ?)", (name, created))


def remove_bucket(connection: Connection, name: str) -> None:
    connection.execute("DELETE FROM s3_buckets WHERE name = ?", (name,))


def find(connection: Connection, bucket: str, key: str) -> StoredObject | None:
    row = connection.execute(f"{_OBJECT} WHERE bucket = ? AND key = ?", (bucket, key.encode())).fetchone()
    return _object(row) if row else None


def first(connection: Connection, bucket: str, start: bytes, end: bytes | None) -> StoredObject | None:
    """Return the object with the smallest key from `start` on and before `end`."""
    bounds = (bucket, start) if end is None else (bucket, start, end)
    before = "" if end is None else " AND key < ?"
    row = connection.execute(f"{_OBJECT} WHERE bucket = ? AND key >= ?{before} ORDER BY key LIMIT 1", bounds).fetchone()
    return _object(row) if row else None


def every(connection: Connection) -> Iterator[StoredObject]:
    return map(_object, connection.execute(f"{_OBJECT} ORDER BY bucket, key"))


def put(connection: Connection, stored: StoredObject) -> None:
    row = (stored.bucket, stored.key.encode(), stored.file, stored.size, stored.etag, stored.modified, json.dumps(vars(stored.about)))
    connection.execute("INSERT OR REPLACE INTO s3_objects VALUES (?, ?, ?, ?, ?, ?, ?)", row)


def delete(connection: Connection, bucket: str, key: str) -> None:
    connection.execute("DELETE FROM s3_objects WHERE bucket = ? AND key = ?", (bucket, key.encode()))


def files(connection: Connection) -> Iterator[str]:
    """Return the names of all files that rows refer to."""
    return (name for (name,) in connection.execute("SELECT file FROM s3_objects UNION ALL SELECT file FROM s3_parts"))


def totals(connection: Connection) -> tuple[int, int, int, int]:
    """Return number and bytes of the objects, and of the parts of unfinished uploads."""
    objects: tuple[int, int] = connection.execute("SELECT count(*), coalesce(sum(size), 0) FROM s3_objects").fetchone()
    parts: tuple[int, int] = connection.execute("SELECT count(*), coalesce(sum(size), 0) FROM s3_parts").fetchone()
    return (*objects, *parts)


def _object(row: tuple[Any, ...]) -> StoredObject:
    bucket, key, file, size, etag, modified, about = row
    return StoredObject(bucket, key.decode(), file, size, etag, modified, About(**json.loads(about)))
