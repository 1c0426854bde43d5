"""Objects survive: an answered write is there after a restart, an unanswered one has left nothing."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection
from typing import Any

import pytest

from local.aws.s3.store.index import StoredObject
from local.aws.s3.store.listing import Query
from local.aws.s3.store.store import BucketNotEmpty, MissingFile, NoSuchBucket, ObjectStore, UnknownFiles, Usage
from local.state.database import Database, StorageError
from tests.support.object_stores import NOON, durable_store, file_names, objects_of, put, read
from tests.support.paths import ROOT


def test_objects_and_buckets_are_there_after_a_restart(tmp_path: Path) -> None:
    before = durable_store(tmp_path)
    stored = put(before, "a/ö", b"body")
    before.database.close()
    after = durable_store(tmp_path)
    assert (read(after, "a/ö"), after.find("bucket", "a/ö")) == (b"body", stored)
    assert after.buckets() == {"bucket": NOON.timestamp()}
    assert [each.key for each in after.page(Query("bucket")).objects] == ["a/ö"]


def test_a_replaced_and_a_deleted_object_leave_no_file(tmp_path: Path) -> None:
    store = durable_store(tmp_path)
    put(store, "key", b"first")
    second = put(store, "key", b"second")
    assert (read(store, "key"), file_names(store)) == (b"second", [second.file])
    store.delete("bucket", ["key", "none"])
    assert (read(store, "key"), file_names(store)) == (None, [])


def test_an_object_that_is_read_stays_whole_while_it_is_replaced(tmp_path: Path) -> None:
    store = durable_store(tmp_path)
    put(store, "key", b"first")
    found = store.open("bucket", "key")
    assert found is not None
    put(store, "key", b"second")
    with found[1] as file:
        assert file.read() == b"first"


def test_a_condition_is_judged_with_what_is_stored_when_the_body_has_arrived(tmp_path: Path) -> None:
    store = durable_store(tmp_path)

    def nothing_yet(before: StoredObject | None) -> None:
        if before:
            raise KeyError(before.key)

    store.check("bucket", "key", nothing_yet)
    with store.files.new() as late:
        late.write(b"late")
        first = put(store, "key", b"first")
        with pytest.raises(KeyError):
            store.put(late, "bucket", "key", "etag", first.about, nothing_yet)
    assert (read(store, "key"), file_names(store)) == (b"first", [first.file])


def test_a_bucket_must_exist_and_be_empty_to_go(tmp_path: Path) -> None:
    store = durable_store(tmp_path)
    for call in (lambda: put(store, "key", b"", bucket="other"), lambda: store.find("other", "key"), lambda: store.page(Query("other"))):
        with pytest.raises(NoSuchBucket):
            call()
    put(store, "key", b"")
    with pytest.raises(BucketNotEmpty):
        store.check_empty("bucket")
    store.delete("bucket", ["key"])
    store.check_empty("bucket")
    store.remove_bucket("bucket")
    assert (store.buckets(), file_names(store)) == ({}, [])


# What a process does until it is killed, and what the next one finds: the object, and how many files of it.
KILLS = [
    ("while the body arrives", "os_write_kills", b"first"),
    ("between the file and its row", "transaction_kills", b"first"),
    ("between the row and the removal of the old file", "remove_kills", b"second"),
]
PROGRAM = """
import os, signal, sys
from contextlib import contextmanager
from pathlib import Path
from local.aws.s3.store.store import ObjectStore
from local.aws.s3.store.files import ObjectFiles
from local.state.database import Database
from tests.support.object_stores import durable_store, put

def kill(*given):
    os.kill(os.getpid(), signal.SIGKILL)

folder, point = Path(sys.argv[1]), sys.argv[2]
store = durable_store(folder)
put(store, "key", b"first")
if point == "os_write_kills":
    store.files._write = lambda file, data: (os.write(file, data[:2]), kill())
elif point == "transaction_kills":
    store.database.transaction = kill
else:
    store.files.remove = kill
