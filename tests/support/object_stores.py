"""Stores of objects in a folder of a test, opened again as often as it likes."""

from datetime import UTC, datetime
from pathlib import Path

from local.aws.s3.store.index import About, StoredObject
from local.aws.s3.store.store import ObjectStore
from local.state.database import Database

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


def durable_store(folder: Path, *, bucket: str = "bucket") -> ObjectStore:
    """Open the store of a folder as the service does when it starts."""
    store = ObjectStore(Database(folder / "state.sqlite"), objects_of(folder), lambda: NOON)
    store.recover()
    store.add_bucket(bucket)
    return store


def objects_of(folder: Path) -> Path:
    path = folder / "objects"
    path.mkdir(exist_ok=True)
    return path


def put(store: ObjectStore, key: str, data: bytes, bucket: str = "bucket") -> StoredObject:
    """Store an object as the API does."""
    with store.files.new() as file:
        file.write(data)
        return store.put(file, bucket, key, "etag", About({"content-type": "text/plain"}), lambda before: None)


def read(store: ObjectStore, key: str, bucket: str = "bucket") -> bytes | None:
    """Return an object's bytes."""
    found = store.open(bucket, key)
    if found is None:
        return None
    with found[1] as file:
        return file.read()


def file_names(store: ObjectStore) -> list[str]:
    return sorted(path.name for path in store.files.folder.iterdir())
