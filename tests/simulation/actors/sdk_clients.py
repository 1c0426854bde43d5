"""Clients that speak a foreign API through its own library, which repeats a POST by itself without a key and numbers its tries."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from typing import Any, Protocol

from tests.simulation.actors.requests import IMAGE_SECRET, PATIENCE, PROMPT_SECRET, Data, Send
from tests.simulation.runtime.clock import Timeline
from tests.support.makers import request_event

Violate = Callable[[str, str], None]

# The library's own number of repeats, and the longest of its pauses, in seconds.
REPEATS, FIRST_PAUSE, LONGEST_PAUSE = 2, 0.5, 8.0
# The share of tries whose connection breaks while the service goes on.
BROKEN = 0.3


class Intent(Protocol):
    """What is known of an intent."""

    bodies: list[str]
    ids: set[str]
    promised: bool

    @property
    def name(self) -> str: ...


class SdkClients:
    """Order through `/openai/v1` as the `openai` packages do; `active` counts requests to come or under way."""

    def __init__(self, timeline: Timeline, rng: Random, send: Send, violate: Violate, key_of: Callable[[int], str]) -> None:
        self._timeline, self._rng, self._send, self._violate, self._key_of = timeline, rng, send, violate, key_of
        self.answers: Counter[str] = Counter()
        self.active = 0
        self.broken = BROKEN
        self.made: Callable[[str, str], None] = lambda video_id, key: None

    def body(self, name: str) -> str:
        """Return a body of an order; all tries of it are equal."""
        order: Data = {
            "model": "seedance-v1.5-pro",
            "prompt": f"{name} {PROMPT_SECRET}: a slow push-in on the lighthouse",
            "seconds": self._rng.choice(("4", "8", "12")),
            "size": self._rng.choice(("1280x720", "720x1280")),
            "execution_expires_after": 3_600,
            "generate_audio": self._rng.random() < 0.5,
        }
        if self._rng.random() < 0.5:
            order["input_reference"] = {"image_url": f"https://assets.example.com/{name}.png?{IMAGE_SECRET}"}
        return json.dumps(order)

    def post(self, intent: Intent, client: int, tries: int = 0) -> None:
        """Send one try, and the next one if it brings no answer or one that may pass."""
        headers = {"x-stainless-retry-count": str(tries)}
        arrived = datetime.fromtimestamp(self._timeline.now, UTC)
        event = request_event(
            "POST", "/openai/v1/videos", body=intent.bodies[0], key=self._key_of(client), headers=headers, arrived=arrived
        )
        event["requestContext"]["requestId"] = f"{self._rng.getrandbits(64):016x}"
        self.active += 1
        waiting = True

        def hear(answer: Data | None, error: str | None = None) -> None:
            nonlocal waiting
            if waiting:
                waiting = False
                self.active -= 1
                self._hear(intent, client, tries, answer)

        patience = self._rng.uniform(0.02, 4) if self._rng.random() < self.broken else PATIENCE
        self._timeline.after(patience, lambda: hear(None))
        self._send(event, hear)

    def _hear(self, intent: Intent, client: int, tries: int, answer: Data | None) -> None:
        status = answer["statusCode"] if answer else 504
        self.answers[f"POST {status} of a foreign API"] += 1
        if answer and status == 200:
            intent.promised = True
            video_id = json.loads(answer["body"])["id"]
            intent.ids.add(video_id)
            self.made(video_id, self._key_of(client))
        elif answer:
            self._check(intent, status, json.loads(answer["body"]), answer["headers"])
        if tries < REPEATS and _repeats(status, answer):
            pause = min(FIRST_PAUSE * 2**tries, LONGEST_PAUSE) * (1 - 0.25 * self._rng.random())
            self.active += 1
            self._timeline.at(self._timeline.now + pause, lambda: self._again(intent, client, tries + 1))

    def _again(self, intent: Intent, client: int, tries: int) -> None:
        self.active -= 1
        self.post(intent, client, tries)

    def _check(self, intent: Intent, status: int, body: Any, headers: Data) -> None:
        """Check what every refusal must be: the envelope, and whether the library may repeat it."""
        error = body.get("error", {})
        if set(error) != {"message", "type", "param", "code"}:
            self._violate("I6", f"{intent.name}: {status} {body}")
        may_pass = status == 503 or (status == 429 and error.get("code") in ("insufficient_quota", "queue_full", "rate_limit_exceeded"))
        if not may_pass:
            self._violate("I6", f"{intent.name}: {status} {error.get('code')}")
        if status == 429 and intent.promised:
            self._violate("I6", f"{intent.name} was accepted, and then 429")


def _repeats(status: int, answer: Data | None) -> bool:
    """Return whether the library repeats after this answer."""
    if answer is None:
        return True
    advice = {name.lower(): value for name, value in answer["headers"].items()}.get("x-should-retry")
    return advice == "true" or (advice != "false" and (status in (408, 409, 429) or status >= 500))
