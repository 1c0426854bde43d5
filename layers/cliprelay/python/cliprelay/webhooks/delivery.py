"""The record of one delivery: an event on its way to one webhook, and every attempt so far."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from cliprelay.video.record import Video, iso
from cliprelay.webhooks.retry_schedule import Ending

# Ten attempts are planned; what is more are those that a crash interrupted. An item must stay far below DynamoDB's 400 KB.
KEPT_ATTEMPTS = 50


class DeliveryStatus(StrEnum):
    """How a delivery stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    DISABLED = "disabled"
    CONTINUED = "continued"  # its execution was lost; the next delivery has its attempts and goes on


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One delivery; times are ISO 8601 in UTC where clients see them, epoch seconds where they are compared.

    It holds neither URL nor body nor secret: each attempt reads what is valid at that moment.
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
    failures: int = 0  # failed attempts, those of a continued delivery included: the place in the schedule
    begun: int = 0  # attempts begun under this name: who wants to begin the next must have seen this number
    begun_at: int | None = None  # an attempt that is under way, or was interrupted
    answered: int = 0  # attempts of this name that came to a verdict
    next_at: int | None = None
    ending: Ending | None = None  # decided, and perhaps not yet told to the owner
    due: str | None = None
    due_at: int | None = None
    expires_at: int | None = None

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        """Read a record of this or another version."""
        known = {f.name: item[f.name] for f in fields(cls) if f.name in item}
        known["status"] = DeliveryStatus(known["status"])
        if known.get("ending"):
            known["ending"] = Ending(known["ending"])
        return cls(**known)

    @property
    def is_pending(self) -> bool:
        """Whether it still goes on."""
        return self.status is DeliveryStatus.PENDING

    def with_attempt(self, at: int, host: str | None, **outcome: Any) -> Self:
        """The delivery with one more attempt in its log."""
        attempt = {"at": at, "host": host, **{name: value for name, value in outcome.items() if value is not None}}
        return replace(self, attempts=[*self.attempts, attempt][-KEPT_ATTEMPTS:])

    def renumbered(self, number: int) -> Self:
        """The same under another number."""
        return replace(self, number=number, id=delivery_id(self.event_id, number))

    def afresh(self, draft: "Delivery") -> "Delivery":
        """A new delivery of this one's event, which the video has left behind, numbered as `draft`."""
        return replace(draft, event_id=self.event_id, kind=self.kind, event_at=self.event_at).renumbered(draft.number)


def delivery_id(event_id: str, number: int) -> str:
    """Name of a delivery, and of the execution that carries it."""
    return f"{event_id}-{number}"


def new_delivery(video: Video, now: datetime, retention: timedelta, number: int = 1) -> Delivery:
    """A delivery of the video's present event that nobody has tried yet; it is kept for as long as the video."""
    event_id = video.event_id or ""
    return Delivery(
        id=delivery_id(event_id, number),
        video_id=video.id,
        owner=video.tenant,
        event_id=event_id,
        number=number,
        kind=kind_of(video),
        event_at=video.event_at or iso(now),
        created_at=iso(now),
        # An event of a payment in doubt comes before the end; the deadline brings that end.
        expires_at=video.expires_at or video.deadline + int(retention.total_seconds()),
    )


def kind_of(video: Video) -> str:
    """The type of the event that a video's present state is."""
    return f"video.{video.status.value}"
