"""Which requests are S3's, and what a client hears when the store cannot answer."""

import errno
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from local.account import ACCESS_KEY_ID
from local.aws.s3.app import is_s3, with_s3
from local.aws.s3.store.files import PIECE
from local.aws.s3.store.store import ObjectStore
from local.state.database import Database, StorageError
from tests.support.object_stores import NOON, durable_store, file_names, objects_of, put, read
from tests.support.s3_backends import moto_app

SIGNED = f"AWS4-HMAC-SHA256 Credential={ACCESS_KEY_ID}/20261126/us-east-1/{{}}/aws4_request, SignedHeaders=host, Signature=0"

OWNERSHIP = "<OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></OwnershipControls>"


def moto(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Answer in moto's place, with the length of the body."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"moto", str(len(environ["wsgi.input"].read())).encode()]


def send(store: ObjectStore, method: str, path: str, **more: Any) -> TestResponse:
    return Client(with_s3(moto, store)).open(
        path, method=method, headers={"Authorization": SIGNED.format("s3"), **more.pop("headers", {})}, **more
    )


@pytest.mark.parametrize(
    ("headers", "path", "expected"),
    [
        ({"HTTP_AUTHORIZATION": SIGNED.format("s3")}, "/bucket/key", True),
        ({"HTTP_AUTHORIZATION": SIGNED.format("sqs")}, "/", False),
        ({"HTTP_AUTHORIZATION": SIGNED.format("s3")}, "/v20180820/accesspoint", False),
        ({"HTTP_AUTHORIZATION": SIGNED.format("dynamodb"), "HTTP_X_AMZ_TARGET": "DynamoDB_20120810.PutItem"}, "/", False),
        ({"HTTP_X_AMZ_TARGET": "AWSCognitoIdentityService.GetId"}, "/", False),
        ({"HTTP_AUTHORIZATION": "AWS key:signature"}, "/bucket/key", True),
        ({"HTTP_AUTHORIZATION": "Bearer token"}, "/bucket/key", False),
        ({}, "/bucket/key", True),
    ],
)
def test_a_request_is_s3_s_if_it_is_signed_for_it_or_for_nothing(headers: dict[str, str], path: str, expected: bool) -> None:
    assert is_s3({"PATH_INFO": path, **headers}) is expected


def test_settings_of_buckets_go_to_moto_with_their_body(tmp_path: Path) -> None:
    store = durable_store(tmp_path)
    assert send(store, "PUT", "/bucket?cors", data=b"12345").data == b"moto5"
    assert send(store, "GET", "/bucket?lifecycle").data == b"moto0"
    assert send(store, "OPTIONS", "/bucket/key").data == b"moto0"


def test_a_bucket_that_moto_creates_and_deletes_is_the_store_s_too(tmp_path: Path) -> None:
    store = durable_store(tmp_path)
    send(store, "PUT", "/another")
    assert sorted(store.buckets()) == ["another", "bucket"]
    send(store, "DELETE", "/another")
    assert sorted(store.buckets()) == ["bucket"]


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("PUT", "/bucket/key?tagging", {}),
        ("GET", "/bucket/key?acl", {}),
        ("GET", "/bucket/key?attributes", {}),
        ("POST", "/bucket/key?restore", {}),
        ("PUT", "/bucket/key", {"x-amz-tagging": "a=b"}),
        ("PUT", "/bucket/key", {"x-amz-acl": "public-read"}),
        ("PUT", "/bucket/key", {"x-amz-object-lock-mode": "GOVERNANCE"}),
        ("PUT", "/bucket/key", {"x-amz-server-side-encryption-customer-key": "a"}),
        ("PUT", "/bucket/key", {"x-amz-storage-class": "GLACIER"}),
        ("PUT", "/bucket/key", {"If-None-Match": '"etag"'}),
        ("PUT", "/bucket?notification", {}),
        ("PUT", "/bucket?replication", {}),
        ("PUT", "/bucket", {"x-amz-bucket-object-lock-enabled": "true"}),
    ],
)
def test_what_the_store_does_not_model_is_refused(tmp_path: Path, method: str, path: str, headers: dict[str, str]) -> None:
    store = durable_store(tmp_path)
    answer = send(store, method, path, headers=headers, data=b"body")
    assert (answer.status_code, b"<Code>NotImplemented</Code>" in answer.data) == (501, True)
    assert (file_names(store), store.usage().objects) == ([], 0)


