"""Translate HTTP requests to payload 2.0 events and function results to HTTP responses."""

import base64
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import uuid4

from local.account import ACCOUNT_ID

# Everything else is base64-encoded, including forms and requests without a Content-Type.
# Measured against AWS: https://github.com/ministackorg/ministack/pull/766
TEXT_TYPES = ("application/json", "application/xml", "application/javascript")

NO_BODY = (204, 304)


@dataclass(frozen=True)
class Request:
    """A request as received; header names are lower case, and repeated headers are separate entries."""

    method: str
    target: str
    protocol: str
    headers: list[tuple[str, str]]
    body: bytes
    source_ip: str

    @property
    def path(self) -> str:
        """Return the decoded path, without the query."""
        return decoded_path(origin_form(self.target).partition("?")[0])

    def header(self, name: str) -> str:
        return next((value for header, value in self.headers if header == name), "")


@dataclass(frozen=True)
class Response:
    status: int
    headers: list[tuple[str, str]]
    body: bytes


def message(status: int, text: str) -> Response:
    """Return one of the gateway's own responses."""
    return Response(status, [("content-type", "application/json")], json.dumps({"message": text}).encode())


INTERNAL_ERROR = message(500, "Internal Server Error")


def to_event(request: Request, api_id: str, now: datetime, route_key: str = "$default") -> dict[str, Any]:
    """Build an event: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html"""
    query = origin_form(request.target).partition("?")[2]
    path = request.path
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": path,
        "rawQueryString": query,
        "headers": join_repeated((name, value) for name, value in request.headers if name != "cookie"),
        "requestContext": {
            "accountId": ACCOUNT_ID,
            "apiId": api_id,
            "domainName": request.header("host"),
            "domainPrefix": api_id,
            "http": {
                "method": request.method,
                "path": path,
                "protocol": request.protocol,
                "sourceIp": request.source_ip,
                "userAgent": request.header("user-agent"),
            },
            "requestId": uuid4().hex[:16],
            "routeKey": route_key,
            "stage": "$default",
            "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "timeEpoch": int(now.timestamp() * 1000),
        },
        "isBase64Encoded": False,
    }
    cookies = [part.strip() for name, value in request.headers if name == "cookie" for part in value.split(";")]
    if cookies:
        event["cookies"] = cookies
    if query:
        event["queryStringParameters"] = join_repeated(parse_qsl(query, keep_blank_values=True))
    if request.body:
        event |= _encode_body(request)
    return event


def origin_form(target: str) -> str:
    """Return the path of an absolute target such as `http://host/path`; raise ValueError if it is not a URL."""
    if not target.startswith(("http://", "https://")):
        return target
    parts = urlsplit(target)
    # Not geturl(), which adds slashes to a path that begins with two.
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def decoded_path(path: str) -> str:
    """Decode a path, except its encoded slashes, so that /v1%2Fvideos is not /v1/videos.

    HTTP APIs decode `rawPath` (https://github.com/honojs/hono/issues/2156), there the slashes too; here nothing comes to rely on that.
    """
    return "%2F".join(unquote(part) for part in re.split("%2f", path, flags=re.IGNORECASE))


def join_repeated(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Join repeated values with commas."""
    result: dict[str, str] = {}
    for name, value in pairs:
        result[name] = f"{result[name]},{value}" if name in result else value
    return result


def _encode_body(request: Request) -> dict[str, Any]:
    content_type = request.header("content-type").split(";")[0].strip().lower()
    is_text = content_type.startswith("text/") or content_type in TEXT_TYPES
    if is_text and not request.header("content-encoding"):
        try:
            return {"body": request.body.decode("utf-8")}
        except UnicodeDecodeError:
            pass
    return {"body": base64.b64encode(request.body).decode(), "isBase64Encoded": True}


def to_response(payload: str) -> Response:
    """Convert a function's result; an invalid one becomes an internal error."""
    answer = json.loads(payload)
    if not isinstance(answer, dict) or "statusCode" not in answer:
        # With payload 2.0, a function may return just the body.
        return Response(200, [("content-type", "application/json")], payload.encode())
    try:
        body = answer.get("body") or ""
        content = base64.b64decode(body, validate=True) if answer.get("isBase64Encoded") else body.encode()
        headers = [(name.lower(), _one_line(value)) for name, value in (answer.get("headers") or {}).items()]
        cookies = [("set-cookie", _one_line(cookie)) for cookie in answer.get("cookies") or []]
        status = int(answer["statusCode"])
    except (ValueError, AttributeError, TypeError):
        return INTERNAL_ERROR
    if not 200 <= status <= 599:
        return INTERNAL_ERROR
    if "content-type" not in dict(headers) and content:
        headers.append(("content-type", "text/plain;charset=utf-8"))
    kept = [header for header in headers if header[0] not in ("content-length", "connection", "transfer-encoding")]
    return Response(status, kept + cookies, b"" if status in NO_BODY else content)


def _one_line(value: Any) -> str:
    """Reject line breaks, which would start another header."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if "\n" in text or "\r" in text:
        raise ValueError("a header value with a line break")
    return text
