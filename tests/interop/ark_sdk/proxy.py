"""A proxy before the service that loses answers as networks and gateways do: each trial says which, and how often."""

import http.client
import json
import socket
import threading
from collections import Counter
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

# What may happen to an answer, once per trial: it is cut off, or a gateway says this instead.
CUT, SAYS_500, SAYS_503 = "cut", "500", "503"
_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "host"}


class LossyProxy:
    """Passes requests to the service; `lose` arranges what happens to the next answer to a method."""

    def __init__(self, target: str) -> None:
        self._target = urlsplit(target)
        self._plan: dict[str, str] = {}
        self.requests: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def lose(self, method: str, fault: str) -> None:
        """Lose the next answer to a method, and count requests from 0."""
        with self._lock:
            self._plan = {method: fault} if fault else {}
            self.requests = Counter()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _fault(self, method: str) -> str:
        with self._lock:
            self.requests[method] += 1
            return self._plan.pop(method, "")

    def _ask(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection(self._target.hostname or "", self._target.port, timeout=60)
        try:
            connection.request(method, path, body=body or None, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                """Say nothing."""

            def _pass_on(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP_BY_HOP}
                fault = proxy._fault(self.command)
                # The service has done its work before its answer is lost; a throttled GET never reaches it.
                if fault == SAYS_503 and self.command == "GET":
                    status, sent, said = (
                        503,
                        [("Content-Type", "application/json")],
                        json.dumps({"message": "Service Unavailable"}).encode(),
                    )
                else:
                    status, sent, said = proxy._ask(self.command, self.path, headers, body)
                if fault == CUT:
                    self.close_connection = True
                    with suppress(OSError):
                        self.connection.shutdown(socket.SHUT_RDWR)
                    return
                if fault in (SAYS_500, SAYS_503):
                    status, said = int(fault), json.dumps({"message": "Internal Server Error"}).encode()
                self.send_response(status)
                for name, value in sent:
                    if name.lower() not in _HOP_BY_HOP:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

        return type("Handler", (Handler,), {f"do_{method}": Handler._pass_on for method in ("GET", "POST", "DELETE")})
