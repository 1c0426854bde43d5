"""The service against a minimal upstream other than the simulator."""

import hashlib
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from tests.support.local_service import StartService
from tests.support.makers import any_mp4
from tests.support.service_client import Client

KEY = "another-upstream-key"
MODEL_FIELDS = {
    "image",
    "prompt",
    "ratio",
    "duration",
    "resolution",
    "seed",
    "watermark",
    "camera_fixed",
    "generate_audio",
    "service_tier",
    "execution_expires_after",
}


class AnotherUpstream(BaseHTTPRequestHandler):
    """Returns a numeric `task_id`, first an unknown status word, and no optional fields."""

    seen: list[dict[str, Any]]
    video = any_mp4(b"video of another upstream" * 1_000)
    polls = 0

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.seen.append({"path": self.path, "authorization": self.headers["Authorization"], "fields": body})
        self._answer(b'{"task_id": 12345678901234567890}')

    def do_GET(self) -> None:
        if self.path.startswith("/video.mp4"):
            self.seen.append({"path": "video", "authorization": self.headers["Authorization"]})
            return self._answer(self.video)
        type(self).polls += 1
        assert self.path == "/v3/async/task-result?task_id=12345678901234567890"
        if self.polls < 3:
            return self._answer(b'{"task": {"status": "TASK_STATUS_DREAMING"}}')
        url = f"http://127.0.0.1:{self.server.server_address[1]}/video.mp4?signature=hidden"  # type: ignore[index]
        return self._answer(json.dumps({"task": {"status": "SUCCEEDED"}, "videos": [{"video_url": url}]}).encode())

    def _answer(self, content: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Keep the test's output clean."""


@pytest.fixture
def another() -> Iterator[str]:
    AnotherUpstream.seen = []
    with ThreadingHTTPServer(("127.0.0.1", 0), AnotherUpstream) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_any_documented_upstream_is_paid_once_and_its_video_arrives(start_service: StartService, another: str) -> None:
    client = Client(start_service("--upstream-url", another, "--upstream-key", KEY, "--time-scale", "0.02"))
    video_id = client.order("Waves", seed=7, metadata={"order": "42"})
    video = client.ending(video_id)
    assert video["status"] == "succeeded"
    content = client.get(f"/v1/videos/{video_id}/content").content
    assert content == AnotherUpstream.video
    assert hashlib.sha256(content).hexdigest() == video["video"]["sha256"]
    (paid, video) = AnotherUpstream.seen
    assert (paid["path"], paid["authorization"]) == ("/v3/async/seedance-v1.5-pro-i2v", f"Bearer {KEY}")
    assert set(paid["fields"]) == MODEL_FIELDS
    assert paid["fields"]["generate_audio"] is True
    assert (video["path"], video["authorization"]) == ("video", None)
