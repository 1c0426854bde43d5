"""The reading of an HTTP/1 response, in place of http.client's own.

http.client takes a head that breaks off for a complete one, a body cut by our own deadline for one that has ended, and any interim
response but 100 for the final one. It refuses 101 header lines, and urllib3 logs a traceback for a line without a colon. Here a
response that ends is one that its server has ended.
"""

import re
from enum import StrEnum
from http.client import (
    BadStatusLine,
    HTTPException,
    HTTPMessage,
    HTTPResponse,
    IncompleteRead,
    LineTooLong,
    RemoteDisconnected,
    UnknownProtocol,
)
from typing import Any, cast

import requests

from cliprelay.net.deadline import current

# RFC 9110, 15.2: a client skips any number of them, of which no server sends many; 101 is an answer to a wish that we never have.
MOST_INTERIM = 16
SWITCHING_PROTOCOLS = 101
# http.client allows 100 lines of 64 KiB. CDNs and tracing add dozens; a line can hold a policy or a token. All heads of a response
# together are limited by MOST_HEAD_BYTES.
MOST_HEADER_LINES = 1_000
LONGEST_LINE = 1 << 18
MOST_HEAD_BYTES = 1 << 20

_STATUS_LINE = re.compile(rb"(HTTP/\d\.\d)[ \t]+(\d{3})(?:[ \t]+(.*))?")
# A name by RFC 9110, 5.6.2; blanks before the colon are ignored, as browsers do.
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*:(.*)", re.DOTALL)
# No file system supports a length of more than 19 digits.
_LENGTH = re.compile(r"[0-9]{1,19}")
_CHUNK_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,15})[ \t]*(;.*)?")
_NO_CONTENT = (204, 304)
# We keep no cookies, and parsing hostile ones writes tracebacks into the log.
_DROPPED = ("set-cookie", "set-cookie2")


class Framing(StrEnum):
    """How a response shows where its body ends."""

    LENGTH = "length"  # also no body at all
    CHUNKS = "chunks"
    CLOSE = "close"  # by closing the connection, so that a cut cannot be seen
    UNREADABLE = "unreadable"  # by a length that is no number, so that closing is the only sign


