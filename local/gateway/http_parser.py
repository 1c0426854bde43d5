"""Read requests strictly: reject whatever another HTTP parser could read differently (RFC 9112, sections 5 to 7)."""

import re
from email.message import Message
from http.client import HTTPMessage
from io import BufferedIOBase

from local.gateway.events import Response, message, origin_form

# Quotas of HTTP APIs: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
MAX_BODY_BYTES = 10 * 1024 * 1024
MAX_HEADER_BYTES = 10_240

BAD_REQUEST = message(400, "Bad Request")
TIMED_OUT = message(408, "Request Timeout")
TOO_LARGE = message(413, "Request Entity Too Large")
HEADERS_TOO_LARGE = message(431, "Request Header Fields Too Large")

# Python's parser also splits the line at other whitespace; other parsers do not.
_LINE = re.compile(rb"[!-~]+ [!-~]+ HTTP/1\.[01]\r?\n")
# A field or the end of the fields. Python's parser accepts more: folded lines, bare CRs, spaces before the colon.
_FIELD = re.compile(rb"(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t -~\x80-\xff]*)?\r?\n")
_LENGTH = re.compile(r"[0-9]{1,18}")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,16})[\t ]*(?:;[\t -~\x80-\xff]*)?\r?\n")
_MAX_CHUNK_LINE = 1_024
_MAX_FIELDS = 100


class RequestRejected(Exception):
    """The request is rejected, and its connection closes."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


def check_request_line(line: bytes) -> None:
    """Raise RequestRejected unless the request line has three words and ends in HTTP/1.0 or HTTP/1.1."""
    if not _LINE.fullmatch(line):
        raise RequestRejected(BAD_REQUEST)


class HeaderLines:
    """The lines of a header or trailer section, as the base class reads them."""

    def __init__(self, lines: BufferedIOBase) -> None:
        self._lines = lines

    def readline(self, limit: int) -> bytes:
        """Return the next line; raise RequestRejected if it is too long or not a field."""
        line = self._lines.readline(limit)
        if len(line) == limit:
            raise RequestRejected(HEADERS_TOO_LARGE)
        if not _FIELD.fullmatch(line):
            raise RequestRejected(BAD_REQUEST)
        return line


def read_fields(lines: HeaderLines) -> HTTPMessage:
    """Read a header section; the standard library's parser is made for e-mails, and takes ten times as long.

    Raises RequestRejected as the lines do, or if there are too many.
    """
    fields = HTTPMessage()
    for _ in range(_MAX_FIELDS + 1):
        line = lines.readline(MAX_HEADER_BYTES + 1).decode("latin-1").rstrip("\r\n")
        if not line:
            return fields
        name, _, value = line.partition(":")
        fields[name] = value.strip(" \t")
    raise RequestRejected(HEADERS_TOO_LARGE)


def check_framing(version: str, target: str, headers: Message) -> None:
    """Raise RequestRejected unless the request has exactly one host, target and length."""
    hosts, lengths, codings = (headers.get_all(name, []) for name in ("Host", "Content-Length", "Transfer-Encoding"))
    is_whole = len(hosts) == 1 if version == "HTTP/1.1" else len(hosts) <= 1 and not codings
    if not (is_whole and len(lengths + codings) <= 1 and _is_valid_target(target)):
        raise RequestRejected(BAD_REQUEST)


def _is_valid_target(target: str) -> bool:
    """Return whether a request target is a path or a URL with a path."""
    try:
        return origin_form(target).startswith("/")
    except ValueError:
        return False


class BodyReader:
    """Reads a request body; raises RequestRejected if it is malformed or too large."""

    def __init__(self, lines: BufferedIOBase) -> None:
        self._lines = lines

    def read(self, headers: Message) -> bytes:
        """Read the whole body."""
        coding = headers.get("Transfer-Encoding")
        if coding is not None:
            return self._read_chunks(coding)
        length = headers.get("Content-Length", "0").strip()
        if not _LENGTH.fullmatch(length):
            raise RequestRejected(BAD_REQUEST)
        if int(length) > MAX_BODY_BYTES:
            raise RequestRejected(TOO_LARGE)
        return self._read_exactly(int(length))

    def _read_exactly(self, length: int) -> bytes:
        body = bytearray()
        while len(body) < length:
            piece = self._lines.read1(min(length - len(body), 1 << 16))
            if not piece:
                raise RequestRejected(BAD_REQUEST)
            body += piece
        return bytes(body)

    def _read_chunks(self, coding: str) -> bytes:
        if coding.strip().lower() != "chunked":
            raise RequestRejected(BAD_REQUEST)
        body = bytearray()
        while size := self._read_chunk_size():
            if len(body) + size > MAX_BODY_BYTES:
                raise RequestRejected(TOO_LARGE)
            body += self._read_exactly(size)
            if self._lines.readline(2) not in (b"\r\n", b"\n"):
                raise RequestRejected(BAD_REQUEST)
        self._skip_trailers()
        return bytes(body)

    def _read_chunk_size(self) -> int:
        line = _CHUNK.fullmatch(self._lines.readline(_MAX_CHUNK_LINE))
        if line is None:
            raise RequestRejected(BAD_REQUEST)
        return int(line[1], 16)

    def _skip_trailers(self) -> None:
        fields, left = HeaderLines(self._lines), MAX_HEADER_BYTES
        while line := fields.readline(MAX_HEADER_BYTES).strip():
            left -= len(line)
            if left < 0:
                raise RequestRejected(HEADERS_TOO_LARGE)
