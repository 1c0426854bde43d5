"""Serve WSGI over connections that stay open, one thread for each.

werkzeug's own handler closes a connection after each response, so that every AWS call costs a connection and a thread.
"""

import io
import logging
from collections.abc import Iterable
from http.client import HTTPMessage
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler

# Longer than the minute between two ticks of the scheduler, which then finds its connections open.
IDLE_SECONDS = 90

MAX_LINE_BYTES = 1 << 16
MAX_HEADERS = 100

# Statuses without a body, which therefore have no length either.
BODILESS = (204, 304)

LOG = logging.getLogger(__name__)


class Body(io.RawIOBase):
    """The body of one request; what follows on the connection is the next request."""

    def __init__(self, connection: Any, length: int) -> None:
        self._connection, self.left = connection, length

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        wanted = memoryview(buffer)[: self.left]
        count: int = self._connection.readinto(wanted)
        if count < len(wanted):
            raise ConnectionResetError("the client disconnected within its body")
        self.left -= count
        return count

    def readall(self) -> bytes:
        return self.read(self.left) or b""


class Handler(MotoRequestHandler):
    """Reads requests and writes responses; the environment is moto's."""

    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    # Otherwise the end of a response can wait 40 ms for the acknowledgement of its beginning.
    disable_nagle_algorithm = True
    # The status line, the headers and a small body leave together.
    wbufsize = 1 << 13

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002  named by werkzeug
        """Print no line for each request."""

    def parse_request(self) -> bool:
        """Read a head without the base class's parser, which is made for e-mails and takes as long as some whole calls."""
        self.command, self.path, self.close_connection = "", "", True
        self.requestline = self.raw_requestline.decode("latin-1").rstrip("\r\n")
        words = self.requestline.split(" ")
        headers = self._headers() if len(words) == 3 and words[2] in ("HTTP/1.1", "HTTP/1.0") else None
        if headers is None:
            self.request_version = "HTTP/1.1"
            self.send_error(400)
            return False
        self.command, self.path, self.request_version = words
        self.headers = headers
        asked = headers.get("Connection", "").lower()
        self.close_connection = asked == "close" or (self.request_version == "HTTP/1.0" and asked != "keep-alive")
        return True

    def _headers(self) -> HTTPMessage | None:
        headers = HTTPMessage()
        for _ in range(MAX_HEADERS):
            line = self.rfile.readline(MAX_LINE_BYTES).decode("latin-1")
            name, colon, value = line.partition(":")
            if not colon:
                is_complete = line in ("\r\n", "\n") and headers.get("Content-Length", "0").isdecimal()
                return headers if is_complete else None
            headers[name] = value.strip()
        return None

    def run_wsgi(self) -> None:
        """Answer one request, and leave the connection where the next one begins."""
        if self.headers.get("Expect", "").lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.wfile.flush()
        environ = self.environ = self.make_environ()
        if "wsgi.input_terminated" not in environ:
            environ["wsgi.input"] = Body(self.rfile, int(environ.get("CONTENT_LENGTH") or 0))
        body = environ["wsgi.input"]
        try:
            self._answer(environ)
            while body.read(1 << 16):  # what the application did not read
                pass
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    def _answer(self, environ: dict[str, Any]) -> None:
        response = _Response(self)
        pieces: Iterable[bytes] = []
        try:
            pieces = self.server.app(environ, response.start)  # type: ignore[arg-type]  # it only reads the names above
            response.send(pieces)
        except (ConnectionError, TimeoutError):
            raise
        except Exception:
            LOG.exception("%s %s", self.command, self.path)
            self.close_connection = True
            if not response.is_begun:
                response.start("500 Internal Server Error", [])
                response.send([b""])
        finally:
            if hasattr(pieces, "close"):
                pieces.close()


class _Response:
    """One response, sent with a length or in chunks."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._status, self._headers = "", list[tuple[str, str]]()
        self.is_begun = False

    def start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
        self._status, self._headers = status, headers

    def send(self, pieces: Iterable[bytes]) -> None:
        """Send the pieces; an application may only start the response when its first piece is asked for."""
        length = sum(map(len, pieces)) if isinstance(pieces, list) else None
        rest = iter(pieces)
        piece: bytes | None = next(rest, b"")
        code = int(self._status.split(" ")[0])
        has_body = self._handler.command != "HEAD" and code not in BODILESS
        is_chunked = has_body and self._is_in_chunks(length)
        self._begin(is_chunked)
        write = self._handler.wfile.write
        while piece is not None:
            if has_body and piece:
                write(b"%x\r\n%b\r\n" % (len(piece), piece) if is_chunked else piece)
            piece = next(rest, None)
        if is_chunked:
            write(b"0\r\n\r\n")
        self._handler.wfile.flush()

    def _is_in_chunks(self, length: int | None) -> bool:
        """Return whether the body is sent in chunks, because nobody knows its length."""
        if any(name.lower() == "content-length" for name, _ in self._headers):
            return False
        if length is not None:
            self._headers = [*self._headers, ("Content-Length", str(length))]
            return False
        if self._handler.request_version == "HTTP/1.0":
            self._handler.close_connection = True  # which is the end of the body
            return False
        return True

    def _begin(self, is_chunked: bool) -> None:
        self.is_begun, handler = True, self._handler
        lines = [f"HTTP/1.1 {self._status}", *(f"{name}: {value}" for name, value in self._headers), f"Date: {handler.date_time_string()}"]
        lines += ["Transfer-Encoding: chunked"] if is_chunked else []
        lines += ["Connection: close" if handler.close_connection else "Connection: keep-alive"]
        handler.wfile.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
