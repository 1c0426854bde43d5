"""The receiving end of webhooks on this machine: one POST in, one line out."""

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

from local.receiver.signatures import Forged, Secrets, verify

# What ClipRelay sends stays below 20 kB; nobody shall fill the memory through this door.
LARGEST_BODY = 1_000_000

Say = Callable[[str], None]


class Receiver:
    """Verifies every POST and says what it was; the first `failures` verified ones are answered 503.

    `secrets(True)` asks for them anew, because they may have been rotated since they were read.
    """

    def __init__(self, port: int, secrets: Callable[[bool], Secrets], say: Say, *, failures: int = 0) -> None:
        self._secrets, self._say, self._failures = secrets, say, failures
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
        """The status to answer with."""
        try:
            kinds = self._verified(body, headers)
            event = _event(body)
        except Forged as forged:
            self._say(f"refused: {forged}")
            return 401
        except ValueError:
            self._say("refused: the body is not a JSON object")
            return 400
        with self._lock:
            return self._take(event, headers["webhook-id"], " and ".join(kinds))

    def _take(self, event: dict[str, Any], event_id: str, kinds: str) -> int:
        if self._failures > 0:
            self._failures -= 1
            self._say(f"{event_id}  {event.get('type')}  {kinds} verified, answered 503 on purpose")
            return 503
        again = "  seen before" if event_id in self._seen else ""
        self._seen.add(event_id)
        self.events.append(event)
        self._say(f"{event_id}  {event.get('type')}  {kinds} verified{again}")
        data = event.get("data", {})
        self._say(f"  {data.get('id')}  {data.get('video', {}).get('link') or data.get('error', {}).get('code', '')}".rstrip())
        return 204

    def _verified(self, body: bytes, headers: dict[str, str]) -> list[str]:
        try:
            return verify(body, headers, self._secrets(False))
        except Forged:
            return verify(body, headers, self._secrets(True))

    def _handler(receiver) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - `self` is the handler inside
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                length = self.headers.get("Content-Length", "")
                if not length.isdigit() or int(length) > LARGEST_BODY:
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

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the name that the base class gave it
                pass

        return Handler


def _event(body: bytes) -> dict[str, Any]:
    event = json.loads(body)
    if not isinstance(event, dict):
        raise ValueError("not an object")
    return event
