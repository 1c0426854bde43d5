"""Uploads in parts survive a restart, and leave nothing when they end."""

import hashlib
from pathlib import Path

import pytest

from local.aws.s3.store.index import About
from local.aws.s3.store.store import ObjectStore, Usage
from local.aws.s3.store.uploads import NoSuchUpload, Part, Upload, Uploads
from tests.support.object_stores import durable_store, file_names, put, read


def send(store: ObjectStore, upload: Upload, number: int, data: bytes) -> Part:
    with store.files.new() as file:
        file.write(data)
        etag = hashlib.md5(data, usedforsecurity=False).hexdigest()
        return Uploads(store).put_part(upload, number, file, etag, {})


def begin(store: ObjectStore) -> Upload:
    return Uploads(store).create("bucket", "key", About({"content-type": "video/mp4"}), None)


def test_an_upload_goes_on_after_a_restart(tmp_path: Path) -> None:
    before = durable_store(tmp_path)
    upload = begin(before)
    send(before, upload, 1, b"first, ")
    before.database.close()
    after = durable_store(tmp_path)
    uploads = Uploads(after)
    assert uploads.all("bucket", "k") == [uploads.find(upload.id, "bucket", "key")] == [upload]
    send(after, upload, 2, b"second")
    stored = uploads.complete(upload, uploads.parts(upload), lambda before: None)
    assert (read(after, "key"), stored.about.headers) == (b"first, second", {"content-type": "video/mp4"})
    assert file_names(after) == [stored.file]
    with pytest.raises(NoSuchUpload):
        uploads.find(upload.id, "bucket", "key")


def test_parts_are_counted_until_their_upload_ends(tmp_path: Path) -> None:
    store = durable_store(tmp_path)
    upload = begin(store)
    send(store, upload, 1, b"12345")
    send(store, upload, 1, b"123")
    assert store.usage() == Usage(buckets=1, objects=0, object_bytes=0, parts=1, part_bytes=3)
    Uploads(store).abort(upload)
    assert (store.usage(), file_names(store)) == (Usage(1, 0, 0, 0, 0), [])


def test_an_upload_that_may_not_end_keeps_its_parts_and_the_object(tmp_path: Path) -> None:
    store = durable_store(tmp_path)
    put(store, "key", b"old")
    upload = begin(store)
    part = send(store, upload, 1, b"new")

    def refuse(before: object) -> None:
        raise KeyError(before)

    with pytest.raises(KeyError):
        Uploads(store).complete(upload, [part], refuse)
    assert (read(store, "key"), Uploads(store).parts(upload), len(file_names(store))) == (b"old", [part], 2)
    Uploads(store).complete(upload, [part], lambda before: None)
    assert (read(store, "key"), len(file_names(store))) == (b"new", 1)


def test_a_part_for_an_upload_that_has_ended_leaves_no_file(tmp_path: Path) -> None:
    store = durable_store(tmp_path)
    upload = begin(store)
    Uploads(store).abort(upload)
    with pytest.raises(NoSuchUpload):
        send(store, upload, 1, b"late")
    assert file_names(store) == []
