"""Form uploads: those allowed by a signed policy are stored, others are rejected as by S3."""

import base64
import hashlib
import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
import requests
from botocore.config import Config

from local.account import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY, SESSION_TOKEN
from local.aws.s3.presigned import require_presigned

KEY = "uploads/acme/0123"
FILE = b"\x89PNG\r\n\x1a\n--not the boundary\r\n"


def form(secret: str = SECRET_ACCESS_KEY, *conditions: Any, most: int = 100, seconds: int = 900, **fields: str) -> dict[str, str]:
    """Return the fields of a form signed by boto3."""
    client = boto3.client(
        "s3",
        region_name=REGION,
        endpoint_url="http://127.0.0.1:4566",
        aws_access_key_id=ACCESS_KEY_ID,
        aws_secret_access_key=secret,
        aws_session_token=SESSION_TOKEN,
        config=Config(signature_version="s3v4"),
    )
    wanted = {"Content-Type": "image/png", **fields}
    given = [*({name: value} for name, value in wanted.items()), ["content-length-range", 1, most], *conditions]
    made = client.generate_presigned_post("bucket", KEY, Fields=wanted, Conditions=given, ExpiresIn=seconds)
    return dict(made["fields"])


class FormResult:
    """The response to a form, and the PUT that it became."""

    def __init__(self, sent: requests.PreparedRequest, later: timedelta = timedelta(), bucket: str = "bucket") -> None:
        self.status = ""
        self.headers: dict[str, str] = {}
        self.put: dict[str, Any] = {}
        body = sent.body if isinstance(sent.body, bytes) else b""
        environ: dict[str, Any] = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": f"/{bucket}",
            "HTTP_HOST": "127.0.0.1:4566",
            "REQUEST_URI": "/bucket",
        }
        environ |= {"CONTENT_TYPE": sent.headers["Content-Type"], "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body)}
        door = require_presigned(self._s3, lambda: datetime.now(UTC) + later)
        self.body = b"".join(door(environ, self._start)).decode()

    def _start(self, status: str, headers: list[tuple[str, str]], *_: Any) -> None:
        self.status, self.headers = status, dict(headers)

    def _s3(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        self.put = environ | {"data": environ["wsgi.input"].read()}
        start_response("200 OK", [("ETag", '"e"')])
        return [b""]

    @property
    def code(self) -> str:
        found = re.search("<Code>(.*)</Code>", self.body)
        return found[1] if found else ""


def post(fields: dict[str, str], file: bytes = FILE, *, name: str = "file", **sent: Any) -> FormResult:
    return FormResult(requests.Request("POST", "http://x", data=fields, files={name: ("a.png", file, "image/png")}).prepare(), **sent)


def test_a_signed_form_becomes_a_put() -> None:
    answer = post(form())
    assert (answer.status, answer.headers["ETag"]) == ("204 No Content", '"e"')
    put = answer.put
    assert (put["REQUEST_METHOD"], put["PATH_INFO"], put["CONTENT_TYPE"]) == ("PUT", f"/bucket/{KEY}", "image/png")
    assert (put["data"], put["CONTENT_LENGTH"]) == (FILE, str(len(FILE)))


def test_a_form_can_request_201_with_a_body_that_describes_the_object() -> None:
    answer = post(form(success_action_status="201"))
    assert answer.status == "201 Created"
    assert f"<Key>{KEY}</Key>" in answer.body


@pytest.mark.parametrize(("size", "status"), [(0, "EntityTooSmall"), (1, ""), (100, ""), (101, "EntityTooLarge")])
def test_the_size_limits_are_exact_and_reported(size: int, status: str) -> None:
    answer = post(form(most=100), bytes(size))
    assert answer.code == status
    assert (answer.put == {}) is bool(status)
    if size == 101:
        assert answer.status == "400 Bad Request"
        assert "<ProposedSize>101</ProposedSize><MaxSizeAllowed>100</MaxSizeAllowed>" in answer.body


@pytest.mark.parametrize(
    ("name", "other"), [("key", "uploads/other/0123"), ("key", f"{KEY}/more"), ("Content-Type", "text/html"), ("Content-Type", "")]
)
def test_a_field_that_differs_from_the_policy_is_rejected(name: str, other: str) -> None:
    answer = post(form() | {name: other})
    assert (answer.status[:3], answer.put) == (("403", {}) if other or name != "key" else ("400", {}))
    assert "Policy Condition failed" in answer.body


def test_a_field_missing_from_the_policy_is_rejected() -> None:
    answer = post(form() | {"acl": "public-read"})
    assert (answer.code, answer.put) == ("AccessDenied", {})
    assert "Extra input fields: acl" in answer.body
    assert post(form() | {"x-ignore-me": "1"}).status == "204 No Content"


def test_another_bucket_is_rejected() -> None:
    answer = post(form(), bucket="another")
    assert (answer.status, answer.code, answer.put) == ("403 Forbidden", "AccessDenied", {})


def test_a_form_is_accepted_until_it_expires() -> None:
    assert post(form(seconds=900), later=timedelta(seconds=890)).status == "204 No Content"
    answer = post(form(seconds=900), later=timedelta(seconds=901))
    assert (answer.status, answer.code, answer.put) == ("403 Forbidden", "AccessDenied", {})
    assert "Policy expired" in answer.body


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"x-amz-signature": "0" * 64}, "SignatureDoesNotMatch"),
        ({"x-amz-signature": ""}, "SignatureDoesNotMatch"),
        ({"x-amz-signature": "ä"}, "SignatureDoesNotMatch"),
        ({"x-amz-credential": "ANOTHER/20261122/us-east-1/s3/aws4_request"}, "InvalidAccessKeyId"),
        ({"x-amz-credential": "LOCAL"}, "AuthorizationQueryParametersError"),
        ({"x-amz-algorithm": "AWS4-HMAC-SHA1"}, "InvalidRequest"),
        ({"policy": base64.b64encode(b'{"expiration": "2099-01-01T00:00:00Z", "conditions": []}').decode()}, "SignatureDoesNotMatch"),
    ],
)
def test_a_tampered_form_is_rejected(changes: dict[str, str], code: str) -> None:
    answer = post(form() | changes)
    assert (answer.code, answer.put) == (code, {})


