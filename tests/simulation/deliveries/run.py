"""Many deliveries at once on a virtual clock: the real step, schedule, records and signatures, against receivers of every kind."""

import heapq
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from standardwebhooks import Webhook

from cliprelay.steps.deliver import Deliverer, DeliveryEvent
from cliprelay.video.record import Video
from cliprelay.webhooks.delivery import DeliveryStatus, new_delivery
from cliprelay.webhooks.retry_schedule import STEPS, Reply
from cliprelay.webhooks.secrets import derive
from cliprelay.webhooks.signing import KeyPair
from tests.simulation.deliveries.memory import MemoryItems, NoSettings, Throttled, memory_table
from tests.support.delivery_runner import MAX_ATTEMPT_TIME, ended_video
from tests.support.makers import NOW, OwnedClock

# Of all events, so many meet a receiver that fails, in one of these ways, for so long or for ever.
FAILING = 0.3
FAULTS: Mapping[str, Callable[[Random], Reply]] = {
    "500": lambda rng: Reply(rng.choice((500, 502, 504)), ms=30),
    "404": lambda rng: Reply(rng.choice((400, 401, 404)), ms=30),
    "302": lambda rng: Reply(rng.choice((301, 302, 307)), ms=30),
    "429 or 503 with Retry-After": lambda rng: Reply(rng.choice((429, 503)), retry_after=rng.choice((1, 120, 7_200, 1e9)), ms=30),
    "time-out": lambda rng: Reply(error="timeout", ms=15_000),
    "refused or reset": lambda rng: Reply(error=rng.choice(("connect", "broken_off")), ms=1),
    "dns or tls": lambda rng: Reply(error=rng.choice(("dns", "tls")), ms=5),
    "address refused": lambda rng: Reply(error="address_refused", ms=1),
    "endless answer": lambda rng: Reply(200, "answer_too_long", ms=200),
    "410": lambda rng: Reply(410, ms=30),
}
# A receiver that fails comes back after so many hours; the last is never.
OUTAGES = (0.001, 0.1, 1, 8, 30, 71, 1e6)
# Of all invocations, so many die at once after the POST, are answered twice, or meet an AWS that does not answer.
CRASHING, REPEATED, STUMBLING = 0.01, 0.01, 0.01
RETENTION = timedelta(days=30)


class Died(Exception):
    """The process ended in the middle of an attempt."""


@dataclass
class Endpoint:
    """One receiver: it fails in its way until it is up; it verifies what it takes."""

    fault: str | None
    up_at: float
    begins: float
    posts: int = 0
    taken: int = 0
    dies: bool = False


