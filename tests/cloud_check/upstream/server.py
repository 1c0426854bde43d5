"""Serve the upstream's function on this machine, as an HTTP API would, with the same table in an AWS stand-in."""

import base64
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.cloud_check.upstream.function.app import Dropped, Upstream

VIDEO_PATH = "/files/video.mp4"


class UpstreamServer:
    """Binds its address first, because ClipRelay is started with it; answers once it is connected to a table."""

    def __init__(self, video: bytes) -> None:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.video = video
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def connect(self, table: Any) -> None:
        """Answer from now on, with `table` as the ledger."""
        self._server.upstream = Upstream(table, link=self._link)
        self._thread.start()

    def stop(self) -> None:
        # A server that never served would wait for itself here.
        if self._thread.is_alive():
            self._server.shutdown()
        self._server.server_close()

    def _link(self) -> str:
        # Signed links of S3 differ at each answer, and no log may show them.
        return f"{self.url}{VIDEO_PATH}?X-Amz-Signature={uuid.uuid4().hex}"


def to_event(method: str, target: str, headers: dict[str, str], body: bytes) -> dict[str, Any]:
    """Build the parts of a payload 2.0 event that the function reads."""
    split = urlsplit(target)
    return {
        "rawPath": split.path,
        "queryStringParameters": dict(parse_qsl(split.query)),
        "headers": {name.lower(): value for name, value in headers.items()},
        "requestContext": {"http": {"method": method}},
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    upstream: Upstream
    video: bytes

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that disconnect early."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        if urlsplit(self.path).path == VIDEO_PATH:
            self._send(200, {"content-type": "video/mp4"}, self.server.video)
        else:
            self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            answer = self.server.upstream.answer(to_event(self.command, self.path, dict(self.headers), body))
        except Dropped:
            self.close_connection = True
            return
        self._send(answer["statusCode"], answer["headers"], answer["body"].encode())

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in {**headers, "content-length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  named by the base class
        pass
