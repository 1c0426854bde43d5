"""Presigned URLs, forms and addresses: moto and the local service's files answer alike."""

import base64
from datetime import UTC, datetime
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
import requests
from botocore.config import Config

from local.account import ACCESS_KEY_ID, SECRET_ACCESS_KEY
from tests.support.s3_backends import S3, files_s3, http_s3, sha256

__all__ = ["files_s3", "http_s3"]

KEY = "uploads/ä b+c%.png"


def signed(s3: S3, operation: str, **more: Any) -> str:
    return str(s3.client.generate_presigned_url(operation, Params={"Bucket": s3.bucket, "Key": KEY, **more}))


def test_an_object_is_put_and_read_with_presigned_urls(http_s3: S3) -> None:
    put = requests.put(signed(http_s3, "put_object", ContentType="image/png"), b"body", headers={"Content-Type": "image/png"}, timeout=30)
    got = requests.get(signed(http_s3, "get_object"), timeout=30)
    head = requests.head(signed(http_s3, "head_object"), timeout=30)
    assert (put.status_code, got.content, got.headers["Content-Type"]) == (200, b"body", "image/png")
    assert (head.content, head.headers["Content-Length"], head.headers["ETag"]) == (b"", "4", got.headers["ETag"])
    assert requests.delete(signed(http_s3, "delete_object"), timeout=30).status_code == 204
    gone = requests.get(signed(http_s3, "get_object"), timeout=30)
    assert (gone.status_code, "<Code>NoSuchKey</Code>" in gone.text) == (404, True)


def test_only_the_signer_s_words_are_stored(http_s3: S3) -> None:
    url = signed(http_s3, "put_object", ContentType="image/png")
    refused = requests.put(url, b"body", headers={"Content-Type": "text/html"}, timeout=30)
    assert (refused.status_code, "SignatureDoesNotMatch" in refused.text) == (403, True)
    assert requests.get(signed(http_s3, "get_object"), timeout=30).status_code == 404
    assert requests.get(signed(http_s3, "get_object").partition("?")[0], timeout=30).status_code == 403


def test_a_large_refused_body_is_answered(http_s3: S3) -> None:
    url = signed(http_s3, "put_object")
    answer = requests.put(url.replace("uploads", "other"), bytes(20_000_000), timeout=60)
    assert answer.status_code == 403
    http_s3.client.put_object(Bucket=http_s3.bucket, Key=KEY, Body=b"first")
    again = signed(http_s3, "put_object", IfNoneMatch="*")
    assert requests.put(again, bytes(20_000_000), headers={"If-None-Match": "*"}, timeout=60).status_code == 412


def form(s3: S3, key: str = KEY, **fields: str) -> Any:
    return s3.client.generate_presigned_post(
        s3.bucket, key, Fields=fields, Conditions=[*({name: value} for name, value in fields.items()), ["content-length-range", 1, 9]]
    )


def test_a_form_stores_its_file(http_s3: S3) -> None:
    checksum: dict[str, Any] = {"x-amz-checksum-sha256": sha256(b"picture")}
    made = form(http_s3, **{"Content-Type": "image/png", "Cache-Control": "no-store", **checksum})
    answer = requests.post(made["url"], data=made["fields"], files={"file": ("a.png", b"picture")}, timeout=30)
    head = http_s3.client.head_object(Bucket=http_s3.bucket, Key=KEY, ChecksumMode="ENABLED")
    assert (answer.status_code, answer.headers["ETag"]) == (204, head["ETag"])
    assert (head["ContentType"], head["CacheControl"], head["ChecksumSHA256"]) == ("image/png", "no-store", sha256(b"picture"))


def test_a_form_replaces_what_is_stored_and_describes_it(http_s3: S3) -> None:
    http_s3.client.put_object(Bucket=http_s3.bucket, Key=KEY, Body=b"first")
    made = form(http_s3, success_action_status="201")
    answer = requests.post(made["url"], data=made["fields"], files={"file": ("a.png", b"second")}, timeout=30)
    assert (answer.status_code, f"<Key>{KEY}</Key>" in answer.text) == (201, True)
    assert http_s3.client.get_object(Bucket=http_s3.bucket, Key=KEY)["Body"].read() == b"second"


@pytest.mark.parametrize(("file", "code"), [(b"", "EntityTooSmall"), (bytes(10), "EntityTooLarge")])
def test_a_form_that_its_policy_forbids_stores_nothing(http_s3: S3, file: bytes, code: str) -> None:
    made = form(http_s3)
    answer = requests.post(made["url"], data=made["fields"], files={"file": ("a.png", file)}, timeout=30)
    assert (answer.status_code, f"<Code>{code}</Code>" in answer.text) == (400, True)
    assert "Contents" not in http_s3.client.list_objects_v2(Bucket=http_s3.bucket)


