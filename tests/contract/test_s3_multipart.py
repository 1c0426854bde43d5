"""Uploads in parts: moto and the local service's files answer alike."""

import hashlib
import io
from typing import Any

import pytest
from boto3.s3.transfer import TransferConfig

from tests.support.memory_aws.backends import code_of
from tests.support.s3_backends import S3, files_s3, http_s3, sha256

__all__ = ["files_s3", "http_s3"]

# The smallest part that may be followed by another.
LEAST = 5 << 20


def begin(s3: S3, **more: Any) -> dict[str, Any]:
    """Begin an upload, and return its place."""
    return {
        "Bucket": s3.bucket,
        "Key": "key",
        "UploadId": s3.client.create_multipart_upload(Bucket=s3.bucket, Key="key", **more)["UploadId"],
    }


def send(s3: S3, place: dict[str, Any], number: int, data: bytes, **more: Any) -> dict[str, Any]:
    """Send a part, and return how it is named at the end."""
    return {"PartNumber": number, "ETag": s3.client.upload_part(**place, PartNumber=number, Body=data, **more)["ETag"]}


def complete(s3: S3, place: dict[str, Any], *parts: dict[str, Any], **more: Any) -> Any:
    return s3.client.complete_multipart_upload(**place, MultipartUpload={"Parts": list(parts)}, **more)


def test_parts_become_one_object(http_s3: S3) -> None:
    place = begin(http_s3, ContentType="video/mp4", Metadata={"a": "1"})
    second, first = send(http_s3, place, 2, b"end"), send(http_s3, place, 1, b"x" * LEAST)
    assert code_of(http_s3.client.get_object, Bucket=http_s3.bucket, Key="key") == "NoSuchKey"
    etag = complete(http_s3, place, first, second)["ETag"]
    got = http_s3.client.get_object(Bucket=http_s3.bucket, Key="key")
    assert (got["Body"].read(), got["ContentType"], got["Metadata"]) == (b"x" * LEAST + b"end", "video/mp4", {"a": "1"})
    sums = hashlib.md5(b"x" * LEAST, usedforsecurity=False).digest() + hashlib.md5(b"end", usedforsecurity=False).digest()
    assert etag == got["ETag"] == f'"{hashlib.md5(sums, usedforsecurity=False).hexdigest()}-2"'


def test_boto3_uploads_and_downloads_a_large_file_in_parts(http_s3: S3) -> None:
    data, settings = bytes(range(256)) * 60_000, TransferConfig(multipart_threshold=LEAST, multipart_chunksize=LEAST)
    http_s3.client.upload_fileobj(io.BytesIO(data), http_s3.bucket, "key", Config=settings)
    assert http_s3.client.head_object(Bucket=http_s3.bucket, Key="key")["ETag"].endswith('-3"')
    back = io.BytesIO()
    http_s3.client.download_fileobj(http_s3.bucket, "key", back, Config=settings)
    assert back.getvalue() == data
    http_s3.client.copy({"Bucket": http_s3.bucket, "Key": "key"}, http_s3.bucket, "copy", Config=settings)
    assert http_s3.client.get_object(Bucket=http_s3.bucket, Key="copy")["Body"].read() == data


def test_a_part_that_is_sent_again_replaces_the_first_one(http_s3: S3) -> None:
    place = begin(http_s3)
    first = send(http_s3, place, 1, b"first")
    again = send(http_s3, place, 1, b"again")
    with pytest.raises(http_s3.client.exceptions.ClientError, match="InvalidPart"):
        complete(http_s3, place, first)
    complete(http_s3, place, again)
    assert http_s3.client.get_object(Bucket=http_s3.bucket, Key="key")["Body"].read() == b"again"


# moto takes the marker for a count of parts.
def test_parts_are_listed_in_pages(files_s3: S3) -> None:
    place = begin(files_s3)
    sent = [send(files_s3, place, number, bytes(number)) for number in (3, 1, 7)]
    page = files_s3.client.list_parts(**place, MaxParts=2)
    assert [(each["PartNumber"], each["Size"]) for each in page["Parts"]] == [(1, 1), (3, 3)]
    assert (page["IsTruncated"], page["NextPartNumberMarker"]) == (True, 3)
    rest = files_s3.client.list_parts(**place, PartNumberMarker=3)
    assert [(each["PartNumber"], each["ETag"]) for each in rest["Parts"]] == [(7, sent[2]["ETag"])]
    assert rest["IsTruncated"] is False


def test_an_aborted_upload_is_gone(http_s3: S3) -> None:
    place = begin(http_s3)
    send(http_s3, place, 1, b"part")
    assert [each["UploadId"] for each in http_s3.client.list_multipart_uploads(Bucket=http_s3.bucket)["Uploads"]] == [place["UploadId"]]
    http_s3.client.abort_multipart_upload(**place)
    assert code_of(http_s3.client.list_parts, **place) == "NoSuchUpload"
    assert code_of(http_s3.client.abort_multipart_upload, **place) == "NoSuchUpload"
    assert "Uploads" not in http_s3.client.list_multipart_uploads(Bucket=http_s3.bucket)


def test_a_completed_upload_may_be_completed_again(http_s3: S3) -> None:
    place = begin(http_s3)
    part = send(http_s3, place, 1, b"part")
    assert complete(http_s3, place, part)["ETag"] == complete(http_s3, place, part)["ETag"]


