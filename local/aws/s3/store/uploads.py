"""Multipart uploads: parts are files with rows of their own, until they become one object."""

import hashlib
import json
from dataclasses import dataclass, replace
from secrets import token_urlsafe
from sqlite3 import Connection

from local.aws.s3.store import index
from local.aws.s3.store.checksums import Sums, composite
from local.aws.s3.store.files import PIECE, NewFile
from local.aws.s3.store.index import About, StoredObject
from local.aws.s3.store.store import Condition, NoSuchBucket, ObjectStore


class NoSuchUpload(LookupError):
    """The upload never existed, or was aborted or completed."""


class WrongChecksum(Exception):
    """The parts together do not have the checksum that the client expects."""


@dataclass(frozen=True)
class Upload:
    """An upload in progress; `about` holds the headers of the later object."""

    id: str
    bucket: str
    key: str
    started: float
    about: About
    algorithm: str | None  # of the object's checksum


@dataclass(frozen=True)
class Part:
    """One part's row."""

    number: int
    file: str
    size: int
    etag: str
    modified: float
    checksums: dict[str, str]


class Uploads:
    """The multipart uploads of a store."""

    def __init__(self, store: ObjectStore) -> None:
        self._store, self._database, self._files = store, store.database, store.files

    def create(self, bucket: str, key: str, about: About, algorithm: str | None) -> Upload:
        """Begin an upload; raise NoSuchBucket."""
        upload = Upload(token_urlsafe(24), bucket, key, self._store.now(), about, algorithm)
        said = json.dumps({"about": vars(about), "algorithm": algorithm})
        with self._database.transaction() as connection:
            if not index.has_bucket(connection, bucket):
                raise NoSuchBucket(bucket)
            row = (upload.id, bucket, key.encode(), upload.started, said)
            connection.execute("INSERT INTO s3_uploads VALUES (?, ?, ?, ?, ?)", row)
        return upload

    def find(self, upload_id: str, bucket: str, key: str) -> Upload:
        """Return an upload to this key; raise NoSuchUpload."""
        with self._database.transaction() as connection:
            return _found(connection, upload_id, bucket, key)

    def all(self, bucket: str, prefix: str) -> list[Upload]:
        """Return the uploads to keys with this prefix, in the order of keys and starts."""
        with self._database.transaction() as connection:
            rows = connection.execute("SELECT * FROM s3_uploads WHERE bucket = ? ORDER BY key, started", (bucket,)).fetchall()
        return [each for each in map(_upload, rows) if each.key.startswith(prefix)]

    def put_part(self, upload: Upload, number: int, file: NewFile, etag: str, checksums: dict[str, str]) -> Part:
        """Store a written file as a part, in place of an earlier one of this number; raise NoSuchUpload."""
        file.finish()
        part = Part(number, file.name, file.size, etag, self._store.now(), checksums)
        row = (upload.id, number, part.file, part.size, etag, part.modified, json.dumps(checksums))
        with self._database.transaction() as connection:
            _found(connection, upload.id, upload.bucket, upload.key)
            before = connection.execute("SELECT file FROM s3_parts WHERE upload = ? AND number = ?", (upload.id, number)).fetchone()
            connection.execute("INSERT OR REPLACE INTO s3_parts VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        file.adopt()
        self._files.remove(*before or ())
        return part

    def parts(self, upload: Upload) -> list[Part]:
        """Return the parts in the order of their numbers."""
        with self._database.transaction() as connection:
            return _parts(connection, upload.id)

    def complete(self, upload: Upload, parts: list[Part], condition: Condition, checksum: str | None = None) -> StoredObject:
        """Join these parts to an object and remove the upload; raise NoSuchUpload, WrongChecksum, or what the condition raises."""
        with self._files.new() as file:
            checksums = _checksums(upload, parts, self._join(upload, parts, file))
            if checksum is not None and checksum not in checksums.values():
                raise WrongChecksum
            file.finish()
            about = replace(upload.about, parts=[each.size for each in parts], upload=upload.id, checksums=checksums)
            stored = StoredObject(upload.bucket, upload.key, file.name, file.size, _etag(parts), self._store.now(), about)
            with self._database.transaction() as connection:
                _found(connection, upload.id, upload.bucket, upload.key)
                before = index.find(connection, upload.bucket, upload.key)
                condition(before)
                index.put(connection, stored)
                gone = _remove(connection, upload.id)
            file.adopt()
        self._files.remove(before.file if before else None, *gone)
        return stored

    def abort(self, upload: Upload) -> None:
        """Remove an upload and its parts."""
        with self._database.transaction() as connection:
            gone = _remove(connection, upload.id)
        self._files.remove(*gone)

    def abort_all(self, bucket: str) -> None:
        """Remove the uploads of a bucket that is deleted."""
        for upload in self.all(bucket, ""):
            self.abort(upload)

    def _join(self, upload: Upload, parts: list[Part], file: NewFile) -> Sums:
        """Copy the parts into one file and return the checksum of the whole, if one is wanted."""
        sums = Sums([upload.algorithm] if upload.algorithm and not upload.about.is_composite else [])
        for part in parts:
            with self._files.open(part.file) as source:
                while piece := source.read(PIECE):
                    file.write(piece)
                    sums.update(piece)
        return sums


def _etag(parts: list[Part]) -> str:
    """Return the MD5 of the parts' MD5s, as S3 writes it."""
    total = hashlib.md5(b"".join(bytes.fromhex(each.etag) for each in parts), usedforsecurity=False)
    return f"{total.hexdigest()}-{len(parts)}"


def _checksums(upload: Upload, parts: list[Part], sums: Sums) -> dict[str, str]:
    name = upload.algorithm
    if name is None or not upload.about.is_composite:
        return sums.checksums
    given = [each.checksums[name] for each in parts if name in each.checksums]
    return {name: composite(name, given)} if len(given) == len(parts) else {}


def _found(connection: Connection, upload_id: str, bucket: str, key: str) -> Upload:
    row = connection.execute("SELECT * FROM s3_uploads WHERE id = ?", (upload_id,)).fetchone()
    upload = _upload(row) if row else None
    if upload is None or (upload.bucket, upload.key) != (bucket, key):
        raise NoSuchUpload(upload_id)
    return upload


def _upload(row: tuple[str, str, bytes, float, str]) -> Upload:
    upload_id, bucket, key, started, said = row
    read = json.loads(said)
    return Upload(upload_id, bucket, key.decode(), started, About(**read["about"]), read["algorithm"])


def _parts(connection: Connection, upload_id: str) -> list[Part]:
    columns = "number, file, size, etag, modified, checksums"
    rows = connection.execute(f"SELECT {columns} FROM s3_parts WHERE upload = ? ORDER BY number", (upload_id,))  # noqa: S608 - a constant
    return [_part(row) for row in rows]


def _part(row: tuple[int, str, int, str, float, str]) -> Part:
    number, file, size, etag, modified, checksums = row
    return Part(number, file, size, etag, modified, json.loads(checksums))


def _remove(connection: Connection, upload_id: str) -> list[str]:
    """Remove the rows of an upload and return the names of its files."""
    gone = [each.file for each in _parts(connection, upload_id)]
    connection.execute("DELETE FROM s3_parts WHERE upload = ?", (upload_id,))
    connection.execute("DELETE FROM s3_uploads WHERE id = ?", (upload_id,))
    return gone
