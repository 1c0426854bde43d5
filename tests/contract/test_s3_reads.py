"""Ranges, conditions and replaced headers of reads: moto and the local service's files answer alike."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from tests.support.memory_aws.backends import code_of
from tests.support.s3_backends import S3, any_s3, files_s3, http_s3

__all__ = ["any_s3", "files_s3", "http_s3"]

LETTERS = b"abcdefghij"


def stored(s3: S3) -> dict[str, str]:
    """Store ten letters, and return where."""
    s3.client.put_object(Bucket=s3.bucket, Key="key", Body=LETTERS)
    return {"Bucket": s3.bucket, "Key": "key"}


def test_a_range_is_a_part_of_the_object(s3: S3) -> None:
    got = s3.client.get_object(**stored(s3), Range="bytes=2-4")
    assert (got["Body"].read(), got["ContentLength"], got["ContentRange"]) == (b"cde", 3, "bytes 2-4/10")
    assert got["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert code_of(s3.client.get_object, Bucket=s3.bucket, Key="key", Range="bytes=10-12") == "InvalidRange"


@pytest.mark.parametrize(
    ("header", "status", "part"),
    [
        ("bytes=0-0", 206, b"a"),
        ("bytes=7-", 206, b"hij"),
        ("bytes=7-99", 206, b"hij"),
        ("bytes=0-", 206, LETTERS),
        ("bytes=-3", 206, b"hij"),
        ("bytes=-99", 206, LETTERS),
        ("bytes=4-2", 200, LETTERS),
        ("bytes=0-1,3-4", 200, LETTERS),
        ("bytes=a-b", 200, LETTERS),
        ("letters=1-2", 200, LETTERS),
    ],
)
def test_a_range_is_read_like_this(files_s3: S3, header: str, status: int, part: bytes) -> None:
    url = files_s3.client.generate_presigned_url("get_object", Params=stored(files_s3))
    answer = requests.get(url, headers={"Range": header}, timeout=30)
    assert (answer.status_code, answer.content, answer.headers["Content-Length"]) == (status, part, str(len(part)))
    head = files_s3.client.generate_presigned_url("head_object", Params={"Bucket": files_s3.bucket, "Key": "key"})
    told = requests.head(head, headers={"Range": header}, timeout=30)
    same = ("Content-Length", "Content-Range", "Content-Type", "ETag")
    assert [told.headers.get(name) for name in same] == [answer.headers.get(name) for name in same]


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=99-100", "bytes=-0"])
def test_a_range_behind_the_end_is_not_satisfiable(http_s3: S3, header: str) -> None:
    url = http_s3.client.generate_presigned_url("get_object", Params=stored(http_s3))
    answer = requests.get(url, headers={"Range": header}, timeout=30)
    assert (answer.status_code, "<Code>InvalidRange</Code>" in answer.text) == (416, True)
    assert code_of(http_s3.client.head_object, Bucket=http_s3.bucket, Key="key", Range=header) == "416"


def test_an_empty_object_has_no_range(http_s3: S3) -> None:
    http_s3.client.put_object(Bucket=http_s3.bucket, Key="empty", Body=b"")
    assert code_of(http_s3.client.get_object, Bucket=http_s3.bucket, Key="empty", Range="bytes=0-") == "InvalidRange"


def test_a_read_may_require_the_etag(s3: S3) -> None:
    place = stored(s3)
    etag = s3.client.head_object(**place)["ETag"]
    assert s3.client.get_object(**place, IfMatch=etag, Range="bytes=0-1")["Body"].read() == b"ab"
    assert code_of(s3.client.get_object, **place, IfMatch='"other"') == "PreconditionFailed"


def test_what_the_client_has_is_not_sent_again(http_s3: S3) -> None:
    place = stored(http_s3)
    etag, later = http_s3.client.head_object(**place)["ETag"], datetime.now(UTC) + timedelta(hours=1)
    for read in (http_s3.client.get_object, http_s3.client.head_object):
        assert code_of(read, **place, IfNoneMatch=etag) == "304"
        assert code_of(read, **place, IfModifiedSince=later) == "304"
        assert read(**place, IfNoneMatch='"other"')["ContentLength"] == 10
        assert read(**place, IfModifiedSince=later - timedelta(days=1))["ContentLength"] == 10
        assert read(**place, IfUnmodifiedSince=later)["ContentLength"] == 10
        assert code_of(read, **place, IfUnmodifiedSince=later - timedelta(days=1)) in ("PreconditionFailed", "412")


# moto judges them one by one.
def test_an_etag_decides_before_a_time(files_s3: S3) -> None:
    place = stored(files_s3)
    etag, now = files_s3.client.head_object(**place)["ETag"], datetime.now(UTC)
    assert files_s3.client.get_object(**place, IfMatch=etag, IfUnmodifiedSince=now - timedelta(days=1))["ContentLength"] == 10
    later = now + timedelta(hours=1)
    assert files_s3.client.get_object(**place, IfNoneMatch='"other"', IfModifiedSince=later)["ContentLength"] == 10


def test_a_presigned_url_may_replace_headers_of_the_answer(http_s3: S3) -> None:
    replaced: dict[str, Any] = {
        "ResponseContentDisposition": 'attachment; filename="a b.mp4"',
        "ResponseContentType": "text/plain",
        "ResponseCacheControl": "no-store",
        "ResponseContentLanguage": "de",
    }
    url = http_s3.client.generate_presigned_url("get_object", Params={**stored(http_s3), **replaced})
    answer = requests.get(url, timeout=30)
    names = ("Content-Disposition", "Content-Type", "Cache-Control", "Content-Language")
    assert [answer.headers[name] for name in names] == list(replaced.values())
    assert (answer.content, answer.headers["Accept-Ranges"]) == (LETTERS, "bytes")
