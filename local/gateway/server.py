"""The API's server door: an HTTP server that does to each request what API Gateway's HTTP API would do."""

import json
import queue
import socket
import socketserver
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from local.gateway.cors import Cors
from local.gateway.events import INTERNAL_ERROR, Request, Response, event_of, message, response_of
from local.gateway.http_parser import (
    BAD_REQUEST,
    HEADERS_TOO_LARGE,
    LARGEST_HEADERS,
    TOO_LARGE,
    TOO_SLOW,
    Body,
    Fields,
    Refused,
    check_frame,
    check_line,
)
from local.lambda_runtime.sandbox import InvocationResult

# Quotas of HTTP APIs: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
INTEGRATION_SECONDS = 30

# Lambda's quota for the whole event; https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
LARGEST_EVENT = 6_291_556

# Read and thrown away behind a refusal, so that the client gets to read it; more than that, or a longer silence, and the line is cut.
DRAINED = 64 * 1024 * 1024
LINGER_SECONDS = 2

# A client that keeps a connection and says nothing more, or takes longer than this over one body.
IDLE_SECONDS = 60.0

# How soon the server notices that it has to stop; its default of half a second is felt at every Ctrl-C.
POLL_SECONDS = 0.05

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

UNAVAILABLE = message(503, "Service Unavailable")
LINE_TOO_LONG = message(414, "URI Too Long")

Invoke = Callable[[dict[str, Any]], InvocationResult]


class Gateway:
    """From a request to a response, without any HTTP."""

    def __init__(self, invoke: Invoke, api_id: str, cors: Cors, seconds: float = INTEGRATION_SECONDS) -> None:
        self._invoke = invoke
        self._api_id = api_id
        self._cors = cors
        self._seconds = seconds

    def answer(self, request: Request) -> Response:
        return self._cors.with_headers(request, self._from_function(request))

    def _from_function(self, request: Request) -> Response:
        event = event_of(request, self._api_id, datetime.now(UTC))
        if len(json.dumps(event, ensure_ascii=False).encode(errors="replace")) > LARGEST_EVENT:
            return TOO_LARGE
        outcome = self._within_time(event)
        if outcome is None:
            return UNAVAILABLE
        return INTERNAL_ERROR if outcome.is_error else response_of(outcome.payload)

    def _within_time(self, event: dict[str, Any]) -> InvocationResult | None:
        """None when the gateway gives up; the function itself runs on, as it does on AWS."""
        outcomes: queue.SimpleQueue[InvocationResult] = queue.SimpleQueue()
        threading.Thread(target=lambda: outcomes.put(self._invoke(event)), daemon=True).start()
        try:
            return outcomes.get(timeout=self._seconds)
        except queue.Empty:
            return None


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    # The answer leaves in one piece; without this the second half could wait for an acknowledgement.
    disable_nagle_algorithm = True
    gateway: Gateway

    def __getattr__(self, name: str) -> Any:
        """The base class looks for do_GET, do_POST, …: one method serves them all."""
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def parse_request(self) -> bool:
        """As the base class does it, with no head that can be read in two ways."""
        self.command, lines = "", self.rfile
        self.rfile = Fields(lines)  # type: ignore[assignment]  # the base class asks it for lines alone
        try:
            check_line(self.raw_requestline)
            return super().parse_request()
        except Refused as refused:
            self._refuse(refused.response)
            return False
        finally:
            self.rfile = lines

    def _serve(self) -> None:
        try:
            response = self.gateway.answer(self._request())
        except Refused as refused:
            self._refuse(refused.response)
        except TimeoutError:
            self._refuse(TOO_SLOW)
        else:
            self._send(response)

    def _refuse(self, response: Response) -> None:
        """The last answer of this connection; what still comes is thrown away, because a reset would take the answer with it."""
        self.close_connection = True
        self._send(response)
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(LINGER_SECONDS)
            left = DRAINED
            while left > 0 and (piece := self.connection.recv(1 << 16)):
                left -= len(piece)

    def _request(self) -> Request:
        if self.command not in METHODS:
            raise Refused(message(404, "Not Found"))
        headers = [(name.lower(), value.strip()) for name, value in self.headers.items()]
        if sum(len(name) + len(value) + 4 for name, value in headers) + len(self.requestline) > LARGEST_HEADERS:
            raise Refused(HEADERS_TOO_LARGE)
        check_frame(self.request_version, self.path, self.headers)
        body = Body(self.rfile, self.timeout).read(self.headers)
        return Request(self.command, self.path, self.request_version, headers, body, str(self.client_address[0]))

    def _send(self, response: Response) -> None:
        lines = [f"HTTP/1.1 {response.status} {self.responses.get(response.status, ('',))[0]}"]
        lines += [f"{name}: {value}" for name, value in response.headers]
        lines.append(f"date: {self.date_time_string()}")
        if response.status not in (204, 304):
            lines.append(f"content-length: {len(response.body)}")
        lines.append("connection: close" if self.close_connection else "connection: keep-alive")
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")
        self.wfile.write(head if self.command == "HEAD" else head + response.body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What the base class finds wrong before there is a request: a bad request line, endless headers, another HTTP."""
        self._refuse({414: LINE_TOO_LONG, 431: HEADERS_TOO_LARGE}.get(code, BAD_REQUEST))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the name that the base class gave it
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # Clients that come all at once wait in line instead of being refused.
    request_queue_size = 128

    def server_bind(self) -> None:
        """Without the base class's question for the host's full name, which can take seconds on a Mac."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up in the middle is its own business."""


class ApiServer:
    """Bound when it is made, so that its address can be written into the stack; answers between start and stop."""

    def __init__(self, port: int) -> None:
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(POLL_SECONDS,), name="server", daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def start(self, gateway: Gateway, idle_seconds: float = IDLE_SECONDS) -> None:
        self._server.RequestHandlerClass = type("_BoundHandler", (_Handler,), {"gateway": gateway, "timeout": idle_seconds})
        self._thread.start()

    def stop(self) -> None:
        if self._thread.is_alive():
            self._server.shutdown()
        self._server.server_close()