@pytest.mark.parametrize("host", ["{}.s3.amazonaws.com", "{}.s3.eu-west-1.amazonaws.com", "{}.localhost"])
def test_a_bucket_may_be_named_by_the_host(http_s3: S3, host: str) -> None:
    name = host.format(http_s3.bucket)
    client = boto3.client(
        "s3",
        region_name="us-east-1",
        endpoint_url=f"http://{host.format('').lstrip('.')}",
        aws_access_key_id=ACCESS_KEY_ID,
        aws_secret_access_key=SECRET_ACCESS_KEY,
        config=Config(signature_version="s3v4", s3={"addressing_style": "virtual"}),
    )
    http_s3.client.put_object(Bucket=http_s3.bucket, Key="a/b", Body=b"body")
    url = urlsplit(client.generate_presigned_url("get_object", Params={"Bucket": http_s3.bucket, "Key": "a/b"}))
    assert url.netloc == name
    connection = HTTPConnection(urlsplit(http_s3.endpoint).netloc)
    connection.request("GET", f"{url.path}?{url.query}", headers={"Host": name})
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (200, b"body")


# moto's servers here answer to every web page; those of the service do not.
def test_a_web_page_reads_what_the_bucket_s_rules_allow(files_s3: S3) -> None:
    files_s3.client.put_object(Bucket=files_s3.bucket, Key=KEY, Body=b"body")
    rule = {"AllowedOrigins": ["https://app.example.com"], "AllowedMethods": ["GET"], "ExposeHeaders": ["ETag"], "MaxAgeSeconds": 60}
    url = signed(files_s3, "get_object")
    assert "Access-Control-Allow-Origin" not in requests.get(url, headers={"Origin": "https://app.example.com"}, timeout=30).headers
    files_s3.client.put_bucket_cors(Bucket=files_s3.bucket, CORSConfiguration={"CORSRules": [rule]})
    answer = requests.get(url, headers={"Origin": "https://app.example.com"}, timeout=30)
    names = [f"Access-Control-{name}" for name in ("Allow-Origin", "Allow-Methods", "Expose-Headers", "Max-Age")]
    assert [answer.headers[name] for name in names] == ["https://app.example.com", "GET", "ETag", "60"]
    assert "Access-Control-Allow-Origin" not in requests.get(url, headers={"Origin": "https://other.example.com"}, timeout=30).headers


def raw(s3: S3, method: str, path: str, body: bytes, **headers: str) -> tuple[int, str]:
    """Send a request as it is, signed by nobody who matters."""
    connection = HTTPConnection(urlsplit(s3.endpoint).netloc)
    scope = f"{ACCESS_KEY_ID}/{datetime.now(UTC):%Y%m%d}/us-east-1/s3/aws4_request"
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, f"/{s3.bucket}{path}", body, {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, Signature=0", **named})
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


@pytest.mark.parametrize("signature", ["", ";chunk-signature=" + "0" * 64])
def test_the_framing_of_aws_chunked_is_removed(http_s3: S3, signature: str) -> None:
    framed = f"5{signature}\r\nhello\r\n7{signature}\r\n, world\r\n0{signature}\r\n\r\n".encode()
    kind = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" if signature else "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
    headers = {"x_amz_content_sha256": kind, "x_amz_decoded_content_length": "12", "Content_Encoding": "aws-chunked"}
    assert raw(http_s3, "PUT", "/key", framed, **headers)[0] == 200
    got = http_s3.client.get_object(Bucket=http_s3.bucket, Key="key")
    assert got["Body"].read() == b"hello, world"


CRC32_OF_HELLO = base64.b64encode((0x3610A686).to_bytes(4, "big")).decode()


@pytest.mark.parametrize(
    ("framed", "length", "code"),
    [
        (f"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:{CRC32_OF_HELLO}\r\n\r\n", 5, ""),
        ("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n", 5, "BadDigest"),
        ("5\r\nhello\r\n0\r\n\r\n", 6, "IncompleteBody"),
        ("9\r\nhello\r\n", 9, "IncompleteBody"),
        ("5\r\nhello world\r\n0\r\n\r\n", 5, "InvalidRequest"),
        ("nonsense\r\n", 5, "InvalidRequest"),
    ],
)
def test_a_framed_body_is_what_it_says(files_s3: S3, framed: str, length: int, code: str) -> None:
    headers = {"Content_Encoding": "aws-chunked,gzip", "x_amz_decoded_content_length": str(length), "x_amz_trailer": "x-amz-checksum-crc32"}
    status, text = raw(files_s3, "PUT", "/key", framed.encode(), **headers)
    assert (status, f"<Code>{code}</Code>" in text) == ((400, True) if code else (200, False))
    stored = [each["Key"] for each in files_s3.client.list_objects_v2(Bucket=files_s3.bucket).get("Contents", [])]
    assert stored == ([] if code else ["key"])
    if not code:
        assert files_s3.client.head_object(Bucket=files_s3.bucket, Key="key")["ContentEncoding"] == "gzip"
