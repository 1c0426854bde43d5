"""One delivery in a test's world: the real step and records, with the test's receiver and clock."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from cliprelay.steps.deliver import Deliverer, DeliveryEvent, DeliveryResult
from cliprelay.video.record import Video
from cliprelay.video.states import Status
from cliprelay.webhooks.delivery import Delivery
from cliprelay.webhooks.operator_alerts import OperatorAlerts
from cliprelay.webhooks.retry_schedule import Reply
from tests.support.asl_walker import Walked, walk
from tests.support.makers import NOW, OwnedClock, any_video

if TYPE_CHECKING:
    from tests.support.world import World

URL = "https://hooks.example.com/clips?token=geheim"
EVENT = "evt_01M81CB6M1T4PSZ9EXW2A4PSJE"
MAX_ATTEMPT_TIME = timedelta(seconds=60)
OK, BROKEN, GONE = Reply(200, ms=40), Reply(500, ms=40), Reply(410, ms=40)


@dataclass(frozen=True)
class Post:
    """What a receiver received, and when (epoch seconds)."""

    at: float
    url: str
    body: bytes
    headers: Mapping[str, str]


@dataclass
class Receiver:
    """Replaces the sender; `answer` gets the number of the POST, from 1."""

    clock: OwnedClock
    answer: Callable[[int], Reply]
    posts: list[Post] = field(default_factory=list)

    def post(self, url: str, body: bytes, headers: Mapping[str, str], limit: float | None = None) -> Reply:
        self.posts.append(Post(self.clock.seconds(), url, body, headers))
        return self.answer(len(self.posts))


@dataclass
class Letters:
    """SNS and SQS as OperatorAlerts uses them."""

    published: list[dict[str, Any]] = field(default_factory=list)
    sent: list[dict[str, Any]] = field(default_factory=list)

    def publish(self, **message: Any) -> None:
        self.published.append(message)

    def send_message(self, **message: Any) -> None:
        self.sent.append(message)


@dataclass
class Delivering:
    """The step with its collaborators."""

    world: "World"
    receiver: Receiver
    letters: Letters = field(default_factory=Letters)
    counted: list[str] = field(default_factory=list)
    jitter: float = 0.0

    def step(self, **parts: Any) -> Deliverer:
        world = self.world
        alerts: Any = OperatorAlerts(self.letters, "alarms", self.letters, "undelivered")  # type: ignore[arg-type]
        usual: dict[str, Any] = {
            "videos": world.videos,
            "deliveries": world.deliveries,
            "settings": world.webhook_settings,
            "keys": world.webhook_keys(),
            "store": world.store,
            "sender": self.receiver,
            "alerts": alerts,
            "clock": world.clock,
            "max_attempt_time": MAX_ATTEMPT_TIME,
            "jitter": lambda: self.jitter,
            "count": self.counted.append,
        }
        return Deliverer(**usual | parts)

    def deliver(self, delivery: Delivery, attempt: int = 0, **parts: Any) -> DeliveryResult:
        """Invoke the step once."""
        event = DeliveryEvent(video_id=delivery.video_id, event_id=delivery.event_id, delivery=delivery.number, attempt=attempt)
        return self.step(**parts).deliver(event)

    def carry(self, delivery: Delivery, **parts: Any) -> Walked:
        """Run an execution of the real state machine file to its end."""
        data = {"video_id": delivery.video_id, "event_id": delivery.event_id, "delivery": delivery.number}
        step: Any = self.step(**parts).deliver
        return walk(data, {"Deliver": step}, self.world.clock, "delivery")


def delivering(world: "World", answer: Callable[[int], Reply] = lambda number: OK, **parts: Any) -> Delivering:
    return Delivering(world, Receiver(world.clock, answer), **parts)


def ended_video(**changes: Any) -> Video:
    """Return a succeeded video with a webhook of its own."""
    ending: dict[str, Any] = {
        "status": Status.SUCCEEDED,
        "event_id": EVENT,
        "event_at": "2026-11-22T06:01:00Z",
        "ended_at": "2026-11-22T06:01:00Z",
        "expires_at": int(NOW.timestamp()) + 30 * 86_400,
        "object_key": "videos/acme/vid.mp4",
        "bytes": 5,
        "sha256": "ab",
        "webhook_url": URL,
        "told": EVENT,
    }
    return any_video(**(ending | changes))


def begun(world: "World", **changes: Any) -> Delivery:
    """Return the first delivery of such a video, as Notify starts it."""
    video = world.put(ended_video(**changes))
    world.dispatch().first(video)
    delivery = world.deliveries.get(f"{video.event_id}-1")
    assert delivery is not None
    return delivery
