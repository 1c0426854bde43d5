"""Lists of objects: moto and the local service's files show the same pages."""

import random
from typing import Any

import pytest

from tests.support.memory_aws.backends import code_of
from tests.support.s3_backends import S3, any_s3, files_s3, over_http

__all__ = ["any_s3", "files_s3"]

KEYS = ("a", "a/1", "a/2", "a/b/1", "b/1", "c//1", "c/ä", "d!", "ä", "日")


@pytest.fixture(name="listed", scope="module", params=["moto", "files"])
def with_keys(request: pytest.FixtureRequest) -> S3:
    """Return a bucket with these keys, which no test changes."""
    s3 = over_http(request.param)
    for key in KEYS:
        s3.client.put_object(Bucket=s3.bucket, Key=key, Body=key.encode())
    return s3


def names(page: dict[str, Any]) -> list[str]:
    return [each["Key"] for each in page.get("Contents", page.get("Versions", []))] + [
        each["Prefix"] for each in page.get("CommonPrefixes", [])
    ]


def test_the_objects_under_a_prefix_are_listed_in_their_order(s3: S3) -> None:
    for key in ("b/2", "b/1", "a/1", "bc/1", "b/ö & <3>"):
        s3.client.put_object(Bucket=s3.bucket, Key=key, Body=b"any")
    listed = s3.client.list_objects_v2(Bucket=s3.bucket, Prefix="b/", MaxKeys=9)["Contents"]
    assert [each["Key"] for each in listed] == ["b/1", "b/2", "b/ö & <3>"]
    assert [each["Key"] for each in s3.client.list_objects_v2(Bucket=s3.bucket, Prefix="b/", MaxKeys=2)["Contents"]] == ["b/1", "b/2"]
    assert "Contents" not in s3.client.list_objects_v2(Bucket=s3.bucket, Prefix="c/")


def test_an_object_of_a_bucket_without_versions_is_listed_and_deleted_as_its_only_one(s3: S3) -> None:
    for key in ("b/1", "b/2", "c/1"):
        s3.client.put_object(Bucket=s3.bucket, Key=key, Body=b"any")
    listed = s3.client.list_object_versions(Bucket=s3.bucket, Prefix="b/")["Versions"]
    assert [(each["Key"], each["VersionId"]) for each in listed] == [("b/1", "null"), ("b/2", "null")]
    for each in listed:
        s3.client.delete_object(Bucket=s3.bucket, Key=each["Key"], VersionId=each["VersionId"])
    s3.client.delete_object(Bucket=s3.bucket, Key="b/1", VersionId="null")  # it is gone already
    assert "Versions" not in s3.client.list_object_versions(Bucket=s3.bucket, Prefix="b/")
    assert names(s3.client.list_objects_v2(Bucket=s3.bucket)) == ["c/1"]


def test_keys_are_ordered_as_bytes(files_s3: S3) -> None:
    # U+FFFD is before U+1F3AC as UTF-8 bytes, and after it as UTF-16; moto orders code points, which is the same.
    for key in ("🎬", "�", "é", "z", "Z"):
        files_s3.client.put_object(Bucket=files_s3.bucket, Key=key, Body=b"")
    assert names(files_s3.client.list_objects_v2(Bucket=files_s3.bucket)) == ["Z", "z", "é", "�", "🎬"]


def test_an_object_is_described_in_a_list(listed: S3) -> None:
    head = listed.client.head_object(Bucket=listed.bucket, Key="c/ä")
    (found,) = listed.client.list_objects_v2(Bucket=listed.bucket, Prefix="c/ä")["Contents"]
    assert (found["Key"], found["Size"], found["ETag"], found["StorageClass"]) == ("c/ä", 4, head["ETag"], "STANDARD")
    assert found["LastModified"] == head["LastModified"]
    (older,) = listed.client.list_objects(Bucket=listed.bucket, Prefix="c/ä")["Contents"]
    assert (older["Key"], older["Size"], older["LastModified"]) == (found["Key"], found["Size"], found["LastModified"])
    (version,) = listed.client.list_object_versions(Bucket=listed.bucket, Prefix="c/ä")["Versions"]
    assert (version["Key"], version["VersionId"], version["IsLatest"]) == ("c/ä", "null", True)


