"""DynamoDB over HTTP, in the AWS JSON protocol.

https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html
"""

import json
import logging
import zlib
from collections.abc import Callable, Iterable
from typing import Any
from uuid import uuid4

from local.aws.dynamodb.errors import PREFIX, Invalid, NotModelled
from local.aws.dynamodb.model import malformed
from local.aws.dynamodb.service import DynamoDB
from local.aws.errors import AwsError
from local.state.database import StorageError

Environ = dict[str, Any]
App = Callable[[Environ, Any], Iterable[bytes]]

_TARGET = "DynamoDB_20120810."
_STATUS = {200: "200 OK", 400: "400 Bad Request", 500: "500 Internal Server Error"}
_LOG = logging.getLogger(__name__)


def with_tables(app: App, dynamodb: DynamoDB) -> App:
    """Answer the requests to DynamoDB, and pass on all others."""

    def route(environ: Environ, start_response: Any) -> Iterable[bytes]:
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        if not target.startswith(_TARGET):
            return app(environ, start_response)
        status, answer = _answer(dynamodb, target.removeprefix(_TARGET), _body(environ))
        return _respond(start_response, status, json.dumps(answer, separators=(",", ":")).encode())

    return route


def _body(environ: Environ) -> bytes:
    body: bytes = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    return body


def _answer(dynamodb: DynamoDB, operation: str, body: bytes) -> tuple[int, dict[str, Any]]:
    try:
        return 200, dynamodb.answer(operation, _request(body))
    except AwsError as error:
        return _error(error)
    except NotModelled as problem:
        return _error(Invalid(f"The local service does not support {problem}"))
    except StorageError as problem:
        return _error(AwsError(500, f"{PREFIX}InternalServerError", str(problem)))
    except Exception:
        if problems := malformed(operation, body):
            return _error(Invalid(problems))
        _LOG.exception("DynamoDB could not answer %s", operation)
        return _error(AwsError(500, f"{PREFIX}InternalServerError", "Internal server error"))


def _request(body: bytes) -> dict[str, Any]:
    """Read a JSON object of texts that UTF-8 can write; raises AwsError."""
    try:
        request = json.loads(body)
        if b"\\ud" in body or b"\\uD" in body:
            json.dumps(request, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise _not_read("The request is not valid JSON in UTF-8") from None
    if not isinstance(request, dict):
        raise _not_read("Start of structure or map found where not expected")
    return request


def _not_read(message: str) -> AwsError:
    return AwsError(400, "com.amazon.coral.service#SerializationException", message)


def _error(error: AwsError) -> tuple[int, dict[str, Any]]:
    return error.status, {"__type": error.code, "message": error.message, **error.fields}


def _respond(start_response: Any, status: int, body: bytes) -> list[bytes]:
    headers = [
        ("Content-Type", "application/x-amz-json-1.0"),
        ("Content-Length", str(len(body))),
        ("x-amzn-RequestId", uuid4().hex.upper()),
        # botocore compares it with the body.
        ("x-amz-crc32", str(zlib.crc32(body))),
    ]
    start_response(_STATUS[status], headers)
    return [body]
