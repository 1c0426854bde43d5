"""Objects that survive: a file for the bytes, a row for the rest.

A new object's file is on disk before its row, and its row before the answer; a replaced or deleted object's file is removed after its row.
So a crash leaves at most files without a row, which the next start removes.
"""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from sqlite3 import Connection
from typing import IO

from local.aws.s3.store import index, listing
from local.aws.s3.store.files import NewFile, ObjectFiles
from local.aws.s3.store.index import About, StoredObject
from local.state.database import Database

# Raises if the write must not happen, given what is stored under the key.
Condition = Callable[[StoredObject | None], None]

# Folders of files whose rows are gone with their process.
_EPHEMERAL = "ephemeral-"


class NoSuchBucket(LookupError):
    """There is no bucket of this name."""


class BucketNotEmpty(Exception):
    """The bucket has objects."""


class MissingFile(Exception):
    """An object's file is missing or has another size: somebody changed the folder."""


class UnknownFiles(OSError):
    """The folder's files belong to another database and were not changed; the message is one line for the user."""


@dataclass(frozen=True)
class Usage:
    """How much is stored."""

    buckets: int
    objects: int
    object_bytes: int
    parts: int  # of uploads in progress
    part_bytes: int


class ObjectStore:
    """Buckets and objects in a database and a folder; with a database in memory, the files are temporary, too."""

    def __init__(
        self, database: Database, folder: Path, clock: Callable[[], datetime], write: Callable[[int, bytes], int] = os.write
    ) -> None:
        self.database, self._clock = database, clock
        with database.transaction() as connection:
            index.create_tables(connection)
            (durable,) = (bool(file) for _, name, file in connection.execute("PRAGMA database_list") if name == "main")
        self._folder = folder
        self._temporary = None if durable else Path(tempfile.mkdtemp(prefix=_EPHEMERAL, dir=folder))
        self.files = ObjectFiles(self._temporary or folder, durable=durable, write=write)

    def recover(self) -> None:
        """Remove the files of writes that were never answered; raise UnknownFiles if the database knows no bucket at all."""
        self.files.sync()
        found = self.files.names()
        with self.database.transaction() as connection:
            known = index.buckets(connection)
            found.difference_update(index.files(connection))
        if found and not known:
            raise UnknownFiles(
                f"{self.files.folder} holds {len(found)} file(s) of a database that is not there;"
                " bring it back, or move the files away; nothing was changed"
            )
        self.files.remove(*found)
        for abandoned in self._folder.glob(f"{_EPHEMERAL}*"):
            if abandoned != self._temporary:
                shutil.rmtree(abandoned, ignore_errors=True)

    def close(self) -> None:
        """Remove the files if they are temporary."""
        if self._temporary:
            shutil.rmtree(self._temporary, ignore_errors=True)

    def now(self) -> float:
        return self._clock().timestamp()

    def buckets(self) -> dict[str, float]:
        """Return when each bucket was created."""
        with self.database.transaction() as connection:
            return index.buckets(connection)

    def add_bucket(self, name: str) -> None:
        """Add a bucket, or leave an existing one as it is."""
        with self.database.transaction() as connection:
            index.add_bucket(connection, name, self.now())

    def check_empty(self, name: str) -> None:
        """Raise BucketNotEmpty if the bucket has objects."""
        with self.database.transaction() as connection:
            if index.first(connection, name, b"", None):
                raise BucketNotEmpty

    def remove_bucket(self, name: str) -> None:
        with self.database.transaction() as connection:
            index.remove_bucket(connection, name)

    def find(self, bucket: str, key: str) -> StoredObject | None:
        """Return an object's row; raise NoSuchBucket, or MissingFile if it has no file."""
        while True:
            stored = self._row(bucket, key)
            if stored is None or self.files.size(stored.file) == stored.size:
                return stored
            self._check_unchanged(stored)

    def open(self, bucket: str, key: str) -> tuple[StoredObject, IO[bytes]] | None:
        """Return an object with its open file, which stays readable if the object is replaced meanwhile; raises like `find`."""
        while True:
            stored = self._row(bucket, key)
            if stored is None:
                return None
            with contextlib.suppress(FileNotFoundError):
                file = self.files.open(stored.file)
                if os.fstat(file.fileno()).st_size == stored.size:
                    return stored, file
                file.close()
            self._check_unchanged(stored)

    def put(self, file: NewFile, bucket: str, key: str, etag: str, about: About, condition: Condition) -> StoredObject:
        """Store a written file as an object, unless the condition raises."""
        file.finish()
        stored = StoredObject(bucket, key, file.name, file.size, etag, self.now(), about)
        with self.database.transaction() as connection:
            before = self._found(connection, bucket, key)
            condition(before)
            index.put(connection, stored)
        file.adopt()
        self.files.remove(before.file if before else None)
        return stored

    def check(self, bucket: str, key: str, condition: Condition) -> None:
        """Apply a condition before a body is read; `put` applies it again."""
        condition(self._row(bucket, key))

    def delete(self, bucket: str, keys: list[str], condition: Condition | None = None) -> None:
        """Delete all of these objects, or none; it does not matter whether they exist."""
        with self.database.transaction() as connection:
            gone = [self._found(connection, bucket, key) for key in keys]
            if condition:
                for each in gone:
                    condition(each)
            for key in keys:
                index.delete(connection, bucket, key)
        self.files.remove(*(each.file for each in gone if each))

    def page(self, query: listing.Query) -> listing.Page:
        """Return one page of a bucket's objects; raise NoSuchBucket."""
        with self.database.transaction() as connection:
            _check_bucket(connection, query.bucket)
            return listing.page(connection, query)

    def missing(self) -> list[StoredObject]:
        """Return the objects whose file is missing or has another size."""
        with self.database.transaction() as connection:
            return [each for each in index.every(connection) if self.files.size(each.file) != each.size]

    def usage(self) -> Usage:
        with self.database.transaction() as connection:
            return Usage(len(index.buckets(connection)), *index.totals(connection))

    def _row(self, bucket: str, key: str) -> StoredObject | None:
        with self.database.transaction() as connection:
            return self._found(connection, bucket, key)

    def _found(self, connection: Connection, bucket: str, key: str) -> StoredObject | None:
        _check_bucket(connection, bucket)
        return index.find(connection, bucket, key)

    def _check_unchanged(self, stored: StoredObject) -> None:
        """Raise MissingFile unless the object was replaced or deleted since its row was read."""
        if self._row(stored.bucket, stored.key) == stored:
            raise MissingFile(f"the file of this object is missing or damaged: {stored.file}")


def _check_bucket(connection: Connection, bucket: str) -> None:
    if not index.has_bucket(connection, bucket):
        raise NoSuchBucket(bucket)
