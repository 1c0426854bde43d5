"""Who is told: a webhook receiver that verifies signatures, and an HTTP endpoint that has subscribed to the events."""

import json
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from local.receiver.server import Receiver
from local.receiver.signatures import Secrets


class Events:
    """Confirms its subscription once, and collects the ids of the videos in the notifications."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def take(self, message: dict[str, Any]) -> None:
        if message["Type"] == "SubscriptionConfirmation":
            with urllib.request.urlopen(message["SubscribeURL"]) as answer:  # noqa: S310 - the service on this machine
                answer.read()
        else:
            self.texts.append(message["Message"])


def _handler(events: Events) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            events.take(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  named by the base class
            pass

    return Handler


class Webhooks:
    """A receiver; its secrets come with the first start, and must stay the same."""

    def __init__(self) -> None:
        self.rejected: list[str] = []
        self.secrets: Secrets | None = None
        self._receiver = Receiver(0, self._secrets, self._hear)
        self._receiver.start()
        self.url = self._receiver.url

    def _secrets(self, refresh: bool) -> Secrets:
        assert self.secrets
        return self.secrets

    def _hear(self, line: str) -> None:
        if line.startswith("rejected"):
            self.rejected.append(line)

    def told(self) -> set[tuple[str, str]]:
        """Return the id and the type of every event."""
        return {(event["data"]["id"], event["type"]) for event in list(self._receiver.events)}

    def links(self, video_id: str) -> set[str]:
        """Return the links that events about a video contained."""
        events = [event["data"] for event in list(self._receiver.events) if event["data"]["id"] == video_id]
        return {data["video"]["link"] for data in events if data.get("video")}

    def stop(self) -> None:
        self._receiver.stop()
