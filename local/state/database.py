"""The SQLite file with everything that the local service has answered.

A request is answered only when all that it has written or seen is on disk. Requests that arrive together share one commit.
"""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

# In the header of the file: https://www.sqlite.org/pragma.html#pragma_application_id
APPLICATION_ID = 0x436C5265  # "ClRe"
VERSION = 1
# What SQLite needs to open a file; without it, it may report any error.
NEEDED_BYTES = 100_000


class StorageError(Exception):
    """Nothing of the request was stored, for example because the disk is full; the message is one line."""


class UnusableDatabase(OSError):
    """The file cannot be used and was not changed; the message is one line for the user."""


class DamagedDatabase(UnusableDatabase):
    """A part of the file is lost or overwritten."""


@dataclass
class _Batch:
    """The requests since the last commit; all of them are stored, or none."""

    has_changes: bool = False
    is_closed: bool = False
    problem: str = ""


class Database:
    """One connection for all threads; without a path, the database is in memory.

    Raises UnusableDatabase if the file is damaged, of a newer version or not ours.
    """

    def __init__(self, path: Path | None) -> None:
        self._using, self._committing = Lock(), Lock()
        self._batch = _Batch()
        try:
            self._connection = _open(path)
        except sqlite3.Error as error:
            raise _unusable(path, error) from None

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Run one request's statements, and return when they and everything they have read are on disk.

        An exception in the block undoes its statements and is passed on. Raises StorageError if nothing could be stored.
        """
        batch = _Batch()
        try:
            with self._using:
                batch = self._batch
                with self._request(batch):
                    yield self._connection
        finally:
            self._wait_for(batch)

    def close(self) -> None:
        """Store what is open; every later request fails."""
        with suppress(StorageError):
            self._wait_for(self._batch)
        with self._using:
            self._connection.close()

    @contextmanager
    def _request(self, batch: _Batch) -> Iterator[None]:
        try:
            before = self._connection.total_changes
            if not batch.has_changes:
                self._connection.execute("BEGIN")
            self._connection.execute("SAVEPOINT request")
            try:
                yield
            except sqlite3.Error:
                raise
            except BaseException:
                self._connection.execute("ROLLBACK TO request")
                self._end(batch, before)
                raise
            self._end(batch, before)
        except sqlite3.Error as error:  # SQLite may have rolled back the whole transaction
            self._fail(batch, error)
            raise StorageError(batch.problem) from None

    def _end(self, batch: _Batch, before: int) -> None:
        self._connection.execute("RELEASE request")
        batch.has_changes = batch.has_changes or self._connection.total_changes > before
        if not batch.has_changes:
            self._connection.execute("COMMIT")  # it has only read, or changed the schema

    def _wait_for(self, batch: _Batch) -> None:
        """Return when the batch is on disk; the first thread to come commits for all."""
        if not batch.has_changes:
            return
        with self._committing:
            if not batch.is_closed:
                with self._using:
                    self._commit(batch)
        if batch.problem:
            raise StorageError(batch.problem)

    def _commit(self, batch: _Batch) -> None:
        try:
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._fail(batch, error)
        batch.is_closed, self._batch = True, _Batch()

    def _fail(self, batch: _Batch, error: sqlite3.Error) -> None:
        """Undo the batch, of which nothing was answered yet."""
        with suppress(sqlite3.Error):
            self._connection.execute("ROLLBACK")
        batch.has_changes = batch.is_closed = True
        batch.problem, self._batch = f"the data could not be stored: {error}", _Batch()


def _open(path: Path | None) -> sqlite3.Connection:
    # Any number of threads, but one at a time; transactions are begun and ended here.
    connection = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False)
    try:
        _check(connection, path)
        # A commit is on disk when it returns: https://www.sqlite.org/pragma.html#pragma_synchronous
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA fullfsync = ON")  # macOS; elsewhere without effect
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
    except BaseException:
        connection.close()
        raise
    return connection


def _unusable(path: Path | None, error: sqlite3.Error) -> UnusableDatabase:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF  # without the extended part
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return DamagedDatabase(f"{path} is damaged and cannot be read ({error}); nothing was changed")
    if code == sqlite3.SQLITE_FULL or (path and shutil.disk_usage(path.parent).free < NEEDED_BYTES):
        return UnusableDatabase(f"there is no space left for {path}; nothing was changed, free some and start again")
    return UnusableDatabase(f"{path} cannot be used ({error}); nothing was changed")


def _check(connection: sqlite3.Connection, path: Path | None) -> None:
    """Refuse a file before anything is written to it; a new one is empty."""
    ((owner,),) = connection.execute("PRAGMA application_id")
    ((version,),) = connection.execute("PRAGMA user_version")
    ((tables,),) = connection.execute("SELECT count(*) FROM sqlite_master")
    if not tables and not version:
        return
    if owner != APPLICATION_ID:
        raise UnusableDatabase(f"{path} is no database of the local service; nothing was changed")
    if version > VERSION:
        raise UnusableDatabase(f"{path} was written by a newer version (format {version}, this one reads {VERSION}); nothing was changed")
    found = [text for (text,) in connection.execute("PRAGMA quick_check(1)")]
    if found != ["ok"]:
        raise DamagedDatabase(f"{path} is damaged ({' '.join(found[0].split())}); nothing was changed")
