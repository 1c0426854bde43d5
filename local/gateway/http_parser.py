"""How the server reads a request off a connection: only what nobody else could read in another way (RFC 9112, sections 5 to 7)."""

import re
import time
from collections.abc import Callable
from email.message import Message
from io import BufferedIOBase

from local.gateway.events import Response, message, origin_form

# Quotas of HTTP APIs: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
LARGEST_BODY = 10 * 1024 * 1024
LARGEST_HEADERS = 10_240

BAD_REQUEST = message(400, "Bad Request")
TOO_SLOW = message(408, "Request Timeout")
TOO_LARGE = message(413, "Request Entity Too Large")
HEADERS_TOO_LARGE = message(431, "Request Header Fields Too Large")

# Blanks of other kinds part the words of a line for Python's parser, and for no other.
_LINE = re.compile(rb"[!-~]+ [!-~]+ HTTP/1\.[01]\r?\n")
# One field, or the end of them. Python's parser makes sense of more: folded lines, bare CRs, blanks before the colon.
_FIELD = re.compile(rb"(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t -~\x80-\xff]*)?\r?\n")
_LENGTH = re.compile(r"[0-9]{1,18}")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,16})[\t ]*(?:;[\t -~\x80-\xff]*)?\r?\n")
_LONGEST_CHUNK_LINE = 1_024


class Refused(Exception):
    """The request ends here, and its connection with it."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


def check_line(line: bytes) -> None:
    """Raise Refused unless a request's first line is of three words, the last of which is an HTTP of the first kind."""
    if not _LINE.fullmatch(line):
        raise Refused(BAD_REQUEST)


class Fields:
    """The lines of a request's head, or of its trailers, as a parser asks for them."""

    def __init__(self, lines: BufferedIOBase) -> None:
        self._lines = lines

    def readline(self, limit: int) -> bytes:
        """The next line; raises Refused for one that is no field, or too long."""
        line = self._lines.readline(limit)
        if len(line) == limit:
            raise Refused(HEADERS_TOO_LARGE)
        if not _FIELD.fullmatch(line):
            raise Refused(BAD_REQUEST)
        return line


def check_frame(version: str, target: str, headers: Message) -> None:
    """Raise Refused unless the request names one host, one place and one length."""
    hosts, lengths, codings = (headers.get_all(name, []) for name in ("Host", "Content-Length", "Transfer-Encoding"))
    is_whole = len(hosts) == 1 if version == "HTTP/1.1" else len(hosts) <= 1 and not codings
    if not (is_whole and len(lengths + codings) <= 1 and _is_place(target)):
        raise Refused(BAD_REQUEST)


def _is_place(target: str) -> bool:
    """Whether a request's target is a path, or an address with one."""
    try:
        return origin_form(target).startswith("/")
    except ValueError:
        return False


class Body:
    """The body of a request; raises Refused when it is not as announced, too large, or not there within so many seconds."""

    def __init__(self, lines: BufferedIOBase, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._lines, self._clock, self._ends = lines, clock, clock() + seconds

    def read(self, headers: Message) -> bytes:
        """All of it."""
        coding = headers.get("Transfer-Encoding")
        if coding is not None:
            return self._chunks(coding)
        length = headers.get("Content-Length", "0").strip()
        if not _LENGTH.fullmatch(length):
            raise Refused(BAD_REQUEST)
        if int(length) > LARGEST_BODY:
            raise Refused(TOO_LARGE)
        return self._exactly(int(length))

    def _exactly(self, length: int) -> bytes:
        body = bytearray()
        while len(body) < length:
            if self._clock() > self._ends:
                raise Refused(TOO_SLOW)
            piece = self._lines.read1(min(length - len(body), 1 << 16))
            if not piece:
                raise Refused(BAD_REQUEST)
            body += piece
        return bytes(body)

    def _chunks(self, coding: str) -> bytes:
        if coding.strip().lower() != "chunked":
            raise Refused(BAD_REQUEST)
        body = bytearray()
        while size := self._chunk_size():
            if len(body) + size > LARGEST_BODY:
                raise Refused(TOO_LARGE)
            body += self._exactly(size)
            if self._lines.readline(2) not in (b"\r\n", b"\n"):
                raise Refused(BAD_REQUEST)
        self._skip_trailers()
        return bytes(body)

    def _chunk_size(self) -> int:
        line = _CHUNK.fullmatch(self._lines.readline(_LONGEST_CHUNK_LINE))
        if line is None:
            raise Refused(BAD_REQUEST)
        return int(line[1], 16)

    def _skip_trailers(self) -> None:
        fields, left = Fields(self._lines), LARGEST_HEADERS
        while line := fields.readline(LARGEST_HEADERS).strip():
            left -= len(line)
            if left < 0:
                raise Refused(HEADERS_TOO_LARGE)
