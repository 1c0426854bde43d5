"""A server whose videos never end; it counts how often it is asked."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit


class RunningServer(ThreadingHTTPServer):
    """Answers each client in its own words that a video is not made yet."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def running_server() -> Iterator[RunningServer]:
    """Serve on a free port."""
    with RunningServer() as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def answer(path: str) -> dict[str, Any]:
    """Describe what was asked for, by the path of one of the clients."""
    url = urlsplit(path)
    parts, ids = url.path.strip("/").split("/"), parse_qs(url.query).get("ids", [""])[0]
    if "predictions" in parts:
        return _prediction(parts[-1])
    if parts[-1] == "status":
        return {"status": "IN_PROGRESS", "logs": None}
    if ids:
        return {"object": "list", "data": [_ours(each) for each in ids.split(",")], "has_more": False}
    return _ours(parts[-1])


def _prediction(name: str) -> dict[str, Any]:
    known = {"id": name, "model": "a/b", "version": "1", "status": "processing", "input": {}, "created_at": "2026-11-27T00:00:00Z"}
    return {**known, "urls": {}, "logs": "", "output": None, "error": None}


def _ours(name: str) -> dict[str, Any]:
    """Describe a video in words that OpenAI's API has, too."""
    return {"id": name, "object": "video", "status": "in_progress", "progress": 10, "model": "any", "created_at": 1}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Without it, an answer in two packets waits for the client's delayed acknowledgement.
    disable_nagle_algorithm = True
    server: RunningServer

    def do_GET(self) -> None:
        self.server.asked += 1
        prefer = self.headers.get("Prefer", "")
        body = json.dumps(answer(self.path)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        # How long the server would have waited; time is the client's here.
        self.send_header("Held", prefer.removeprefix("wait=") if prefer.startswith("wait=") else "0")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Say nothing."""