def test_versions_are_refused_and_their_suspension_is_not(tmp_path: Path) -> None:
    store = durable_store(tmp_path)
    enabled, suspended = (
        f"<VersioningConfiguration><Status>{status}</Status></VersioningConfiguration>" for status in ("Enabled", "Suspended")
    )
    assert send(store, "PUT", "/bucket?versioning", data=enabled).status_code == 501
    assert send(store, "PUT", "/bucket?versioning", data=suspended).status_code == 200
    put(store, "key", b"body")
    assert send(store, "GET", "/bucket/key?versionId=null").data == b"body"
    assert b"<Code>InvalidArgument</Code>" in send(store, "GET", "/bucket/key?versionId=3").data


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Content-MD5": "AAAAAAAAAAAAAAAAAAAAAA=="}, 400, "BadDigest"),
        ({"Content-MD5": "nonsense"}, 400, "InvalidDigest"),
        ({"x-amz-checksum-sha256": "A" * 43 + "="}, 400, "BadDigest"),
        ({"x-amz-checksum-crc64nvme": "AAAAAAAAAAA="}, 400, "BadDigest"),
        ({"x-amz-checksum-crc32c": "AA=="}, 400, "InvalidRequest"),
        ({"x-amz-checksum-crc32": "AAAAAA==", "x-amz-checksum-crc32c": "AAAAAA=="}, 400, "InvalidRequest"),
        ({"x-amz-sdk-checksum-algorithm": "MD4"}, 400, "InvalidRequest"),
        ({"x-amz-meta-a": "x" * 2049}, 400, "MetadataTooLarge"),
        ({"CONTENT_LENGTH": "9"}, 400, "IncompleteBody"),
        ({"CONTENT_LENGTH": str(6 << 30)}, 400, "EntityTooLarge"),
        ({"CONTENT_LENGTH": "-1"}, 400, "InvalidArgument"),
    ],
)
def test_a_body_that_is_not_what_was_announced_is_not_stored(tmp_path: Path, headers: dict[str, str], status: int, code: str) -> None:
    store, headers = durable_store(tmp_path), dict(headers)
    put(store, "key", b"old")
    lengths = {"CONTENT_LENGTH": headers.pop("CONTENT_LENGTH", "4")}
    answer = send(store, "PUT", "/bucket/key", headers=headers, input_stream=io.BytesIO(b"body"), environ_overrides=lengths)
    assert (answer.status_code, f"<Code>{code}</Code>" in answer.text) == (status, True)
    assert (read(store, "key"), len(file_names(store))) == (b"old", 1)


def test_a_put_without_a_length_is_refused(tmp_path: Path) -> None:
    answer = send(durable_store(tmp_path), "PUT", "/bucket/key", environ_overrides={"CONTENT_LENGTH": ""})
    assert (answer.status_code, b"<Code>MissingContentLength</Code>" in answer.data) == (411, True)


@pytest.mark.parametrize(
    "body", [b"", b"<Delete/>", b"<Delete><Object/></Delete>", b"<Other/>", b'<!DOCTYPE a [<!ENTITY b "c">]><Delete/>', b"\xff"]
)
def test_a_document_that_is_not_the_right_one_is_refused(tmp_path: Path, body: bytes) -> None:
    answer = send(durable_store(tmp_path), "POST", "/bucket?delete", data=body)
    assert (answer.status_code, b"<Code>MalformedXML</Code>" in answer.data) == (400, True)


def test_a_refused_body_is_read_to_its_end(tmp_path: Path) -> None:
    # Otherwise the client would see a broken connection while it still sends.
    body = io.BytesIO(bytes(2_000_000) + b"next")
    answer = send(durable_store(tmp_path), "PUT", "/none/key", input_stream=body, environ_overrides={"CONTENT_LENGTH": "2000000"})
    assert (answer.status_code, body.read()) == (404, b"next")


