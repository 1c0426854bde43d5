"""Objects are put, read, copied and deleted alike by moto, by the memory of the simulation and by the local service's files."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.memory_aws.backends import code_of
from tests.support.s3_backends import S3, any_s3, files_s3, http_s3, sha256

__all__ = ["any_s3", "files_s3", "http_s3"]

# Names that would be trouble in a path, a URL or XML.
ODD_KEYS = (
    "a b",
    "a+b",
    "100%",
    "a%20b",
    "ö/日本語/🎬.mp4",
    "<&>'\".txt",
    "a//b",
    "a/./b",
    "../../etc/passwd",
    "a/",
    "?a=b#c",
    "~;:@=$,!*()",
    "x" * 1024,
    "é" * 512,
)


def put(s3: S3, key: str = "key", body: Any = b"body", **more: Any) -> Any:
    return s3.client.put_object(Bucket=s3.bucket, Key=key, Body=body, **more)


def body_of(s3: S3, key: str = "key", **more: Any) -> bytes:
    data: bytes = s3.client.get_object(Bucket=s3.bucket, Key=key, **more)["Body"].read()
    return data


def test_an_object_comes_back_as_it_was_put(s3: S3) -> None:
    put(s3, "a/ö b.png", b"picture", ContentType="image/png", Metadata={"sha256": "f00"})
    got = s3.client.get_object(Bucket=s3.bucket, Key="a/ö b.png")
    head = s3.client.head_object(Bucket=s3.bucket, Key="a/ö b.png")
    assert got["Body"].read() == b"picture"
    for answer in (got, head):
        assert (answer["ContentLength"], answer["ContentType"], answer["Metadata"]) == (7, "image/png", {"sha256": "f00"})
    assert got["ETag"] == head["ETag"]


def test_the_etag_is_the_quoted_md5(s3: S3) -> None:
    assert put(s3)["ETag"] == f'"{hashlib.md5(b"body", usedforsecurity=False).hexdigest()}"'


def test_an_empty_object_is_an_object(s3: S3) -> None:
    put(s3, body=b"")
    assert (body_of(s3), s3.client.head_object(Bucket=s3.bucket, Key="key")["ContentLength"]) == (b"", 0)


def test_a_conditional_put_does_not_overwrite_the_first_object(s3: S3, tmp_path: Path) -> None:
    path = tmp_path / "video"
    for content in (b"first", b"second"):
        path.write_bytes(content)
        with path.open("rb") as file:
            arguments = {
                "Bucket": s3.bucket,
                "Key": "video",
                "Body": file,
                "ContentLength": len(content),
                "ChecksumSHA256": sha256(content),
            }
            if content == b"first":
                s3.client.put_object(**arguments, IfNoneMatch="*")
            else:
                assert code_of(s3.client.put_object, **arguments, IfNoneMatch="*") == "PreconditionFailed"
    assert body_of(s3, "video") == b"first"


def test_an_absent_object_is_not_found(s3: S3) -> None:
    assert code_of(s3.client.get_object, Bucket=s3.bucket, Key="none") == "NoSuchKey"
    assert code_of(s3.client.head_object, Bucket=s3.bucket, Key="none") == "404"
    assert code_of(s3.client.get_object, Bucket="no-such-bucket", Key="none") == "NoSuchBucket"


def test_deleting_an_object_twice_is_harmless(s3: S3) -> None:
    put(s3, "gone", b"")
    for _ in range(2):
        assert s3.client.delete_object(Bucket=s3.bucket, Key="gone")["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert code_of(s3.client.get_object, Bucket=s3.bucket, Key="gone") == "NoSuchKey"


def test_a_put_replaces_the_object_with_everything_said_about_it(s3: S3) -> None:
    put(s3, body=b"first", ContentType="text/plain", Metadata={"old": "1"})
    put(s3, body=b"second", Metadata={"new": "2"})
    got = s3.client.get_object(Bucket=s3.bucket, Key="key")
    assert (got["Body"].read(), got["Metadata"], got["ContentType"]) == (b"second", {"new": "2"}, "binary/octet-stream")


@pytest.mark.parametrize("key", ODD_KEYS)
def test_a_key_is_only_a_name(http_s3: S3, key: str) -> None:
    put(http_s3, key, key.encode())
    assert body_of(http_s3, key) == key.encode()
    assert [each["Key"] for each in http_s3.client.list_objects_v2(Bucket=http_s3.bucket)["Contents"]] == [key]
    http_s3.client.delete_objects(Bucket=http_s3.bucket, Delete={"Objects": [{"Key": key}]})
    assert code_of(http_s3.client.get_object, Bucket=http_s3.bucket, Key=key) == "NoSuchKey"


# moto counts characters.
def test_a_key_of_more_than_1024_bytes_is_too_long(files_s3: S3) -> None:
    assert code_of(put, s3=files_s3, key="é" * 513) == "KeyTooLongError"


def test_headers_and_metadata_are_stored_with_the_object(http_s3: S3) -> None:
    headers = {
        "CacheControl": "no-store",
        "ContentDisposition": 'attachment; filename="a.mp4"',
        "ContentEncoding": "gzip",
        "ContentLanguage": "de",
        "ContentType": "video/mp4",
    }
    put(http_s3, **headers, Metadata={"with-dash": "1", "with_underscore": "2", "empty": ""})
    for read in (http_s3.client.get_object, http_s3.client.head_object):
        answer = read(Bucket=http_s3.bucket, Key="key")
        assert {name: answer[name] for name in headers} == headers
        assert answer["Metadata"] == {"with-dash": "1", "with_underscore": "2", "empty": ""}


def test_a_put_may_require_the_etag_that_it_replaces(http_s3: S3) -> None:
    first = put(http_s3, body=b"first")["ETag"]
    put(http_s3, body=b"second", IfMatch=first)
    assert code_of(put, s3=http_s3, body=b"third", IfMatch=first) == "PreconditionFailed"
    assert code_of(put, s3=http_s3, key="none", IfMatch=first) == "NoSuchKey"
    assert body_of(http_s3) == b"second"


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_a_checksum_is_answered_to_those_who_ask_for_it(http_s3: S3, algorithm: str) -> None:
    stored = put(http_s3, ChecksumAlgorithm=algorithm)[f"Checksum{algorithm}"]
    for read in (http_s3.client.get_object, http_s3.client.head_object):
        assert read(Bucket=http_s3.bucket, Key="key", ChecksumMode="ENABLED")[f"Checksum{algorithm}"] == stored
    url = http_s3.client.generate_presigned_url("get_object", Params={"Bucket": http_s3.bucket, "Key": "key"})
    assert f"x-amz-checksum-{algorithm.lower()}" not in requests.get(url, timeout=30).headers


def test_a_body_without_a_known_length_is_stored(http_s3: S3) -> None:
    pieces = iter([b"one", b"two" * 100_000])

    class Stream:
        def read(self, size: int = -1) -> bytes:
            return next(pieces, b"")

    http_s3.client.put_object(Bucket=http_s3.bucket, Key="key", Body=b"x")
    http_s3.client.upload_fileobj(Stream(), http_s3.bucket, "key")
    assert body_of(http_s3) == b"one" + b"two" * 100_000


def copy(s3: S3, key: str, source: str = "key", **more: Any) -> Any:
    return s3.client.copy_object(Bucket=s3.bucket, Key=key, CopySource={"Bucket": s3.bucket, "Key": source}, **more)


def test_a_copy_has_the_bytes_and_the_metadata_of_its_source(s3: S3) -> None:
    put(s3, "from ö+%", b"picture", ContentType="image/png", Metadata={"a": "1"})
    copy(s3, "to", "from ö+%")
    got = s3.client.get_object(Bucket=s3.bucket, Key="to")
    assert (got["Body"].read(), got["ContentType"], got["Metadata"]) == (b"picture", "image/png", {"a": "1"})
    assert body_of(s3, "from ö+%") == b"picture"


def test_a_copy_can_calculate_a_checksum(s3: S3) -> None:
    put(s3)
    assert copy(s3, "to", ChecksumAlgorithm="SHA256")["CopyObjectResult"]["ChecksumSHA256"] == sha256(b"body")
    assert s3.client.head_object(Bucket=s3.bucket, Key="to", ChecksumMode="ENABLED")["ChecksumSHA256"] == sha256(b"body")


def test_a_copy_can_replace_the_metadata(http_s3: S3) -> None:
    put(http_s3, ContentType="image/png", Metadata={"a": "1"})
    copy(http_s3, "key", MetadataDirective="REPLACE", Metadata={"b": "2"}, ContentType="image/gif")
    got = http_s3.client.get_object(Bucket=http_s3.bucket, Key="key")
    assert (got["Body"].read(), got["ContentType"], got["Metadata"]) == (b"body", "image/gif", {"b": "2"})


def test_a_copy_of_nothing_and_one_onto_itself_are_refused(http_s3: S3) -> None:
    put(http_s3)
    assert code_of(copy, s3=http_s3, key="to", source="none") == "NoSuchKey"
    assert code_of(copy, s3=http_s3, key="key") == "InvalidRequest"


def test_a_copy_survives_its_source(http_s3: S3) -> None:
    put(http_s3)
    copy(http_s3, "to")
    http_s3.client.delete_object(Bucket=http_s3.bucket, Key="key")
    assert body_of(http_s3, "to") == b"body"


def test_many_objects_are_deleted_at_once(http_s3: S3) -> None:
    for key in ("a", "b & <c>", "d"):
        put(http_s3, key)
    gone = http_s3.client.delete_objects(Bucket=http_s3.bucket, Delete={"Objects": [{"Key": key} for key in ("a", "b & <c>", "none")]})
    assert sorted(each["Key"] for each in gone["Deleted"]) == ["a", "b & <c>", "none"]
    assert [each["Key"] for each in http_s3.client.list_objects_v2(Bucket=http_s3.bucket)["Contents"]] == ["d"]


def test_a_bucket_with_objects_cannot_be_deleted(http_s3: S3) -> None:
    put(http_s3)
    assert code_of(http_s3.client.delete_bucket, Bucket=http_s3.bucket) == "BucketNotEmpty"
    http_s3.client.delete_object(Bucket=http_s3.bucket, Key="key")
    http_s3.client.delete_bucket(Bucket=http_s3.bucket)
    assert code_of(put, s3=http_s3) == "NoSuchBucket"
    assert code_of(http_s3.client.head_bucket, Bucket=http_s3.bucket) == "404"


def test_buckets_are_listed_and_say_where_they_are(http_s3: S3) -> None:
    assert http_s3.bucket in [each["Name"] for each in http_s3.client.list_buckets()["Buckets"]]
    assert http_s3.client.get_bucket_location(Bucket=http_s3.bucket)["LocationConstraint"] is None
    assert http_s3.client.head_bucket(Bucket=http_s3.bucket)["BucketRegion"] == "us-east-1"
    assert code_of(http_s3.client.list_objects_v2, Bucket="no-such-bucket") == "NoSuchBucket"


# moto does not compare the source of a copy with the condition.
def test_a_copy_may_require_an_etag_of_its_source(files_s3: S3) -> None:
    etag = put(files_s3)["ETag"]
    copy(files_s3, "to", CopySourceIfMatch=etag)
    put(files_s3, body=b"changed")
    assert code_of(copy, s3=files_s3, key="to", CopySourceIfMatch=etag) == "PreconditionFailed"
    assert code_of(copy, s3=files_s3, key="to", CopySourceIfNoneMatch="*") == "PreconditionFailed"
    assert body_of(files_s3, "to") == b"body"
