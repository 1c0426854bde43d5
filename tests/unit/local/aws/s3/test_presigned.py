"""S3's door: what botocore signed opens it, anything else is refused as S3 refuses it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config

from local.account import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY, SESSION_TOKEN
from local.aws.s3.errors import Refused
from local.aws.s3.presigned import check, guarded

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


def refused(url: str, method: str = "GET", later: timedelta = timedelta(), **headers: str) -> Refused | None:
    given = {"host": str(urlsplit(url).netloc)} | {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        check(method, url, given, datetime.now(UTC) + later)
    except Refused as error:
        return error
    return None


@pytest.mark.parametrize(("operation", "method"), [("get_object", "GET"), ("head_object", "HEAD"), ("put_object", "PUT")])
def test_a_presigned_url_opens_for_its_verb(operation: str, method: str) -> None:
    assert refused(presigned(operation), method) is None


def test_a_presigned_url_with_response_headers_opens() -> None:
    assert refused(presigned(ResponseContentDisposition='attachment; filename="a&b.mp4"')) is None


def test_a_header_that_was_signed_has_to_come_along() -> None:
    url = presigned("put_object", ContentType="image/png")
    assert refused(url, "PUT", content_type="image/png") is None
    error = refused(url, "PUT", content_type="text/html")
    assert error is not None
    assert error.code == "SignatureDoesNotMatch"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "HEAD", "POST"])
def test_another_verb_is_refused(method: str) -> None:
    error = refused(presigned(), method)
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
def test_a_tampered_url_is_refused(part: str, other: str) -> None:
    url = presigned()
    assert part in url
    error = refused(url.replace(part, other))
    assert error is not None
    assert error.code == "SignatureDoesNotMatch"


def test_a_url_signed_with_another_secret_is_refused() -> None:
    error = refused(presigned(secret="another"))  # noqa: S106
    assert error is not None
    assert error.code == "SignatureDoesNotMatch"


def test_an_expired_url_is_refused_in_s3_s_words() -> None:
    url = presigned()
    assert refused(url, later=timedelta(seconds=50)) is None
    error = refused(url, later=timedelta(seconds=62))
    assert error is not None
    assert (error.status, error.code, error.message) == ("403 Forbidden", "AccessDenied", "Request has expired")


def test_a_request_without_any_signature_is_refused() -> None:
    error = refused("http://127.0.0.1:4566/bucket/key")
    assert error is not None
    assert (error.status, error.code) == ("403 Forbidden", "AccessDenied")


def test_an_unknown_access_key_is_refused() -> None:
    error = refused(presigned(access_key_id="somebody"))
    assert error is not None
    assert error.code == "InvalidAccessKeyId"


def test_the_old_kind_of_signature_is_refused_as_in_the_younger_regions() -> None:
    error = refused("http://127.0.0.1:4566/bucket/key?AWSAccessKeyId=a&Signature=b&Expires=9999999999")
    assert error is not None
    assert "AWS4-HMAC-SHA256" in error.message


@pytest.mark.parametrize("broken", ["X-Amz-Date=", "X-Amz-Credential=", "X-Amz-Expires=", "X-Amz-SignedHeaders="])
def test_a_url_with_a_part_missing_is_refused(broken: str) -> None:
    assert refused(presigned().replace(broken, "X-Other=")) is not None


def test_a_url_that_claims_to_live_for_more_than_a_week_is_refused() -> None:
    assert refused(presigned().replace("X-Amz-Expires=60", "X-Amz-Expires=604801")) is not None


def call(environ: dict[str, str]) -> tuple[str, bytes]:
    """Status and body of the guarded app, which answers `inside` by itself."""
    statuses: list[str] = []

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return [b"inside"]

    full = {"REQUEST_METHOD": "GET", "REQUEST_URI": "/bucket/key", "HTTP_HOST": "127.0.0.1:4566"} | environ
    body = guarded(app, lambda: datetime.now(UTC))(full, lambda status, headers: statuses.append(status))
    return statuses[0], b"".join(body)


def test_requests_of_an_sdk_pass() -> None:
    assert call({"HTTP_AUTHORIZATION": "AWS4-HMAC-SHA256 …"}) == ("200 OK", b"inside")


def test_an_anonymous_request_gets_s3_s_error_document() -> None:
    status, body = call({})
    assert status == "403 Forbidden"
    assert b"<Code>AccessDenied</Code>" in body


def test_an_anonymous_head_request_is_refused_without_a_body() -> None:
    assert call({"REQUEST_METHOD": "HEAD"}) == ("403 Forbidden", b"")


def test_a_signed_url_passes_the_door() -> None:
    parts = urlsplit(presigned())
    assert call({"REQUEST_URI": f"{parts.path}?{parts.query}", "HTTP_HOST": parts.netloc}) == ("200 OK", b"inside")
