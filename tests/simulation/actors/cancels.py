"""Clients that cancel their videos at any moment, some of them again, and some together with the file; every answer is checked."""

import json
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

from tests.simulation.actors.requests import Data, Send, ask
from tests.simulation.runtime.clock import Timeline
from tests.support.makers import request_event

# The share of orders that are canceled, and of cancels that discard the file, or are sent once more.
CANCELED, DISCARDED, REPEATED = 0.08, 0.4, 0.3


class Cancels:
    """`granted` holds when each video was first answered as canceled, `discarded` those whose file was to be thrown away."""

    def __init__(self, timeline: Timeline, rng: Random, send: Send, violate: Callable[[str, str], None]) -> None:
        self._timeline, self._rng, self._send, self._violate = timeline, rng, send, violate
        self.answers: Counter[str] = Counter()
        self.granted: dict[str, float] = {}
        self.discarded: set[str] = set()
        self.active = 0

    def consider(self, video_id: str, key: str) -> None:
        """Cancel some videos after a while: before the claim, in the paid call, while they run or are copied, or after the end."""
        if self._rng.random() >= CANCELED:
            return
        draw = self._rng.uniform
        after = self._rng.choice((0.0, draw(0, 2), draw(0, 20), draw(20, 200), draw(20, 200), draw(200, 7_200)))
        self.plan(after, video_id, key, discard=self._rng.random() < DISCARDED)
        if self._rng.random() < REPEATED:
            self.plan(after + draw(0, 600), video_id, key, discard=self._rng.random() < DISCARDED)

    def plan(self, after: float, video_id: str, key: str, *, discard: bool = False) -> None:
        """Cancel a video so many seconds from now."""
        self.active += 1
        self._timeline.after(after, lambda: self._cancel(video_id, key, discard=discard))

    def _cancel(self, video_id: str, key: str, *, discard: bool) -> None:
        body: dict[str, Any] = {"body": {"discard": True}} if discard else {}

        def heard(answer: Data | None) -> None:
            status = answer["statusCode"] if answer else 504
            self.answers[f"cancel {status}"] += 1
            self.active -= 1
            if answer is None or status in (500, 503):
                self.plan(self._rng.uniform(1, 60), video_id, key, discard=discard)
            else:
                self._check(video_id, status, json.loads(answer["body"]), discard=discard)

        ask(self._timeline, self._send, request_event("POST", f"/v1/videos/{video_id}/cancel", key=key, **body), heard)

    def _check(self, video_id: str, status: int, answer: Data, *, discard: bool) -> None:
        if status == 409 and answer["code"] == "already_ended":
            return None
        if status != 200 or answer["status"] != "canceled" or answer.get("billed") not in ("possibly", "yes", "no", "unknown"):
            return self._violate("cancel", f"{video_id} is answered with {status} {answer.get('status')} {answer.get('billed')}")
        self.granted.setdefault(video_id, self._timeline.now)
        if discard:
            self.discarded.add(video_id)
        return None