def test_the_end_of_an_upload_may_require_that_there_is_no_object(http_s3: S3) -> None:
    place = begin(http_s3)
    part = send(http_s3, place, 1, b"part")
    http_s3.client.put_object(Bucket=http_s3.bucket, Key="key", Body=b"first")
    with pytest.raises(http_s3.client.exceptions.ClientError, match="PreconditionFailed"):
        complete(http_s3, place, part, IfNoneMatch="*")
    assert http_s3.client.get_object(Bucket=http_s3.bucket, Key="key")["Body"].read() == b"first"
    complete(http_s3, place, part)
    assert http_s3.client.get_object(Bucket=http_s3.bucket, Key="key")["Body"].read() == b"part"


# moto checks the size of the last part, too late, and no order.
def test_parts_that_do_not_fit_are_refused(files_s3: S3) -> None:
    place = begin(files_s3)
    small, last = send(files_s3, place, 1, b"small"), send(files_s3, place, 2, b"last")
    for parts, code in [
        ((small, last), "EntityTooSmall"),
        ((last, small), "InvalidPartOrder"),
        ((small, small), "InvalidPartOrder"),
        (({"PartNumber": 9, "ETag": last["ETag"]},), "InvalidPart"),
        ((), "MalformedXML"),
    ]:
        with pytest.raises(files_s3.client.exceptions.ClientError, match=f"\\({code}\\)"):
            complete(files_s3, place, *parts)
    complete(files_s3, place, last)
    assert files_s3.client.get_object(Bucket=files_s3.bucket, Key="key")["Body"].read() == b"last"
    assert code_of(files_s3.client.upload_part, **{**begin(files_s3), "PartNumber": 10_001, "Body": b""}) == "InvalidArgument"


def test_an_upload_belongs_to_its_key(files_s3: S3) -> None:
    place = begin(files_s3) | {"Key": "other"}
    assert code_of(files_s3.client.upload_part, **place, PartNumber=1, Body=b"") == "NoSuchUpload"


# moto compares no checksum and forgets those of the whole.
@pytest.mark.parametrize(("kind", "suffix"), [("COMPOSITE", "-2"), ("FULL_OBJECT", "")])
def test_an_object_of_parts_has_the_checksum_that_was_asked_for(files_s3: S3, kind: str, suffix: str) -> None:
    place = begin(files_s3, ChecksumAlgorithm="CRC32", ChecksumType=kind)
    parts = [send(files_s3, place, number, data, ChecksumAlgorithm="CRC32") for number, data in ((1, b"x" * LEAST), (2, b"end"))]
    complete(files_s3, place, *parts)
    head = files_s3.client.head_object(Bucket=files_s3.bucket, Key="key", ChecksumMode="ENABLED")
    assert (head["ChecksumType"], head["ChecksumCRC32"][8:]) == (kind, suffix)
    files_s3.client.put_object(Bucket=files_s3.bucket, Key="whole", Body=b"x" * LEAST + b"end", ChecksumAlgorithm="CRC32")
    whole = files_s3.client.head_object(Bucket=files_s3.bucket, Key="whole", ChecksumMode="ENABLED")["ChecksumCRC32"]
    assert (head["ChecksumCRC32"] == whole) is (kind == "FULL_OBJECT")


def test_wrong_checksums_of_parts_and_of_the_whole_are_refused(files_s3: S3) -> None:
    place = begin(files_s3, ChecksumAlgorithm="SHA256")
    wrong = {**place, "PartNumber": 1, "Body": b"part", "ChecksumSHA256": sha256(b"other")}
    assert code_of(files_s3.client.upload_part, **wrong) == "BadDigest"
    part = send(files_s3, place, 1, b"part", ChecksumSHA256=sha256(b"part"))
    with pytest.raises(files_s3.client.exceptions.ClientError, match="InvalidPart"):
        complete(files_s3, place, part | {"ChecksumSHA256": sha256(b"other")})
    with pytest.raises(files_s3.client.exceptions.ClientError, match="BadDigest"):
        complete(files_s3, place, part, ChecksumSHA256=sha256(b"other"))
    assert complete(files_s3, place, part | {"ChecksumSHA256": sha256(b"part")})["ChecksumSHA256"].endswith("-1")


def test_a_part_can_be_read_alone(files_s3: S3) -> None:
    place = begin(files_s3)
    complete(files_s3, place, *(send(files_s3, place, number, data) for number, data in ((1, b"x" * LEAST), (2, b"end"))))
    got = files_s3.client.get_object(Bucket=files_s3.bucket, Key="key", PartNumber=2)
    assert (got["Body"].read(), got["PartsCount"], got["ContentRange"]) == (b"end", 2, f"bytes {LEAST}-{LEAST + 2}/{LEAST + 3}")
    assert code_of(files_s3.client.get_object, Bucket=files_s3.bucket, Key="key", PartNumber=3) == "InvalidPartNumber"


# moto keeps the ETag of the parts.
def test_a_copy_of_an_object_of_parts_is_an_object_that_was_put_at_once(files_s3: S3) -> None:
    place = begin(files_s3, ChecksumAlgorithm="SHA256")
    complete(files_s3, place, send(files_s3, place, 1, b"part", ChecksumAlgorithm="SHA256"))
    copied = files_s3.client.copy_object(Bucket=files_s3.bucket, Key="copy", CopySource={"Bucket": files_s3.bucket, "Key": "key"})
    assert copied["CopyObjectResult"]["ETag"] == f'"{hashlib.md5(b"part", usedforsecurity=False).hexdigest()}"'
    assert copied["CopyObjectResult"]["ChecksumSHA256"] == sha256(b"part")
