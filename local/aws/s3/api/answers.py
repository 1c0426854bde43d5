"""Answers of the API: S3's XML and dates, and files that are sent in pieces."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import formatdate
from typing import IO, Any, TypeAlias
from xml.sax.saxutils import escape

from local.aws.s3.store.files import PIECE

# Elements by name, in their order; a value is a text, a number, or elements.
Elements: TypeAlias = Sequence[tuple[str, Any]]
_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
# A reader of XML would replace them.
_REFERENCES = {each: f"&#{ord(each)};" for each in "\t\n\r"}


@dataclass(frozen=True)
class Answer:
    """A response; its body is closed when it has been sent."""

    status: str
    headers: dict[str, str] = field(default_factory=dict)
    body: Iterable[bytes] = ()


def empty(status: str = "200 OK", **headers: str) -> Answer:
    """Return an answer without a body; `_` in a header's name stands for `-`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, named if status.startswith("204") else named | {"Content-Length": "0"})


def document(name: str, elements: Elements) -> Answer:
    """Return an answer with an XML document."""
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<{name} xmlns="{_NAMESPACE}">'
    body = f"{head}{_inner(elements)}</{name}>".encode()
    return Answer("200 OK", {"Content-Type": "application/xml", "Content-Length": str(len(body))}, [body])


def _inner(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "".join(f"<{name}>{_inner(inner)}</{name}>" for name, inner in value if inner is not None)
    return str(value).lower() if isinstance(value, bool) else escape(str(value), _REFERENCES)


class FilePart:
    """A part of an open file, read while it is sent."""

    def __init__(self, file: IO[bytes], start: int, length: int) -> None:
        self._file, self._start, self._rest = file, start, length

    def __iter__(self) -> Iterator[bytes]:
        self._file.seek(self._start)
        while self._rest:
            piece = self._file.read(min(PIECE, self._rest))
            if not piece:
                raise OSError("the file has become shorter while it was sent")
            self._rest -= len(piece)
            yield piece

    def close(self) -> None:
        self._file.close()


def http_date(timestamp: float) -> str:
    return formatdate(timestamp, usegmt=True)


def xml_date(timestamp: float) -> str:
    """Return a time as S3 writes it into XML, in whole seconds like its headers."""
    return datetime.fromtimestamp(int(timestamp), UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def quoted(etag: str) -> str:
    return f'"{etag}"'