class Run:
    """`play` carries all events to their ends; `wrong` lists what must not be."""

    def __init__(self, events: int, seed: int) -> None:
        self._rng, self._clock, self._events = Random(seed), OwnedClock(), events  # noqa: S311 - a run that can be repeated
        self._items, self._letters, self._counted = MemoryItems(), Counter[str](), Counter[str]()
        self._videos: dict[str, Video] = {}
        self._endpoints: dict[str, Endpoint] = {}
        self._agenda: list[tuple[float, int, dict[str, Any]]] = []
        self._keys = derive("the master of all tests", "acme", 1)
        self._step = self._deliverer()
        self.attempts: Counter[int] = Counter()
        self.ends: Counter[str] = Counter()
        self.wrong: list[str] = []
        # Seconds from an event to a receiver that works, at most: what others do must not show in it.
        self.latest = 0.0

    def _deliverer(self) -> Deliverer:
        stand_in: Any = self  # videos, keys, store, sender and alerts at once: small parts that only look something up
        settings: Any = NoSettings()
        return Deliverer(
            videos=stand_in,
            deliveries=memory_table(self._items),
            settings=settings,
            keys=stand_in,
            store=stand_in,
            sender=stand_in,
            alerts=stand_in,
            clock=self._clock,
            max_attempt_time=MAX_ATTEMPT_TIME,
            jitter=self._rng.random,
            count=lambda name: self._counted.update([name]),
        )

    # What the step finds around it

    def get(self, video_id: str) -> Video | None:
        return self._videos.get(video_id)

    def signing(self, settings: Any, now: Any) -> list[KeyPair]:
        return [self._keys]

    def presign(self, key: str, **_: Any) -> str:
        return f"https://signed.example.com/{self._clock.seconds()}"

    def send_to_dead_letter_queue(self, delivery: Any) -> None:
        self._letters["kept"] += 1
        self._letters[delivery.event_id] += 1

    def notify_exhausted(self, delivery: Any) -> None:
        self._letters["told"] += 1

    def notify_gone(self, delivery: Any, reason: str, *, for_all: bool) -> None:
        self._letters["gone"] += 1

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        endpoint = self._endpoints[headers["webhook-id"]]
        endpoint.posts += 1
        reply = self._answer(endpoint, body, headers)
        if endpoint.dies:
            endpoint.dies = False
            raise Died
        return reply

    def _answer(self, endpoint: Endpoint, body: bytes, headers: Mapping[str, str]) -> Reply:
        if endpoint.fault and self._clock.seconds() < endpoint.up_at:
            return FAULTS[endpoint.fault](self._rng)
        self._verify(body, headers)
        if not endpoint.taken and endpoint.fault is None:
            self.latest = max(self.latest, self._clock.seconds() - endpoint.begins)
        endpoint.taken += 1
        return Reply(200, ms=40)

    def _verify(self, body: bytes, headers: Mapping[str, str]) -> None:
        moment = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
        signed = Webhook(self._keys.secret).sign(headers["webhook-id"], moment, body.decode())
        if signed not in headers["webhook-signature"].split(" ") or moment != self._clock.now.replace(microsecond=0):
            self.wrong.append(f"{headers['webhook-id']}: signed wrongly, or not freshly")

    # The run

    def play(self) -> None:
        """Begin all events over a day, and carry each to its end as the state machine would."""
        for number in range(self._events):
            self._begin(number)
        while self._agenda:
            moment, number, event = heapq.heappop(self._agenda)
            self._clock.now = datetime.fromtimestamp(moment, UTC)
            self._invoke(number, event)
        self._judge()

    def _begin(self, number: int) -> None:
        rng = self._rng
        begins = NOW.timestamp() + rng.uniform(0, 86_400)
        video = replace(_VIDEO, id=f"vid_{number}", event_id=f"evt_{number}")
        self._videos[video.id] = video
        fault = rng.choice(list(FAULTS)) if rng.random() < FAILING else None
        self._endpoints[f"evt_{number}"] = Endpoint(fault, begins + rng.choice(OUTAGES) * 3_600, begins)
        self._step.deliveries.begin(new_delivery(video, self._clock(), RETENTION), self._clock())
        event = {"video_id": video.id, "event_id": video.event_id, "delivery": 1, "attempt": 0}
        heapq.heappush(self._agenda, (begins, number, event))

    def _invoke(self, number: int, event: dict[str, Any]) -> None:
        self._disturb(event)
        try:
            answer = self._step.deliver(DeliveryEvent(**event))  # type: ignore[typeddict-item]
            if self._rng.random() < REPEATED and answer["next"] == "wait":
                answer = self._step.deliver(DeliveryEvent(**event))  # type: ignore[typeddict-item]  # the first answer was lost: Step Functions asks again
        except (Died, Throttled):
            return self._later(number, event, 60)
        if answer["next"] == "wait":
            return self._later(number, {**event, "attempt": answer["attempt"]}, answer["wait"])
        return self._end(number, answer["next"])

    def _disturb(self, event: dict[str, Any]) -> None:
        self._items.fail = self._rng.random() < STUMBLING
        self._endpoints[event["event_id"]].dies = self._rng.random() < CRASHING

    def _later(self, number: int, event: dict[str, Any], seconds: float) -> None:
        heapq.heappush(self._agenda, (self._clock.seconds() + seconds, number, event))

    def _end(self, number: int, how: str) -> None:
        self.ends[how] += 1

    def _judge(self) -> None:
        """Nothing may be lost: what a receiver never took is in the queue, or the receiver said that it is gone."""
        for name, endpoint in self._endpoints.items():
            item = self._items.items[f"{name}-1"]
            log = item["attempts"]
            self.attempts[sum("status" in each or each.get("error") != "interrupted" for each in log)] += 1
            status = DeliveryStatus(item["status"])
            accounted = {
                DeliveryStatus.DELIVERED: endpoint.taken > 0,
                DeliveryStatus.FAILED: self._letters[name] > 0 and item["failures"] == len(STEPS),
                DeliveryStatus.DISABLED: endpoint.fault == "410",
            }
            if not accounted.get(status) or "due" in item:
                self.wrong.append(f"{name}: {status}, {endpoint}")
            if endpoint.posts > len(log):
                self.wrong.append(f"{name}: {endpoint.posts} POSTs, {len(log)} in the log")
            if endpoint.taken > 1 and not any(each.get("error") == "interrupted" for each in log):
                self.wrong.append(f"{name}: taken {endpoint.taken} times without a crash")

    @property
    def lost(self) -> int:
        """Events that nobody got and nobody knows of."""
        return self._events - sum(self.ends.values())

    def report(self) -> str:
        """A table of attempts, and what came of them."""
        rows = [f"| {attempts} | {count} |" for attempts, count in sorted(self.attempts.items())]
        taken = sum(endpoint.taken > 0 for endpoint in self._endpoints.values())
        twice = sum(endpoint.taken > 1 for endpoint in self._endpoints.values())
        lines = [
            f"{self._events} events, {FAILING:.0%} to receivers that fail in {len(FAULTS)} ways.",
            "",
            "| attempts | events |",
            "| --- | --- |",
            *rows,
            "",
            "Ends: " + ", ".join(f"{how} {count}" for how, count in sorted(self.ends.items())) + ".",
            f"Taken by a receiver: {taken}; more than once, after a crash: {twice}. In the dead letter queue: {self._letters['kept']}.",
            f"A receiver that works gets its event after {self.latest:.0f} s at most (a minute for each error of ours).",
            f"Lost: {self.lost}. Wrong: {len(self.wrong)}.",
            *self.wrong[:10],
        ]
        return "\n".join(lines)


_VIDEO = ended_video()
