"""A proxy that passes requests on and loses the answers to some of them, as networks and gateways do."""

import http.client
import socket
import struct
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

# Headers between two neighbours, which a proxy does not pass on.
_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "host"}
CUT = "cut"
_SECONDS = 60


class QuietServer(ThreadingHTTPServer):
    """A server whose clients may reset their connections."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


class LossyProxy:
    """Passes requests under /<name>/… on to `target`, a base URL; of each name's POSTs, the first answers are lost as `plans` says.

    A loss is `cut`, which resets the connection once the answer is there, or a status that replaces the answer.
    """

    def __init__(self, target: str) -> None:
        self.plans: dict[str, list[str]] = {}
        self.posts: Counter[str] = Counter()
        self._target, self._lock = urlsplit(target), threading.Lock()
        self._server = QuietServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def url(self, name: str, *losses: str) -> str:
        """Return the base URL under which the first answers to POSTs are lost in these ways."""
        self.plans[name] = list(losses)
        return f"http://127.0.0.1:{self._server.server_port}/{name}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def loss(self, name: str) -> str | None:
        """Return how the answer to this POST is lost, if it is."""
        with self._lock:
            self.posts[name] += 1
            plan = self.plans[name]
            return plan.pop(0) if plan else None

    def ask(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        """Ask the target and return its whole answer."""
        connection = http.client.HTTPConnection(self._target.netloc, timeout=_SECONDS)
        try:
            connection.request(method, self._target.path + path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()

    def _handler(self) -> Any:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _pass_on(self) -> None:
                _, name, path = self.path.split("/", 2)
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {key: value for key, value in self.headers.items() if key.lower() not in _HOP}
                status, fields, content = proxy.ask(self.command, f"/{path}", headers, body)
                loss = proxy.loss(name) if self.command == "POST" else None
                if loss == CUT:
                    self._cut()
                elif loss:
                    self._say(int(loss), [("Content-Type", "application/json")], b'{"message": "Lost on the way"}')
                else:
                    self._say(status, [each for each in fields if each[0].lower() not in _HOP], content)

            def _say(self, status: int, fields: list[tuple[str, str]], content: bytes) -> None:
                self.send_response(status)
                for name, value in [*fields, ("Content-Length", str(len(content)))]:
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def _cut(self) -> None:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
                self.close_connection = True

            do_GET = do_POST = do_DELETE = do_PUT = _pass_on  # noqa: N815 - the names that http.server looks for

            def log_message(self, *words: Any) -> None:
                pass

        return Handler
