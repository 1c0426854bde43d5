"""A proxy that passes every request on, and closes the connection instead of giving the first answers to POSTs."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests


class _Proxy(ThreadingHTTPServer):
    def __init__(self, target: str, lost: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target, self.lost, self.lock = target, lost, threading.Lock()

    def loses(self) -> bool:
        """Return whether the next answer is lost."""
        with self.lock:
            self.lost -= 1
            return self.lost >= 0


class _Handler(BaseHTTPRequestHandler):
    server: _Proxy

    def do_GET(self) -> None:
        self._pass_on()

    def do_POST(self) -> None:
        self._pass_on()

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "content-length")}
        answer = requests.request(self.command, self.server.target + self.path, data=body, headers=headers, timeout=60)
        if self.command == "POST" and self.server.loses():
            self.close_connection = True
            return
        self.send_response(answer.status_code)
        self.send_header("Content-Type", answer.headers["Content-Type"])
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    def log_message(self, *_: Any) -> None:
        """Print nothing."""


@contextmanager
def losing(target: str, lost: int = 1) -> Iterator[str]:
    """Yield the URL of a proxy in front of `target` that loses so many answers to POSTs."""
    server = _Proxy(target, lost)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
