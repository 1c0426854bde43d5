"""HTTP/1.1 as bytes: what a far end reads from a connection, and how it answers, piece by piece."""

import json
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

Piece = tuple[float, bytes]  # seconds after the previous piece, content

_REASONS = {200: "OK", 302: "Found", 400: "Bad Request", 404: "Not Found", 429: "Too Many Requests", 500: "Internal Server Error"}


@dataclass(frozen=True)
class Request:
    """One complete request."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """What is returned over the connection, and how it ends."""

    pieces: list[Piece] = field(default_factory=list)
    end: Literal["close", "reset", "hang"] = "close"

    def after(self, seconds: float) -> "Reply":
        """Return the same response with a delay."""
        if not self.pieces:
            return Reply([(seconds, b"")], self.end)
        (first, content), *rest = self.pieces
        return Reply([(first + seconds, content), *rest], self.end)


def parse(data: bytes) -> Request | None:
    """Parse the request; None if it is incomplete."""
    head, separator, body = data.partition(b"\r\n\r\n")
    if not separator:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if "transfer-encoding" in headers:
        raise NotImplementedError("a chunked request")
    if len(body) < int(headers.get("content-length", 0)):
        return None
    method, target, _ = first.split(" ")
    parts = urlsplit(target)
    return Request(method, parts.path, dict(parse_qsl(parts.query)), headers, body)


def head(status: int, headers: dict[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} {_REASONS.get(status, 'Any')}", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def reply(status: int, body: bytes = b"", **headers: str) -> Reply:
    """Return a complete response with its length; underscores in header names stand for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply([(0, head(status, {"Content-Length": str(len(body)), **named}) + body)])


def json_reply(status: int, body: object, **headers: str) -> Reply:
    return reply(status, json.dumps(body).encode(), Content_Type="application/json", **headers)


def html(status: int) -> Reply:
    """Return a gateway's error page."""
    return reply(status, b"<html><body><h1>Bad gateway</h1><p>X-Amz-Signature=upstream</p></body></html>", Content_Type="text/html")


def cut(status: int, body: bytes, missing: int) -> Reply:
    """Return a response that ends before its declared length."""
    return Reply([(0, head(status, {"Content-Length": str(len(body) + missing)}) + body)])


def chunked(status: int, pieces: list[bytes], *, whole: bool = True, **headers: str) -> Reply:
    """Return a chunked body; without `whole`, the last, empty chunk is missing."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = b"".join(f"{len(piece):x}\r\n".encode() + piece + b"\r\n" for piece in pieces)
    return Reply([(0, head(status, {"Transfer-Encoding": "chunked", **named}) + body + (b"0\r\n\r\n" if whole else b""))])


def until_closed(status: int, body: bytes) -> Reply:
    """Return a body without a length, which ends with the connection."""
    return Reply([(0, head(status, {"Connection": "close"}) + body)])