@pytest.mark.parametrize(
    ("prefix", "delimiter", "expected"),
    [
        ("", "/", ["a", "d!", "ä", "日", "a/", "b/", "c/"]),
        ("a", "/", ["a", "a/"]),
        ("a/", "/", ["a/1", "a/2", "a/b/"]),
        ("c/", "/", ["c/ä", "c//"]),
        ("", "//", ["a", "a/1", "a/2", "a/b/1", "b/1", "c/ä", "d!", "ä", "日", "c//"]),
        ("", "ä", ["a", "a/1", "a/2", "a/b/1", "b/1", "c//1", "d!", "日", "c/ä", "ä"]),
        ("none", "/", []),
    ],
)
def test_keys_below_a_delimiter_are_one_common_prefix(listed: S3, prefix: str, delimiter: str, expected: list[str]) -> None:
    for call in (listed.client.list_objects_v2, listed.client.list_objects):
        assert names(call(Bucket=listed.bucket, Prefix=prefix, Delimiter=delimiter)) == expected


@pytest.mark.parametrize("operation", ["list_objects_v2", "list_objects", "list_object_versions"])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize("delimiter", ["", "/"])
def test_pages_show_everything_once(listed: S3, operation: str, size: int, delimiter: str) -> None:
    if listed.bucket.startswith("moto") and operation != "list_objects_v2" and delimiter:
        pytest.skip("moto shows a common prefix again on the next page")
    pages = list(
        listed.client.get_paginator(operation).paginate(
            Bucket=listed.bucket, PaginationConfig={"PageSize": size}, **({"Delimiter": delimiter} if delimiter else {})
        )
    )
    found = [name for page in pages for name in names(page)]
    whole = names(listed.client.list_objects_v2(Bucket=listed.bucket, Delimiter=delimiter))
    assert sorted(found) == sorted(whole)
    assert all(len(names(page)) <= size for page in pages)
    assert [page["IsTruncated"] for page in pages] == [True] * (len(pages) - 1) + [False]


def test_a_list_starts_after_a_name(listed: S3) -> None:
    assert names(listed.client.list_objects_v2(Bucket=listed.bucket, StartAfter="c/ä")) == ["d!", "ä", "日"]
    assert names(listed.client.list_objects(Bucket=listed.bucket, Marker="c/ä")) == ["d!", "ä", "日"]
    assert names(listed.client.list_objects_v2(Bucket=listed.bucket, StartAfter="c", Prefix="b")) == []


# moto says that the empty page is truncated.
def test_a_page_of_nothing_is_complete(files_s3: S3) -> None:
    files_s3.client.put_object(Bucket=files_s3.bucket, Key="a", Body=b"")
    page = files_s3.client.list_objects_v2(Bucket=files_s3.bucket, MaxKeys=0)
    assert (names(page), page["KeyCount"], page["IsTruncated"]) == ([], 0, False)


# moto takes any token and any number.
def test_what_is_no_token_and_no_number_is_refused(files_s3: S3) -> None:
    assert code_of(files_s3.client.list_objects_v2, Bucket=files_s3.bucket, ContinuationToken="nonsense!") == "InvalidArgument"
    assert code_of(files_s3.client.list_objects_v2, Bucket=files_s3.bucket, MaxKeys=-1) == "InvalidArgument"


def test_random_keys_are_listed_as_their_sorted_names(files_s3: S3) -> None:
    chance = random.Random(5)  # noqa: S311 - names
    keys = {"".join(chance.choices("ab/ö+", k=chance.randint(1, 6))) for _ in range(60)}
    for key in keys:
        files_s3.client.put_object(Bucket=files_s3.bucket, Key=key, Body=b"")
    for prefix in ("", "a", "a/", "ö", "/"):
        for after in ("", "a", "b/", "/"):
            inside = sorted((key for key in keys if key.startswith(prefix) and key.encode() > after.encode()), key=str.encode)
            groups = {prefix + key[len(prefix) :].partition("/")[0] + "/" for key in inside if "/" in key[len(prefix) :]}
            expected = [key for key in inside if "/" not in key[len(prefix) :]] + sorted(each for each in groups if each > after)
            page = files_s3.client.list_objects_v2(Bucket=files_s3.bucket, Prefix=prefix, Delimiter="/", StartAfter=after)
            assert names(page) == expected
