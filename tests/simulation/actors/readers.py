"""Clients that read their videos until the end, and compare each answer with earlier ones."""

import json
from collections import Counter
from collections.abc import Callable
from random import Random

from cliprelay.video.states import TERMINAL, Status
from tests.simulation.actors.requests import Data, Send, ask
from tests.simulation.runtime.clock import Timeline
from tests.support.makers import request_event

# Number of reads after the end, to see that an ended video does not change.
ONCE_MORE = 3


class Readers:
    """`violate` gets every answer that contradicts an earlier one."""

    def __init__(self, timeline: Timeline, rng: Random, send: Send, violate: Callable[[str, str], None]) -> None:
        self._timeline, self._rng, self._send, self._violate = timeline, rng, send, violate
        self.answers: Counter[str] = Counter()
        self._ended: dict[str, Data] = {}

    def watch(self, video_id: str, key: str, left: int = ONCE_MORE) -> None:
        """Read a video repeatedly until its end has been seen."""
        headers = {"prefer": f"wait={self._rng.randrange(26)}"} if self._rng.random() < 0.3 else {}
        event = request_event("GET", f"/v1/videos/{video_id}", key=key, headers=headers)
        asked = self._timeline.now

        def heard(answer: Data | None) -> None:
            over = self._hear(video_id, answer, asked)
            if not over or left:
                pause = self._rng.uniform(20, 1_800)
                self._timeline.after(pause, lambda: self.watch(video_id, key, left - 1 if over else left))

        ask(self._timeline, self._send, event, heard)

    def _hear(self, video_id: str, answer: Data | None, asked: float) -> bool:
        """Check one answer; True when it shows the end. Who asked before the end was seen may hear late of what was before."""
        status = answer["statusCode"] if answer else 504
        self.answers[f"GET {status}"] += 1
        if answer is None or status in (500, 503):
            return False
        if status != 200:
            self._violate("I3", f"{video_id} cannot be read: {status}")
            return True
        video = json.loads(answer["body"])
        before = self._ended.get(video_id)
        has_ended = Status(video["status"]) in TERMINAL
        is_late = before and asked < before["at"] and not has_ended
        if before and not is_late and (video["status"], video.get("error"), video.get("ended_at")) != before["seen"]:
            self._violate("I4", f"{video_id} was shown as {before['seen']}, and then as {video['status']}")
        if not has_ended:
            return False
        self._ended[video_id] = {"at": self._timeline.now, "seen": (video["status"], video.get("error"), video.get("ended_at"))}
        if video["status"] == "succeeded" and not video["video"]["url"]:
            self._violate("E", f"{video_id} succeeded without a link")
        return True
