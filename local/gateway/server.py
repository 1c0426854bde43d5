"""Serve the API as API Gateway's HTTP API would."""

import io
import json
import queue
import socket
import socketserver
import threading
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from local.gateway.cors import Cors
from local.gateway.events import INTERNAL_ERROR, Request, Response, message, to_event, to_response
from local.gateway.http_parser import (
    BAD_REQUEST,
    HEADERS_TOO_LARGE,
    MAX_HEADER_BYTES,
    TIMED_OUT,
    TOO_LARGE,
    BodyReader,
    HeaderLines,
    RequestRejected,
    check_framing,
    check_request_line,
    read_fields,
)
from local.lambda_runtime.sandbox import InvocationResult
from local.request_deadline import RequestReader, RequestTooSlow, drain

# Quotas of HTTP APIs: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
INTEGRATION_SECONDS = 30

# Lambda's quota for the whole event; https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MAX_EVENT_BYTES = 6_291_556

# After a rejection, read and discard this much, so that the client can read the response; then disconnect.
MAX_DRAINED_BYTES = 64 * 1024 * 1024
LINGER_SECONDS = 5.0

# The limits for an idle connection, for the head of a request once it has begun, and for its body.
IDLE_SECONDS, HEAD_SECONDS, BODY_SECONDS = 60.0, 10.0, 60.0

# How soon the server notices a stop; the default of half a second is noticeable at every Ctrl-C.
POLL_SECONDS = 0.05

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

UNAVAILABLE = message(503, "Service Unavailable")
URI_TOO_LONG = message(414, "URI Too Long")


@dataclass(frozen=True)
class TimeLimits:
    """How long a client may take, in seconds."""

    idle: float = IDLE_SECONDS
    head: float = HEAD_SECONDS
    body: float = BODY_SECONDS
    linger: float = LINGER_SECONDS


Invoke = Callable[[dict[str, Any]], InvocationResult]


class Gateway:
    """Turns a request into a response, independent of HTTP connections.

    With a `base_path`, it is also behind a custom domain with an API mapping: requests match a route without the base path, but the
    event keeps it.
    """

    def __init__(
        self,
        invoke: Invoke,
        api_id: str,
        cors: Cors,
        timeout: float = INTEGRATION_SECONDS,
        *,
        routes: Collection[str] = (),
        base_path: str = "",
    ) -> None:
        self._invoke = invoke
        self._api_id = api_id
        self._cors = cors
        self._timeout = timeout
        self._routes = routes
        self._base_path = base_path

    def answer(self, request: Request) -> Response:
        return self._cors.apply(request, self._invoke_function(request))

    def _invoke_function(self, request: Request) -> Response:
        event = to_event(request, self._api_id, datetime.now(UTC), self._route_key(request))
        if len(json.dumps(event, ensure_ascii=False).encode(errors="replace")) > MAX_EVENT_BYTES:
            return TOO_LARGE
        result = self._invoke_with_timeout(event)
        if result is None:
            return UNAVAILABLE
        return INTERNAL_ERROR if result.is_error else to_response(result.payload)

    def _route_key(self, request: Request) -> str:
        """Return the most specific route: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html"""
        path = request.path
        if self._base_path and path.startswith(f"{self._base_path}/"):
            path = path.removeprefix(self._base_path)
        return next((key for key in (f"{request.method} {path}", f"ANY {path}") if key in self._routes), "$default")

    def _invoke_with_timeout(self, event: dict[str, Any]) -> InvocationResult | None:
        """Invoke the function, or return None at the gateway's time-out; the function then continues, as on AWS."""
        results: queue.SimpleQueue[InvocationResult] = queue.SimpleQueue()
        threading.Thread(target=lambda: results.put(self._invoke(event)), daemon=True).start()
        try:
            return results.get(timeout=self._timeout)
        except queue.Empty:
            return None


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    limits = TimeLimits()
    # Without this, the second part of a response could wait for an acknowledgement.
    disable_nagle_algorithm = True
    gateway: Gateway

    def setup(self) -> None:
        """Read the connection with a deadline for each part of a request."""
        super().setup()
        self._reader = RequestReader(self.connection, self.limits.idle, self.limits.head)
        self.rfile = io.BufferedReader(self._reader)

    def handle_one_request(self) -> None:
        """Serve one request; reject it if its head takes too long."""
        self.command = ""
        self._reader.rest()
        try:
            super().handle_one_request()
        except RequestTooSlow:
            self._reject(TIMED_OUT)

    def __getattr__(self, name: str) -> Any:
        """Serve every do_GET, do_POST, … that the base class looks up with one method."""
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def parse_request(self) -> bool:
        """Parse the head of a request strictly."""
        self.command, self.close_connection = "", True
        try:
            check_request_line(self.raw_requestline)
            self.requestline = self.raw_requestline.decode("latin-1").rstrip("\r\n")
            self.command, self.path, self.request_version = self.requestline.split(" ")
            self.headers = read_fields(HeaderLines(self.rfile))
        except RequestRejected as rejection:
            self._reject(rejection.response)
            return False
        connection = self.headers.get("Connection", "").lower()
        self.close_connection = connection == "close" or (self.request_version == "HTTP/1.0" and connection != "keep-alive")
        if self.headers.get("Expect", "").lower() == "100-continue" and self.request_version == "HTTP/1.1":
            return self.handle_expect_100()
        return True

    def _serve(self) -> None:
        try:
            response = self.gateway.answer(self._request())
        except RequestRejected as rejection:
            self._reject(rejection.response)
        else:
            self._send(response)

    def _reject(self, response: Response) -> None:
        """Send the connection's last response and drain the input, because a reset would discard the response."""
        self.close_connection = True
        self.connection.settimeout(self.limits.linger)
        self._send(response)
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            drain(self.connection, MAX_DRAINED_BYTES, self.limits.linger)

    def _request(self) -> Request:
        if self.command not in METHODS:
            raise RequestRejected(message(404, "Not Found"))
        headers = [(name.lower(), value.strip()) for name, value in self.headers.items()]
        if sum(len(name) + len(value) + 4 for name, value in headers) + len(self.requestline) > MAX_HEADER_BYTES:
            raise RequestRejected(HEADERS_TOO_LARGE)
        # The base class shortens // at the beginning of its `path`; //v1 is not /v1.
        target = self.requestline.split(" ")[1]
        check_framing(self.request_version, target, self.headers)
        self._reader.begin(self.limits.body)
        body = BodyReader(self.rfile).read(self.headers)
        self._reader.rest()
        return Request(self.command, target, self.request_version, headers, body, str(self.client_address[0]))

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
        """Reject what the base class finds invalid: a bad request line, endless headers or another HTTP version."""
        self._reject({414: URI_TOO_LONG, 431: HEADERS_TOO_LARGE}.get(code, BAD_REQUEST))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  named by the base class
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # Simultaneous clients wait instead of being refused.
    request_queue_size = 128

    def server_bind(self) -> None:
        """Bind without looking up the host's full name, which can take seconds on macOS."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that disconnect early."""


class ApiServer:
    """Binds its address on creation, because the stack needs it; serves between start and stop."""

    def __init__(self, port: int) -> None:
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(POLL_SECONDS,), name="api", daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def start(self, gateway: Gateway, limits: TimeLimits | None = None) -> None:
        self._server.RequestHandlerClass = type("_BoundHandler", (_Handler,), {"gateway": gateway, "limits": limits or TimeLimits()})
        self._thread.start()

    def stop(self) -> None:
        if self._thread.is_alive():
            self._server.shutdown()
        self._server.server_close()