def test_a_form_signed_with_another_secret_is_rejected() -> None:
    assert post(form("another")).code == "SignatureDoesNotMatch"


def test_a_form_without_policy_is_rejected() -> None:
    answer = post({"key": KEY})
    assert (answer.status, answer.code, answer.put) == ("403 Forbidden", "AccessDenied", {})


def test_fields_after_the_file_are_ignored() -> None:
    late = [("file", ("a.png", FILE)), *((name, (None, value)) for name, value in form().items())]
    answer = FormResult(requests.Request("POST", "http://x", files=late).prepare())
    assert (answer.code, answer.put) == ("InvalidArgument", {})


@pytest.mark.parametrize("name", ["upload", "File"])
def test_a_form_without_its_file_is_rejected(name: str) -> None:
    assert post(form(), name=name).code == "InvalidArgument"


def test_a_body_that_is_not_a_form_is_rejected() -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=y"}
    sent = requests.Request("POST", "http://x", data=b"--x\r\n\r\nnonsense", headers=headers)
    assert FormResult(sent.prepare()).status.startswith("400")


def test_endless_fields_are_rejected() -> None:
    assert post(form() | {"x-ignore-me": "x" * 20_001}).code == "MaxPostPreDataLengthExceeded"


def _sum(data: bytes) -> str:
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def _form_with_sum(checksum: str) -> dict[str, str]:
    fields: dict[str, Any] = {"x-amz-checksum-sha256": checksum}
    return form(**fields)


def test_a_file_that_matches_the_forms_checksum_is_stored_with_it() -> None:
    answer = post(_form_with_sum(_sum(FILE)))
    assert answer.status == "204 No Content"
    assert answer.put["HTTP_X_AMZ_CHECKSUM_SHA256"] == _sum(FILE)


@pytest.mark.parametrize(
    ("checksum", "code"), [(_sum(FILE + b"x"), "BadDigest"), ("QUJD", "InvalidRequest"), ("%", "InvalidRequest"), ("", "InvalidRequest")]
)
def test_a_file_that_does_not_match_the_forms_checksum_is_rejected(checksum: str, code: str) -> None:
    answer = post(_form_with_sum(checksum))
    assert (answer.status, answer.code, answer.put) == ("400 Bad Request", code, {})


def test_a_checksum_that_the_form_requires_cannot_be_left_out_or_replaced() -> None:
    fields = _form_with_sum(_sum(FILE))
    without = {name: value for name, value in fields.items() if name != "x-amz-checksum-sha256"}
    assert [post(each).code for each in (without, fields | {"x-amz-checksum-sha256": _sum(b"x")})] == ["AccessDenied"] * 2
