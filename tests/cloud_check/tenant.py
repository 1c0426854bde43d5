"""A tenant of the checked deployment: orders videos, and repeats what a client may repeat."""

import base64
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import requests

from local.demo.draw_lighthouse import PICTURE
from tests.cloud_check.registry import Refuted
from tests.cloud_check.target import Target

ENDED = ("succeeded", "failed", "expired", "canceled", "unconfirmed")
# Answers after which a client sends the same request again.
AGAIN = (429, 500, 502, 503, 504)
# Of real time, for one video: the first wait is 20 s, and a step that failed is tried again after a minute.
VIDEO_SECONDS = 300
PICTURE_URI = "data:image/png;base64," + base64.b64encode(PICTURE.read_bytes()).decode()

T = TypeVar("T")


def wait_for(what: str, look: Callable[[], T | None], seconds: float = VIDEO_SECONDS, pause: float = 1.0) -> T:
    """Return the first true result of `look`; raise Refuted if there is none in time."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise Refuted(f"{what}: not within {seconds:.0f} s")
        time.sleep(pause)


@dataclass(frozen=True)
class Tenant:
    """One API key. Every prompt contains the run's marker, so that a log with a prompt is found."""

    target: Target
    key: str
    marker: str

    def get(self, path: str, **more: Any) -> requests.Response:
        return self.target.request("GET", path, key=self.key, **more)

    def send(self, method: str, path: str, **more: Any) -> requests.Response:
        return self.target.request(method, path, key=self.key, **more)

    def body(self, label: str, script: str = "", **fields: Any) -> dict[str, Any]:
        """Return an order whose prompt tells the upstream what to do."""
        prompt = f"The lamp of {self.marker} turns. [check label={label} {script}]"
        return {"image": PICTURE_URI, "prompt": prompt, "duration": 4, "resolution": "480p", "generate_audio": False, **fields}

    def post(self, body: dict[str, Any], key: str, **headers: str) -> requests.Response:
        """Order once."""
        return self.send("POST", "/v1/videos", json=body, headers={"Idempotency-Key": key, **headers})

    def order(self, label: str, script: str = "", **fields: Any) -> str:
        """Order as a client does, which repeats what may be repeated, and return the video's id."""
        return str(self.accepted(self.body(label, script, **fields), f"order-{label}").json()["id"])

    def accepted(self, body: dict[str, Any], key: str) -> requests.Response:
        """Repeat an order until it is accepted; raise Refuted for any other answer."""
        answer = wait_for("an answer to an order", lambda: _unless_to_repeat(self.post(body, key)), 120)
        if answer.status_code not in (200, 202):
            raise Refuted(f"an order was answered with {answer.status_code}: {answer.text[:300]}")
        return answer

    def video(self, video: str) -> dict[str, Any]:
        """Return a video as the API shows it."""
        found: dict[str, Any] = wait_for("a video to read", lambda: _unless_to_repeat(self.get(f"/v1/videos/{video}")), 120).json()
        return found

    def reached(self, video: str, *statuses: str, seconds: float = VIDEO_SECONDS) -> dict[str, Any]:
        """Return the video once it has one of the statuses; raise Refuted if it ends in another one."""
        seen: list[str] = []

        def look() -> dict[str, Any]:
            found = self.video(video)
            if found["status"] not in seen:
                seen.append(found["status"])
            if found["status"] in ENDED and found["status"] not in statuses:
                raise Refuted(f"the video is {found['status']} {found.get('error', '')}; expected {' or '.join(statuses)}")
            return found if found["status"] in statuses else {}

        try:
            return wait_for(f"a video that is {' or '.join(statuses)}", look, seconds)
        except Refuted as late:
            raise Refuted(f"{late} (seen: {', '.join(seen)})") from None


def _unless_to_repeat(answer: requests.Response) -> requests.Response | None:
    return None if answer.status_code in AGAIN else answer


def label() -> str:
    """Return a label for one order, by which the ledger knows its payments."""
    return uuid.uuid4().hex[:12]
