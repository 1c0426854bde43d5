"""The record of one delivery of an event to a webhook, with every attempt so far."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from cliprelay.ids import event_id_of
from cliprelay.video.record import Video, iso
from cliprelay.video.shown import event_status
from cliprelay.video.states import Status
from cliprelay.webhooks.retry_schedule import Ending

# Ten attempts are planned; crashes can add interrupted ones. An item must stay far below DynamoDB's 400 KB.
KEPT_ATTEMPTS = 50


class DeliveryStatus(StrEnum):
    """Status of a delivery."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    DISABLED = "disabled"
    CONTINUED = "continued"  # its execution was lost; the next delivery took over its attempts


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One delivery; times are ISO 8601 in UTC if clients see them, and epoch seconds if they are compared.

    It has no URL, body or secret: each attempt reads the current ones.
    """

    id: str
    video_id: str
    owner: str  # the tenant
    event_id: str
    number: int
    kind: str  # as in video.succeeded
    event_at: str
    created_at: str
    status: DeliveryStatus = DeliveryStatus.PENDING
    host: str | None = None
    attempts: list[dict[str, Any]] = field(default_factory=list)
    failures: int = 0  # failed attempts, including those of a continued delivery: the position in the schedule
    begun: int = 0  # attempts begun under this id; to begin the next one, a caller must have read this number
    begun_at: int | None = None  # start of an attempt in progress or interrupted
    answered: int = 0  # attempts under this id that ended with a decision
    next_at: int | None = None
    ending: Ending | None = None  # decided, but perhaps not reported to the operator yet
    due: str | None = None
    due_at: int | None = None
    failing_since: int | None = None  # since when no attempt has come to an end; None while they do
    expires_at: int | None = None
    data: dict[str, Any] | None = None  # of an event that is not about a video, whose `video_id` then names its subject

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        """Read a record, possibly of another version."""
        known = {f.name: item[f.name] for f in fields(cls) if f.name in item}
        known["status"] = DeliveryStatus(known["status"])
        if known.get("ending"):
            known["ending"] = Ending(known["ending"])
        return cls(**known)

    @property
    def is_pending(self) -> bool:
        """Whether the delivery has not ended."""
        return self.status is DeliveryStatus.PENDING

    def with_attempt(self, at: int, host: str | None, **outcome: Any) -> Self:
        """Return the delivery with one more attempt in its log."""
        attempt = {"at": at, "host": host, **{name: value for name, value in outcome.items() if value is not None}}
        return replace(self, attempts=[*self.attempts, attempt][-KEPT_ATTEMPTS:])

    def renumbered(self, number: int) -> Self:
        """Return the same delivery under another number."""
        return replace(self, number=number, id=delivery_id(self.event_id, number))

    def afresh(self, draft: "Delivery") -> "Delivery":
        """Return a new delivery of this one's earlier event, with the number of `draft`."""
        return replace(draft, event_id=self.event_id, kind=self.kind, event_at=self.event_at).renumbered(draft.number)


def delivery_id(event_id: str, number: int) -> str:
    """Return the id of a delivery, which is also the name of its execution."""
    return f"{event_id}-{number}"


def new_delivery(video: Video, now: datetime, retention: timedelta, number: int = 1) -> Delivery:
    """Return a delivery of the video's current event, without attempts; it expires with the video."""
    return _delivery(video, video.event_id or "", kind_of(video), now, retention, number)


def running_delivery(video: Video, now: datetime, retention: timedelta) -> Delivery:
    """Return the delivery that says that a video has begun to run; the event is no move of the record, so its id follows from the video."""
    event_id = event_id_of(f"{video.id}#{Status.RUNNING.value}", datetime.fromisoformat(video.created_at))
    return _delivery(replace(video, event_at=iso(now)), event_id, f"video.{Status.RUNNING.value}", now, retention, 1)


def _delivery(video: Video, event_id: str, kind: str, now: datetime, retention: timedelta, number: int) -> Delivery:
    return Delivery(
        id=delivery_id(event_id, number),
        video_id=video.id,
        owner=video.tenant,
        event_id=event_id,
        number=number,
        kind=kind,
        event_at=video.event_at or iso(now),
        created_at=iso(now),
        # An event of an open video precedes its end, which comes at the deadline at the latest.
        expires_at=video.expires_at or video.deadline + int(retention.total_seconds()),
    )


def delivery_of(
    *, event_id: str, tenant: str, kind: str, subject: str, data: dict[str, Any], now: datetime, retention: timedelta
) -> Delivery:
    """Return the first delivery of an event that is not about a video; `subject` names what it is about."""
    return Delivery(
        id=delivery_id(event_id, 1),
        video_id=subject,
        owner=tenant,
        event_id=event_id,
        number=1,
        kind=kind,
        event_at=iso(now),
        created_at=iso(now),
        expires_at=int((now + retention).timestamp()),
        data=data,
    )


def kind_of(video: Video) -> str:
    """Return the event type of a video's current state."""
    return f"video.{event_status(video).value}"
