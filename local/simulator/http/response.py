"""An HTTP answer as data: what it says, and in which manner its bytes leave (whole, cut, slowly, never)."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

_CHUNK = 64 * 1024


class Body(Protocol):
    """Bytes that are produced while they are sent, so that a large answer costs no memory."""

    @property
    def length(self) -> int: ...

    def chunks(self) -> Iterator[bytes]: ...


@dataclass(frozen=True)
class Text:
    content: bytes = b""

    @property
    def length(self) -> int:
        return len(self.content)

    def chunks(self) -> Iterator[bytes]:
        yield from (self.content[start : start + _CHUNK] for start in range(0, self.length, _CHUNK))


@dataclass(frozen=True)
class FilePart:
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
class Flood:
    """A beginning, then filling without end in sight."""

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
class Manner:
    """How the bytes leave; all times in real seconds, as a client's time-outs are."""

    wait: float = 0.0
    bytes_per_second: float | None = None
    stop_after: int | None = None  # body bytes; the connection closes there
    framing: str = "length"  # or "chunked", or "close": the end of the connection ends the body
    hang_up: str = ""  # "close" or "reset": no answer at all


@dataclass(frozen=True)
class Reply:
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Body = field(default_factory=Text)
    manner: Manner = field(default_factory=Manner)

    def in_manner(self, **changes: Any) -> "Reply":
        return replace(self, manner=replace(self.manner, **changes))

    def with_headers(self, **headers: str) -> "Reply":
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return replace(self, headers={**self.headers, **named})


def json_reply(status: int, content: object) -> Reply:
    return Reply(status, {"Content-Type": "application/json"}, Text(json.dumps(content).encode()))


def raw_json(text: str | bytes) -> Reply:
    content = text.encode() if isinstance(text, str) else text
    return Reply(200, {"Content-Type": "application/json"}, Text(content))


def html_reply(status: int, title: str) -> Reply:
    page = f"<html><head><title>{title}</title></head><body><center><h1>{title}</h1></center></body></html>\n"
    return Reply(status, {"Content-Type": "text/html"}, Text(page.encode()))


def xml_reply(status: int, code: str, message: str) -> Reply:
    """An error as S3 writes it."""
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>'
    return Reply(status, {"Content-Type": "application/xml"}, Text(text.encode()))


def plain_reply(status: int, text: str) -> Reply:
    return Reply(status, {"Content-Type": "text/plain; charset=utf-8"}, Text(text.encode()))


def redirect(location: str) -> Reply:
    return Reply(302, {"Location": location})


NO_ANSWER = Reply(manner=Manner(hang_up="close"))
RESET = Reply(manner=Manner(hang_up="reset"))