put(store, "key", b"second")
"""


@pytest.mark.parametrize(("point", "expected"), [pytest.param(point, expected, id=name) for name, point, expected in KILLS])
def test_a_killed_service_leaves_the_old_object_or_the_new_one(tmp_path: Path, point: str, expected: bytes) -> None:
    ended = subprocess.run([sys.executable, "-c", textwrap.dedent(PROGRAM), str(tmp_path), point], cwd=ROOT, check=False)  # noqa: S603
    assert ended.returncode == -signal.SIGKILL
    assert len(list(objects_of(tmp_path).iterdir())) == 2
    (objects_of(tmp_path) / "notes.txt").write_text("mine")
    after = durable_store(tmp_path)
    stored = after.find("bucket", "key")
    assert stored is not None
    assert (read(after, "key"), file_names(after), after.missing()) == (expected, sorted([stored.file, "notes.txt"]), [])


def test_files_of_a_database_that_is_not_there_are_not_touched(tmp_path: Path) -> None:
    before = durable_store(tmp_path)
    put(before, "key", b"body")
    before.database.close()
    for path in tmp_path.glob("state.sqlite*"):
        path.unlink()
    for _ in range(2):
        with pytest.raises(UnknownFiles, match=r"1 file\(s\) of a database that is not there; .*nothing was changed"):
            durable_store(tmp_path)
    assert len(list(objects_of(tmp_path).iterdir())) == 1


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"bod")])
def test_an_object_whose_file_is_missing_or_damaged_is_named_and_not_read(tmp_path: Path, damage: Any) -> None:
    store = durable_store(tmp_path)
    stored = put(store, "key", b"body")
    assert store.missing() == []
    damage(store.files.folder / stored.file)
    for call in (store.find, store.open):
        with pytest.raises(MissingFile):
            call("bucket", "key")
    assert store.missing() == [stored]
    put(store, "key", b"again")
    assert (read(store, "key"), store.missing()) == (b"again", [])


def test_the_usage_counts_objects_and_bytes(tmp_path: Path) -> None:
    store = durable_store(tmp_path)
    put(store, "a", b"12345")
    put(store, "b", b"123")
    assert store.usage() == Usage(buckets=1, objects=2, object_bytes=8, parts=0, part_bytes=0)


class FullDatabase(Database):
    """A database that stores nothing while it is full."""

    is_full = False

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        with super().transaction() as connection:
            before = connection.total_changes
            yield connection
            if self.is_full and connection.total_changes > before:
                raise StorageError("database or disk is full")


def test_a_full_disk_keeps_the_old_object(tmp_path: Path) -> None:
    database = FullDatabase(tmp_path / "state.sqlite")
    store = ObjectStore(database, objects_of(tmp_path), lambda: NOON)
    store.add_bucket("bucket")
    put(store, "key", b"first")
    files, database.is_full = file_names(store), True
    with pytest.raises(StorageError):
        put(store, "key", b"second")
    with pytest.raises(StorageError):
        store.delete("bucket", ["key"])
    assert (read(store, "key"), file_names(store)) == (b"first", files)
    database.is_full = False
    put(store, "key", b"third")
    assert read(store, "key") == b"third"


def test_a_database_in_memory_has_files_for_its_own_time(tmp_path: Path) -> None:
    durable = durable_store(tmp_path)
    put(durable, "key", b"body")
    store = ObjectStore(Database(None), objects_of(tmp_path), lambda: NOON)
    store.recover()
    store.add_bucket("bucket")
    put(store, "other", b"body")
    assert read(store, "other") == b"body"
    store.close()
    assert (read(durable, "key"), len(list(objects_of(tmp_path).iterdir()))) == (b"body", 1)
    durable.close()
    assert read(durable, "key") == b"body"


def test_files_of_a_killed_run_in_memory_are_removed(tmp_path: Path) -> None:
    killed = ObjectStore(Database(None), objects_of(tmp_path), lambda: NOON)
    killed.add_bucket("bucket")
    put(killed, "key", b"body")
    (objects_of(tmp_path) / "ephemera").mkdir()
    durable_store(tmp_path)
    assert [path.name for path in objects_of(tmp_path).iterdir()] == ["ephemera"]


def test_a_link_is_not_removed_whatever_its_name(tmp_path: Path) -> None:
    store = durable_store(tmp_path)
    (tmp_path / "mine").write_bytes(b"mine")
    os.symlink(tmp_path / "mine", store.files.folder / ("a" * 32))
    store.recover()
    assert (store.files.folder / ("a" * 32)).is_symlink()