class Response(HTTPResponse):
    """One response, with the limits and rules above.

    Reading raises an exception of http.client if the server breaks off or breaks the protocol, and TimeoutError once the deadline
    under which the request was made is over.
    """

    framing = Framing.CLOSE

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._limit = current()
        self._head_bytes = 0

    # Head

    def begin(self) -> None:
        """Read the head of the final response, after any interim ones."""
        if self.headers is not None:
            return  # already read
        for _ in range(MOST_INTERIM + 1):
            version, status, reason = self._status_line()
            message = self._header_lines()
            if status == SWITCHING_PROTOCOLS:
                raise HTTPException("the server switches to another protocol")
            if status >= 200:
                break
        else:
            raise HTTPException(f"more than {MOST_INTERIM} interim responses")
        self.version = 10 if version in (b"HTTP/1.0", b"HTTP/0.9") else 11
        self.code = self.status = status
        self.reason = reason
        self.headers = self.msg = message
        self._frame()

    def _status_line(self) -> tuple[bytes, int, str]:
        line = self._line("status line")
        found = _STATUS_LINE.fullmatch(line)
        if not found or not found[2][0] > ord("0"):
            raise BadStatusLine(repr(line[:100]))
        if not found[1].startswith((b"HTTP/1.", b"HTTP/0.9")):
            raise UnknownProtocol(found[1].decode())
        return found[1], int(found[2]), (found[3] or b"").strip().decode("latin-1")

    def _header_lines(self) -> HTTPMessage:
        lines: list[str] = []
        for _ in range(MOST_HEADER_LINES + 1):
            line = self._line("header line")
            if not line:
                return _message(lines)
            text = re.sub(r"[\r\0]", " ", line.decode("latin-1"))
            if text[0] in " \t" and lines:
                lines[-1] += f" {text.strip()}"  # folded, RFC 9112, 5.2
            else:
                lines.append(text)
        raise HTTPException(f"more than {MOST_HEADER_LINES} header lines")

    def _line(self, what: str) -> bytes:
        """Read one line of a head, without its end; raises if the connection ends first."""
        line = self._raw_line(what)
        self._head_bytes += len(line)
        if self._head_bytes > MOST_HEAD_BYTES:
            raise LineTooLong("head")
        if not line and self._head_bytes == 0:
            raise RemoteDisconnected("the server closed the connection without a response")
        if not line.endswith(b"\n"):
            raise IncompleteRead(line)
        return line.rstrip(b"\r\n")

    def _raw_line(self, what: str) -> bytes:
        line = self.fp.readline(LONGEST_LINE + 1)
        self._check_time()
        if len(line) > LONGEST_LINE:
            raise LineTooLong(what)
        return line

    def _frame(self) -> None:
        """Decide where the body ends, by RFC 9112, 6.3, and leave only that in the headers; raises for lengths that differ."""
        codings = _listed(self.headers, "transfer-encoding")
        self.chunked = "chunked" in codings[-1:]
        self.chunk_left = None
        self.length, self.framing = self._announced(codings)
        del self.headers["Content-Length"]
        if self.length is not None:
            self.headers["Content-Length"] = str(self.length)
        if self._has_no_body():
            self.length, self.chunked, self.framing = 0, False, Framing.LENGTH
        # Otherwise the connection may serve another request.
        self.will_close = self._check_close() or self.framing in (Framing.CLOSE, Framing.UNREADABLE)  # type: ignore[attr-defined]

    def _announced(self, codings: list[str]) -> tuple[int | None, Framing]:
        lengths = set(_listed(self.headers, "content-length"))
        if self.chunked:
            return None, Framing.CHUNKS
        if codings or not lengths:
            return None, Framing.CLOSE
        numbers = {int(length) for length in lengths if _LENGTH.fullmatch(length)}
        if len(numbers) == 1 and all(map(_LENGTH.fullmatch, lengths)):
            return numbers.pop(), Framing.LENGTH
        if len(lengths) > 1:
            raise HTTPException("lengths that differ")
        return None, Framing.UNREADABLE

    def _has_no_body(self) -> bool:
        return self.status in _NO_CONTENT or self._method == "HEAD"  # type: ignore[attr-defined]

    # Body

    def read(self, amt: int | None = None) -> bytes:
        """Return the next bytes of the body as framed; fewer than `amt`, or none, only at its end or at the end of a chunk."""
        if amt is None or amt < 0:
            return b"".join(iter(lambda: self.read(1 << 16), b""))
        if self.fp is None or amt == 0:
            return b""
        left = self._chunk() if self.chunked else self.length
        if left == 0:
            self._close_conn()  # type: ignore[attr-defined]
            return b""
        data = self.fp.read(amt if left is None else min(amt, left))
        self._check_time()
        self._took(len(data), left)
        return data

    def _took(self, size: int, left: int | None) -> None:
        if size == 0:
            self._close_conn()  # type: ignore[attr-defined]
            if left is not None:
                raise IncompleteRead(b"", left)
        elif self.chunked and left is not None:
            self.chunk_left = left - size
        elif left is not None:
            self.length = left - size
            if not self.length:
                self._close_conn()  # type: ignore[attr-defined]

    def _chunk(self) -> int:
        """Return the bytes left in the current chunk, or in the next one; 0 after the last, whose trailer is read, too."""
        if self.chunk_left:
            return self.chunk_left
        if self.chunk_left == 0 and self._raw_line("end of a chunk") not in (b"\r\n", b"\n"):
            raise IncompleteRead(b"")
        line = self._raw_line("chunk size")
        size = _CHUNK_SIZE.fullmatch(line.rstrip(b"\r\n"))
        if not size or not line.endswith(b"\n"):
            raise IncompleteRead(b"")
        self.chunk_left = int(size[1], 16)
        if not self.chunk_left:
            self._skip_trailer()
        return self.chunk_left

    def _skip_trailer(self) -> None:
        """Read what follows the last chunk; a connection closed after that chunk has said all (RFC 9112, 8)."""
        for _ in range(MOST_HEADER_LINES + 1):
            if self._raw_line("trailer line") in (b"\r\n", b"\n", b""):
                return
        raise HTTPException(f"more than {MOST_HEADER_LINES} trailer lines")

    def _check_time(self) -> None:
        # The end of a stream that we cut looks like one that the server ended. What is read after the cut may even be another's:
        # a TLS socket that is shut down passes on what it has not decrypted.
        if self._limit and self._limit.over:
            raise TimeoutError("the deadline is over")


def _message(lines: list[str]) -> HTTPMessage:
    """Return the header fields; lines that are none are left out."""
    message = HTTPMessage()
    for line in lines:
        field = _HEADER.fullmatch(line)
        if field and field[1].lower() not in _DROPPED:
            message[field[1]] = field[2].strip()
    return message


def _listed(message: HTTPMessage, name: str) -> list[str]:
    """Return the elements of a list header, in lower case; `identity` is none."""
    values = ",".join(message.get_all(name, [])).lower().split(",")
    return [text for text in (value.strip() for value in values) if text and text != "identity"]


def framing_of(response: requests.Response) -> Framing:
    """Return how a response of our sessions is framed."""
    # requests itself reaches its headers in this way.
    return cast(Response, response.raw._original_response).framing
