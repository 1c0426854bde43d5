"""An HTTP server that verifies webhooks and prints one line each."""

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

from local.receiver.signatures import InvalidSignatureError, Secrets, verify

# ClipRelay's webhooks are below 20 kB; the limit protects the memory.
MAX_BODY_BYTES = 1_000_000

PrintLine = Callable[[str], None]


class Receiver:
    """Verifies and reports every POST; rejects the first `failures` verified ones with 503.

    `secrets(True)` fetches the secrets again, because they may have been rotated.
    """

    def __init__(self, port: int, secrets: Callable[[bool], Secrets], print_line: PrintLine, *, failures: int = 0) -> None:
        self._secrets, self._print_line, self._failures = secrets, print_line, failures
        self.events: list[dict[str, Any]] = []
        self._seen: set[str] = set()
        self._lock = Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/"

    def start(self) -> None:
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def receive(self, body: bytes, headers: dict[str, str]) -> int:
        """Return the response status for a webhook."""
        try:
            kinds = self._verified(body, headers)
            event = _event(body)
        except InvalidSignatureError as error:
            self._print_line(f"rejected: {error}")
            return 401
        except ValueError:
            self._print_line("rejected: the body is not a JSON object")
            return 400
        with self._lock:
            return self._take(event, headers["webhook-id"], " and ".join(kinds))

    def _take(self, event: dict[str, Any], event_id: str, kinds: str) -> int:
        if self._failures > 0:
            self._failures -= 1
            self._print_line(f"{event_id}  {event.get('type')}  {kinds} verified, answered 503 on purpose")
            return 503
        again = "  seen before" if event_id in self._seen else ""
        self._seen.add(event_id)
        self.events.append(event)
        self._print_line(f"{event_id}  {event.get('type')}  {kinds} verified{again}")
        data = event.get("data", {})
        self._print_line(f"  {data.get('id')}  {data.get('video', {}).get('link') or data.get('error', {}).get('code', '')}".rstrip())
        return 204

    def _verified(self, body: bytes, headers: dict[str, str]) -> list[str]:
        try:
            return verify(body, headers, self._secrets(False))
        except InvalidSignatureError:
            return verify(body, headers, self._secrets(True))

    def _handler(receiver) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - `self` is the handler inside
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                length = self.headers.get("Content-Length", "")
                if not length.isdigit() or int(length) > MAX_BODY_BYTES:
                    self._answer(413 if length.isdigit() else 411)
                    return
                headers = {name.lower(): value for name, value in self.headers.items()}
                self._answer(receiver.receive(self.rfile.read(int(length)), headers))

            def _answer(self, status: int) -> None:
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.send_header("Connection", "close")
                self.close_connection = True
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  named by the base class
                pass

        return Handler


def _event(body: bytes) -> dict[str, Any]:
    event = json.loads(body)
    if not isinstance(event, dict):
        raise ValueError("not an object")
    return event
