"""Bucket, key and headers of a request, wherever the client has put them."""

import io
from typing import Any

import pytest

from local.aws.s3.api.body import Body
from local.aws.s3.api.request import Request, read
from local.aws.s3.errors import S3Error


def request(host: str, uri: str, **headers: str) -> Request:
    environ: dict[str, Any] = {"REQUEST_METHOD": "GET", "REQUEST_URI": uri, "QUERY_STRING": uri.partition("?")[2], "HTTP_HOST": host}
    environ |= headers | {"wsgi.input": io.BytesIO()}
    return read(environ, Body(environ))


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:4566",
        "172.17.0.1",
        "[::1]:4566",
        "localhost:4566",
        "host.docker.internal",
        "aws",
        "aws.default.svc.cluster.local",
        "s3.amazonaws.com",
        "s3.eu-west-1.amazonaws.com",
        "s3-eu-west-1.amazonaws.com",
        "",
    ],
)
def test_the_path_names_the_bucket(host: str) -> None:
    found = request(host, "/bucket/a%2Fb//c%20d+%C3%B6?x=1")
    assert (found.bucket, found.key, found.query) == ("bucket", "a/b//c d+ö", {"x": "1"})


@pytest.mark.parametrize(
    "host", ["bucket.s3.amazonaws.com", "bucket.s3.eu-west-1.amazonaws.com", "bucket.localhost:4566", "bucket.s3.localhost"]
)
def test_the_host_names_the_bucket(host: str) -> None:
    found = request(host, "/bucket/key")
    assert (found.bucket, found.key) == ("bucket", "bucket/key")
    assert request(host, "/").key == ""


def test_a_bucket_s_name_may_have_dots_in_amazon_s_hosts() -> None:
    assert request("my.own.bucket.s3.us-east-1.amazonaws.com", "/key").bucket == "my.own.bucket"


@pytest.mark.parametrize(("uri", "place"), [("/", ("", "")), ("/bucket", ("bucket", "")), ("/bucket/", ("bucket", ""))])
def test_an_address_may_have_no_key(uri: str, place: tuple[str, str]) -> None:
    found = request("127.0.0.1", uri)
    assert (found.bucket, found.key) == place


def test_an_address_that_is_no_utf8_is_refused() -> None:
    with pytest.raises(S3Error) as refused:
        request("127.0.0.1", "/bucket/%FF")
    assert refused.value.code == "InvalidURI"


def test_headers_in_a_signed_query_count_and_its_signature_does_not() -> None:
    found = request("127.0.0.1", "/b/k?X-Amz-Meta-A=1&x-amz-checksum-crc32=AA&X-Amz-Signature=0&X-Amz-Credential=x", HTTP_X_AMZ_META_A="2")
    assert found.headers == {"host": "127.0.0.1", "x-amz-meta-a": "2", "x-amz-checksum-crc32": "AA"}


def test_underscores_in_metadata_stay() -> None:
    spelled: Any = {"HTTP_X_AMZ_META_A_B": "x-amz-meta-a_b"}
    found = request("127.0.0.1", "/b/k", HTTP_X_AMZ_META_A_B="1", **{"moto.preserved_header_names": spelled})
    assert found.headers["x-amz-meta-a_b"] == "1"
