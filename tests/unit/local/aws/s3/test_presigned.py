"""Presigned URLs: those signed by botocore are accepted, others are rejected as by S3."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config

from local.account import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY, SESSION_TOKEN
from local.aws.s3.errors import S3Error
from local.aws.s3.presigned import check, require_presigned

KEY = "videos/a b/ü+c.mp4"


def presigned(operation: str = "get_object", secret: str = SECRET_ACCESS_KEY, **given: Any) -> str:
    settings = {"signature_version": "s3v4"} | given.pop("settings", {})
    client = boto3.client(
        "s3",
        region_name=REGION,
        endpoint_url="http://127.0.0.1:4566",
        aws_access_key_id=given.pop("access_key_id", ACCESS_KEY_ID),
        aws_secret_access_key=secret,
        aws_session_token=SESSION_TOKEN,
        config=Config(**settings),
    )
    parameters = {"Bucket": "bucket", "Key": KEY, **given}
    return str(client.generate_presigned_url(operation, Params=parameters, ExpiresIn=60))


def check_error(url: str, method: str = "GET", later: timedelta = timedelta(), **headers: str) -> S3Error | None:
    given = {"host": str(urlsplit(url).netloc)} | {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        check(method, url, given, datetime.now(UTC) + later)
    except S3Error as error:
        return error
    return None


@pytest.mark.parametrize(("operation", "method"), [("get_object", "GET"), ("head_object", "HEAD"), ("put_object", "PUT")])
def test_a_presigned_url_is_valid_for_its_method(operation: str, method: str) -> None:
    assert check_error(presigned(operation), method) is None


def test_a_presigned_url_with_response_headers_is_valid() -> None:
    assert check_error(presigned(ResponseContentDisposition='attachment; filename="a&b.mp4"')) is None


def test_a_signed_header_is_required() -> None:
    url = presigned("put_object", ContentType="image/png")
    assert check_error(url, "PUT", content_type="image/png") is None
    error = check_error(url, "PUT", content_type="text/html")
    assert error is not None
    assert error.code == "SignatureDoesNotMatch"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "HEAD", "POST"])
def test_another_method_is_rejected(method: str) -> None:
    error = check_error(presigned(), method)
    assert error is not None
    assert (error.status, error.code) == ("403 Forbidden", "SignatureDoesNotMatch")


@pytest.mark.parametrize(
    ("part", "other"),
    [
        ("a%20b", "a%20c"),
        ("X-Amz-Expires=60", "X-Amz-Expires=61"),
        ("X-Amz-Security-Token=local", "X-Amz-Security-Token=x"),
        ("X-Amz-Signature=", "X-Amz-Signature=%C3%A4"),
    ],
)
def test_a_tampered_url_is_rejected(part: str, other: str) -> None:
    url = presigned()
    assert part in url
    error = check_error(url.replace(part, other))
    assert error is not None
    assert error.code == "SignatureDoesNotMatch"


def test_a_url_signed_with_another_secret_is_rejected() -> None:
    error = check_error(presigned(secret="another"))  # noqa: S106
    assert error is not None
    assert error.code == "SignatureDoesNotMatch"


def test_an_expired_url_is_rejected_with_the_message_of_s3() -> None:
    url = presigned()
    assert check_error(url, later=timedelta(seconds=50)) is None
    error = check_error(url, later=timedelta(seconds=62))
    assert error is not None
    assert (error.status, error.code, error.message) == ("403 Forbidden", "AccessDenied", "Request has expired")


def test_an_unsigned_request_is_rejected() -> None:
    error = check_error("http://127.0.0.1:4566/bucket/key")
    assert error is not None
    assert (error.status, error.code) == ("403 Forbidden", "AccessDenied")


def test_an_unknown_access_key_is_rejected() -> None:
    error = check_error(presigned(access_key_id="somebody"))
    assert error is not None
    assert error.code == "InvalidAccessKeyId"


def test_signature_version_2_is_rejected_as_in_newer_regions() -> None:
    error = check_error("http://127.0.0.1:4566/bucket/key?AWSAccessKeyId=a&Signature=b&Expires=9999999999")
    assert error is not None
    assert "AWS4-HMAC-SHA256" in error.message


@pytest.mark.parametrize("broken", ["X-Amz-Date=", "X-Amz-Credential=", "X-Amz-Expires=", "X-Amz-SignedHeaders="])
def test_a_url_with_a_missing_parameter_is_rejected(broken: str) -> None:
    assert check_error(presigned().replace(broken, "X-Other=")) is not None


def test_an_expiry_of_more_than_a_week_is_rejected() -> None:
    assert check_error(presigned().replace("X-Amz-Expires=60", "X-Amz-Expires=604801")) is not None


def call(environ: dict[str, str]) -> tuple[str, bytes]:
    """Return status and body from the checked app, which itself responds with `inside`."""
    statuses: list[str] = []

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return [b"inside"]

    full = {"REQUEST_METHOD": "GET", "REQUEST_URI": "/bucket/key", "HTTP_HOST": "127.0.0.1:4566"} | environ
    body = require_presigned(app, lambda: datetime.now(UTC))(full, lambda status, headers: statuses.append(status))
    return statuses[0], b"".join(body)


def test_sdk_requests_are_passed_on() -> None:
    assert call({"HTTP_AUTHORIZATION": "AWS4-HMAC-SHA256 …"}) == ("200 OK", b"inside")


def test_an_anonymous_request_gets_the_error_document_of_s3() -> None:
    status, body = call({})
    assert status == "403 Forbidden"
    assert b"<Code>AccessDenied</Code>" in body


def test_an_anonymous_head_request_is_rejected_without_a_body() -> None:
    assert call({"REQUEST_METHOD": "HEAD"}) == ("403 Forbidden", b"")


def test_a_presigned_url_is_passed_on() -> None:
    parts = urlsplit(presigned())
    assert call({"REQUEST_URI": f"{parts.path}?{parts.query}", "HTTP_HOST": parts.netloc}) == ("200 OK", b"inside")
