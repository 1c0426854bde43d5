"""Test events: one signed sample of each event type, sent once and without a video, so that a receiver can be tried out for free."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cliprelay.catalog.registry import DEFAULT_MODEL
from cliprelay.ids import event_id
from cliprelay.media.bucket import MediaBucket
from cliprelay.video.record import Video, iso
from cliprelay.video.states import TERMINAL, Status
from cliprelay.video.view import show
from cliprelay.webhooks.payload import body_of
from cliprelay.webhooks.retry_schedule import Reply
from cliprelay.webhooks.secrets import WebhookKeys
from cliprelay.webhooks.sender import SECONDS, WebhookSender
from cliprelay.webhooks.settings import BUDGET_REACHED, EVENT_TYPES, WebhookSettings
from cliprelay.webhooks.signing import headers

# No video ever has this id.
SAMPLE_ID = f"vid_{'0' * 26}"
# So begins the `webhook-id` of every test event; those of real events have no second word.
TEST_PREFIX = "evt_test_"
# With less time left, an attempt would say more about our limit than about the receiver.
_LEAST_SECONDS = 2.0
_NOT_SENT = "not_sent"

_SETTINGS = {"prompt": "A slow push-in on the lighthouse at dusk.", "duration": 5, "resolution": "720p", "generate_audio": False}
_QUOTE = {"tokens": 108_900, "usd": "0.1307", "usd_per_million": "1.2"}
_ERRORS = {
    Status.FAILED: {"code": "moderated", "message": "A test event: the upstream's moderation refused the content."},
    Status.UNCONFIRMED: {"code": "outcome_unknown", "message": "A test event: it is unknown whether the upstream accepted the request."},
}
_FILE: dict[str, Any] = {"object_key": "sample.mp4", "bytes": 2_174_532, "sha256": "0" * 64, "progress": 100, "link": "A" * 43}


@dataclass(frozen=True)
class SentSample:
    """One test event, and the receiver's reply."""

    kind: str
    event_id: str
    reply: Reply

    @property
    def was_sent(self) -> bool:
        """Whether it was sent at all."""
        return self.reply.error != _NOT_SENT


@dataclass(frozen=True)
class SampleEvents:
    """Sends test events; `seconds` is a monotonic clock."""

    keys: WebhookKeys
    sender: WebhookSender
    clock: Callable[[], datetime]
    seconds: Callable[[], float]

    def send(self, settings: WebhookSettings, url: str, within: float) -> list[SentSample]:
        """Send each sample once, in turn and within so many seconds; after one without any answer, none of the others."""
        ends = self.seconds() + within
        keys = self.keys.signing(settings, self.clock())
        sent: list[SentSample] = []
        is_silent = False
        for kind in EVENT_TYPES:
            left, name = ends - self.seconds(), f"{TEST_PREFIX}{event_id(self.clock()).removeprefix('evt_')}"
            if is_silent or left < _LEAST_SECONDS:
                sent.append(SentSample(kind, name, Reply(error=_NOT_SENT)))
                continue
            body = sample_body(kind, self.clock())
            reply = self.sender.post(url, body, headers(name, self.clock(), body, keys), limit=min(left, SECONDS))
            is_silent = reply.status is None
            sent.append(SentSample(kind, name, reply))
        return sent


def sample_body(kind: str, now: datetime) -> bytes:
    """Return the body of a test event: that of a real one, and `"test": true`."""
    return body_of(kind, iso(now), _sample_data(kind, now), test=True)


def _budget(now: datetime) -> dict[str, Any]:
    """Return a budget of a day, of which four fifths are used; a test compares its members with those of a real event."""
    tomorrow = now.replace(hour=0, minute=0, second=0) + timedelta(days=1)
    return {
        "object": "budget",
        "budget": "tenant:day",
        "period": f"{now:%Y-%m-%d}",
        "percent": 80,
        "limit_usd": "10.0000",
        "used_usd": "8.0000",
        "reached_at": iso(now),
        "resets_at": iso(tomorrow),
    }


def _sample_data(kind: str, now: datetime) -> dict[str, Any]:
    if kind == BUDGET_REACHED:
        return _budget(now)
    status = Status(kind.removeprefix("video."))
    began = now - timedelta(seconds=72)
    video = Video(
        id=SAMPLE_ID,
        tenant="test",
        status=status,
        run=1,
        model=DEFAULT_MODEL,
        settings=_SETTINGS,
        created_at=iso(began),
        updated_at=iso(now),
        deadline=0,
        quote=_QUOTE,
        base_url="https://api.example.com",
        ended_at=iso(now) if status in TERMINAL else None,
        upstream_id="test" if status is Status.SUCCEEDED else None,
        error=_ERRORS.get(status),
        **(_FILE if status is Status.SUCCEEDED else {}),
    )
    return show(video, _NoBucket(), now)


class _NoBucket(MediaBucket):
    """A bucket of nothing, for the address of a file that does not exist."""

    def __init__(self) -> None:
        pass

    def presign(self, key: str, *, seconds: int, method: str = "GET", save_as: str | None = None) -> str:
        """Return an address under a domain that is reserved for examples."""
        return f"https://media.example.com/{key}"
