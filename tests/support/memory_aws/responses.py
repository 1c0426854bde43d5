"""AWS on the wire: answers and errors of the JSON services, and the small XML of S3 and SNS."""

import io
import json
from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import escape

from botocore.awsrequest import AWSResponse

from local.aws.errors import AwsError


class Raw(io.BytesIO):
    """A body that botocore reads like one of urllib3."""

    def stream(self, amount: int = 65_536, decode_content: bool | None = None) -> Iterator[bytes]:
        while piece := self.read(amount):
            yield piece

    def release_conn(self) -> None:
        """Do nothing: there is no connection."""


def http(status: int, body: bytes = b"", **headers: str) -> AWSResponse:
    """Return an HTTP answer; underscores in header names stand for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return AWSResponse("https://memory.invalid/", status, {"x-amzn-requestid": "memory", **named}, Raw(body))  # type: ignore[arg-type]


class JsonAnswer(AWSResponse):
    """A 200 of a JSON service; `body` is encoded only when it is read as bytes."""

    def __init__(self, body: dict[str, Any]) -> None:
        super().__init__("https://memory.invalid/", 200, _JSON_HEADERS, Raw())  # type: ignore[arg-type]
        self.body = body

    @property
    def content(self) -> bytes:
        return json.dumps(self.body).encode()


_JSON_HEADERS = {"x-amzn-requestid": "memory", "content-type": "application/x-amz-json-1.0"}


def json_answer(body: dict[str, Any]) -> AWSResponse:
    return JsonAnswer(body)


def json_error(error: AwsError) -> AWSResponse:
    body = {"__type": error.code, "message": error.message, **error.fields}
    return http(error.status, json.dumps(body).encode(), content_type="application/x-amz-json-1.0")


def xml_error(error: AwsError) -> AWSResponse:
    """Return an error in S3's format; SNS wraps the same members."""
    members = f"<Code>{error.code}</Code><Message>{escape(error.message)}</Message>"
    return http(error.status, f'<?xml version="1.0"?><Error>{members}<RequestId>memory</RequestId></Error>'.encode())


def query_error(error: AwsError) -> AWSResponse:
    kind = "Sender" if error.status < 500 else "Receiver"
    members = f"<Type>{kind}</Type><Code>{error.code}</Code><Message>{escape(error.message)}</Message>"
    return http(error.status, f"<ErrorResponse><Error>{members}</Error><RequestId>memory</RequestId></ErrorResponse>".encode())
