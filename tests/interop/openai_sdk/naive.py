"""The smallest service with OpenAI's routes: it pays for every POST, as a thin layer over a paid API does."""

import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.support.lossy_proxy import QuietServer


class NaiveService:
    """Counts what it has paid for, by the case, whose name stands in the prompt."""

    def __init__(self) -> None:
        self.paid: Counter[str] = Counter()
        service, lock = self, threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                with lock:
                    service.paid[case_of(body)] += 1
                    number = service.paid.total()
                content = json.dumps({"id": f"video_{number}", "object": "video", "status": "queued"}).encode()
                self.send_response(200)
                for name, value in (("Content-Type", "application/json"), ("Content-Length", str(len(content)))):
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *words: Any) -> None:
                pass

        self._server = QuietServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def case_of(body: bytes) -> str:
    """Return the name that stands in the prompt between two hashes."""
    return body.split(b"#", 2)[1].decode()
