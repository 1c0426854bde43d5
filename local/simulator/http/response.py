"""An HTTP response as data: its contents, and how its bytes are sent (whole, truncated, slowly, never)."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

_CHUNK = 64 * 1024


class Body(Protocol):
    """Bytes produced while they are sent, so that a large response needs little memory."""

    @property
    def length(self) -> int: ...

    def chunks(self) -> Iterator[bytes]: ...


@dataclass(frozen=True)
class MemoryBody:
    content: bytes = b""

    @property
    def length(self) -> int:
        return len(self.content)

    def chunks(self) -> Iterator[bytes]:
        yield from (self.content[start : start + _CHUNK] for start in range(0, self.length, _CHUNK))


@dataclass(frozen=True)
class FileBody:
    path: Path
    start: int
    length: int

    def chunks(self) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            file.seek(self.start)
            left = self.length
            while left > 0 and (chunk := file.read(min(_CHUNK, left))):
                left -= len(chunk)
                yield chunk


@dataclass(frozen=True)
class PaddedBody:
    """A prefix, followed by padding up to a length."""

    beginning: bytes
    length: int

    def chunks(self) -> Iterator[bytes]:
        yield self.beginning[: self.length]
        left = self.length - len(self.beginning)
        filling = b"x" * _CHUNK
        while left > 0:
            yield filling[:left]
            left -= _CHUNK


@dataclass(frozen=True)
class Transmission:
    """How the bytes are sent; times in real seconds, because clients' time-outs are real."""

    wait: float = 0.0
    bytes_per_second: float | None = None
    stop_after: int | None = None  # close the connection after this many body bytes
    framing: str = "length"  # or "chunked", or "close": the body ends with the connection
    hang_up: str = ""  # "close" or "reset" instead of a response


@dataclass(frozen=True)
class Response:
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Body = field(default_factory=MemoryBody)
    manner: Transmission = field(default_factory=Transmission)

    def with_transmission(self, **changes: Any) -> "Response":
        return replace(self, manner=replace(self.manner, **changes))

    def with_headers(self, **headers: str) -> "Response":
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return replace(self, headers={**self.headers, **named})


def json_response(status: int, content: object) -> Response:
    return Response(status, {"Content-Type": "application/json"}, MemoryBody(json.dumps(content).encode()))


def raw_json(text: str | bytes) -> Response:
    content = text.encode() if isinstance(text, str) else text
    return Response(200, {"Content-Type": "application/json"}, MemoryBody(content))


def html_response(status: int, title: str) -> Response:
    page = f"<html><head><title>{title}</title></head><body><center><h1>{title}</h1></center></body></html>\n"
    return Response(status, {"Content-Type": "text/html"}, MemoryBody(page.encode()))


def xml_response(status: int, code: str, message: str) -> Response:
    """Return an error in S3's form."""
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>'
    return Response(status, {"Content-Type": "application/xml"}, MemoryBody(text.encode()))


def plain_response(status: int, text: str) -> Response:
    return Response(status, {"Content-Type": "text/plain; charset=utf-8"}, MemoryBody(text.encode()))


def redirect(location: str) -> Response:
    return Response(302, {"Location": location})


NO_RESPONSE = Response(manner=Transmission(hang_up="close"))
RESET = Response(manner=Transmission(hang_up="reset"))