def test_a_large_body_passes_in_pieces(tmp_path: Path) -> None:
    sizes: list[int] = []

    class Stream(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            sizes.append(size or -1)
            return super().read(size)

    store = durable_store(tmp_path)
    send(store, "PUT", "/bucket/key", input_stream=Stream(bytes(3_000_000)), environ_overrides={"CONTENT_LENGTH": "3000000"})
    sent = [len(piece) for piece in send(store, "GET", "/bucket/key", buffered=False).iter_encoded()]
    assert sum(sent) == 3_000_000
    assert 0 < min(sizes) <= max(sizes) <= PIECE
    assert max(sent) <= PIECE


def test_a_bucket_is_created_again_at_every_start_and_keeps_its_objects(tmp_path: Path) -> None:
    before = durable_store(tmp_path, bucket="started-again")
    put(before, "key", b"body", bucket="started-again")
    before.database.close()
    app = Client(with_s3(moto_app(), durable_store(tmp_path, bucket="started-again")))
    signed = {"Authorization": SIGNED.format("s3")}
    assert app.head("/started-again", headers=signed).status_code == 200
    assert app.put("/started-again", headers=signed).status_code == 200
    assert app.put("/started-again?ownershipControls", headers=signed, data=OWNERSHIP).status_code == 200
    assert app.get("/started-again/key", headers=signed).data == b"body"


@pytest.mark.parametrize("path", ["/bucket", "/bucket/key"])
def test_a_post_that_is_nothing_of_s3_s_is_refused(tmp_path: Path, path: str) -> None:
    assert send(durable_store(tmp_path), "POST", path, data=b"a=b").status_code == 405


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_disk_that_fills_in_the_middle_of_a_body_is_a_retryable_error(tmp_path: Path, number: int) -> None:
    space = [600_000]

    def write(file: int, data: bytes) -> int:
        if len(data) > space[0]:
            raise OSError(number, os.strerror(number))
        space[0] -= len(data)
        return os.write(file, data)

    store = ObjectStore(Database(tmp_path / "state.sqlite"), objects_of(tmp_path), lambda: NOON, write)
    store.add_bucket("bucket")
    put(store, "key", b"old")
    answer = send(store, "PUT", "/bucket/key", data=bytes(1_000_000))
    assert (answer.status_code, b"<Code>InternalError</Code>" in answer.data, os.strerror(number) in answer.text) == (500, True, True)
    assert (read(store, "key"), len(file_names(store))) == (b"old", 1)
    space[0] = 2_000_000
    assert send(store, "PUT", "/bucket/key", data=bytes(1_000_000)).status_code == 200


def test_a_database_that_cannot_store_is_a_retryable_error(tmp_path: Path) -> None:
    class Broken(Database):
        is_broken = False

        @contextmanager
        def transaction(self) -> Iterator[Connection]:
            with super().transaction() as connection:
                yield connection
            if self.is_broken:
                raise StorageError("the data could not be stored: disk I/O error")

    database = Broken(tmp_path / "state.sqlite")
    store = ObjectStore(database, objects_of(tmp_path), lambda: NOON)
    store.add_bucket("bucket")
    app = Client(with_s3(moto, store))
    database.is_broken = True
    answer = app.put("/bucket/key", data=b"body", headers={"Authorization": SIGNED.format("s3")})
    assert (answer.status_code, b"<Code>InternalError</Code>" in answer.data, b"disk I/O error" in answer.data) == (500, True, True)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_an_object_without_its_file_is_an_error_and_not_an_answer(tmp_path: Path, method: str) -> None:
    store = durable_store(tmp_path)
    stored = put(store, "key", b"body")
    (store.files.folder / stored.file).unlink()
    answer = send(store, method, "/bucket/key")
    assert (answer.status_code, b"is missing or damaged" in answer.data) == (500, method == "GET")


def test_an_unexpected_error_is_logged_and_hidden(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = durable_store(tmp_path)
    put(store, "key", b"body")
    with store.database.transaction() as connection:
        connection.execute("UPDATE s3_objects SET about = 'nonsense'")
    answer = send(store, "GET", "/bucket/key")
    assert (answer.status_code, b"JSON" in answer.data, "S3 request failed" in caplog.text) == (500, False, True)


def test_a_file_that_shrinks_while_it_is_sent_breaks_the_answer(tmp_path: Path) -> None:
    store = durable_store(tmp_path)
    stored = put(store, "key", bytes(1_000_000))
    answer = send(store, "GET", "/bucket/key", buffered=False)
    os.truncate(store.files.folder / stored.file, 300_000)
    with pytest.raises(OSError, match="has become shorter"):
        answer.get_data()
