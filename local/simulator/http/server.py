"""Pass HTTP requests to the endpoints and send the responses."""

import os
import socket
import struct
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from typing import Any

from local.simulator.http.request import Request, UnreadableBody
from local.simulator.http.response import Response, Transmission

# The largest valid request: two images of 30 MB in base64, and a long prompt.
_MAX_BODY = 100_000_000
# A slow response is sent in ten parts per second, or byte by byte if slower.
_DRIP_SECONDS = 0.1


Answer = Callable[[Request], Response]
# Sleeps for real seconds; returns true if interrupted by a stop of the simulator.
Pause = Callable[[float], object]


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # with the default of 5, some of many simultaneous clients would wait a second

    def __init__(self, address: tuple[str, int], answer: Answer, pause: Pause) -> None:
        self.answer = answer
        self.pause = pause
        self._open: set[socket.socket] = set()
        self._lock = Lock()
        self._stopping = False
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def stop(self) -> None:
        """Stop, and close kept-alive connections too."""
        self._stopping = True
        self.shutdown()
        self.server_close()
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print a traceback, except for clients that disconnected."""
        if not self._stopping and not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "cliprelay-simulator"
    disable_nagle_algorithm = True  # Nagle's algorithm would delay the second write, the body, by 40 ms
    server: Server

    def _serve(self) -> None:
        self._unread = True
        try:
            response = self.server.answer(Request(self.command, self.path, self.headers, self._read))
        except UnreadableBody as unreadable:
            response = unreadable.response
        if self._unread and ("Transfer-Encoding" in self.headers or self.headers.get("Content-Length", "0") != "0"):
            self.close_connection = True  # the unread body would be parsed as a request
        self._send(response)

    # The method names that http.server looks up.
    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve  # noqa: N815

    def _read(self) -> bytes:
        text = self.headers.get("Content-Length", "")
        if not text.isascii() or not text.isdigit():
            raise UnreadableBody(411, "length required")
        if int(text) > _MAX_BODY:
            raise UnreadableBody(413, "request entity too large")
        body = self.rfile.read(int(text))
        if len(body) < int(text):
            raise ConnectionAbortedError("the client left inside its body")
        self._unread = False
        return body

    def _send(self, response: Response) -> None:
        manner = response.manner
        stopping = bool(manner.wait and self.server.pause(manner.wait))
        if manner.hang_up or stopping:
            self._hang_up(reset=manner.hang_up == "reset")
            return
        self._send_head(response)
        if self.command != "HEAD":
            self._send_body(response)

    def _send_head(self, response: Response) -> None:
        framing = response.manner.framing
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        if framing == "chunked":
            self.send_header("Transfer-Encoding", "chunked")
        elif framing == "length":
            self.send_header("Content-Length", str(response.body.length))
        if framing == "close" or self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()

    def _send_body(self, response: Response) -> None:
        manner = response.manner
        for piece in _paced(_until(response.body.chunks(), manner.stop_after), manner, self.server.pause):
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece) if manner.framing == "chunked" else piece)
        if manner.stop_after is not None:
            self._hang_up(reset=False)
        elif manner.framing == "chunked":
            self.wfile.write(b"0\r\n\r\n")

    def _hang_up(self, reset: bool) -> None:
        self.close_connection = True
        if reset:
            # A linger time of zero makes the kernel send RST; the descriptor must be closed despite the file objects
            # that http.server holds.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            os.close(self.connection.detach())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - named by the base class
        """Log nothing, because targets contain ids and signatures."""


def _until(chunks: Iterator[bytes], limit: int | None) -> Iterator[bytes]:
    left = limit
    for chunk in chunks:
        if left is None:
            yield chunk
            continue
        if left > 0:
            yield chunk[:left]
        left -= len(chunk)
        if left <= 0:
            return


def _paced(chunks: Iterator[bytes], manner: Transmission, pause: Pause) -> Iterator[bytes]:
    rate = manner.bytes_per_second
    if rate is None:
        yield from chunks
        return
    step = max(1, int(rate * _DRIP_SECONDS))
    for chunk in chunks:
        for start in range(0, len(chunk), step):
            if pause(step / rate):
                return
            yield chunk[start : start + step]
