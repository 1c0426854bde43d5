"""The record of a new video, as an order asks for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from cliprelay import ids
from cliprelay.orders.fingerprint import Picture
from cliprelay.orders.image_check import Inspected
from cliprelay.orders.origin import Origin
from cliprelay.orders.quote import quote_to_store
from cliprelay.orders.warnings import warnings_of
from cliprelay.tenants.api_keys import Identity
from cliprelay.video.listing import NOT_BEFORE
from cliprelay.video.record import ImageSource, Video, iso, queue_deadline
from cliprelay.video.states import Status
from cliprelay.video.table import due_key

if TYPE_CHECKING:
    from cliprelay.orders.order import Order

# The sweep starts a missing execution after this delay.
KEEPER_EXPECTED = timedelta(minutes=1)

_NO_KEY = {
    "code": "no_idempotency_key",
    "message": "Sent without an Idempotency-Key: repeating this request creates, and pays for, another video.",
}


@dataclass(frozen=True)
class StoredInput:
    """An image of an accepted order: where it is stored, and what identifies it."""

    source: ImageSource
    picture: Picture


class Sent(NamedTuple):
    """How an order was sent: with whose key, with which intent (None: without an Idempotency-Key), to which URL, through which API."""

    identity: Identity
    intent: str | None
    base_url: str
    origin: Origin | None

    def warnings(self, window: int) -> list[dict[str, str]]:
        """Warn an order without an Idempotency-Key of what its repeats do; `window`: within so many seconds they are the same order."""
        if self.intent is not None:
            return []
        return [_repeat_window(window)] if self.origin and window else [_NO_KEY]


def draft_of(
    order: "Order", inspected: Inspected, images: Mapping[str, StoredInput], sent: Sent, *, price: int, window: int, now: datetime
) -> Video:
    """Return the record of a new video, whose dearest shape costs `price` micro-dollars; `images` are stored, by role."""
    video_id, spec = ids.video_id(now), order.spec
    begins_at = max(now, datetime.fromisoformat(order.not_before)) if order.not_before else now
    sources = {role: image.source for role, image in images.items()}
    notes = [dict(each) for each in sent.origin.warnings] if sent.origin else []
    return Video(
        id=video_id,
        tenant=sent.identity.tenant,
        key_name=sent.identity.key_name,
        status=Status.QUEUED,
        run=1,
        model=order.model,
        settings=order.settings,
        image=sources.get("image"),
        last_image=sources.get("last_image"),
        metadata=order.metadata,
        webhook_url=order.webhook_url,
        webhook_events=list(order.webhook_events) if order.webhook_events else None,
        provider=order.entry.handling.provider,
        quote=quote_to_store(order.entry, spec, order.sizes, turned="image" in order.turned),
        reserved=price,
        warnings=[*sent.warnings(window), *warnings_of(order.entry, spec, order.given), *inspected.warnings, *notes],
        base_url=sent.base_url,
        intent=sent.intent,
        face=sent.origin.face if sent.origin else None,
        asked_model=sent.origin.asked_model if sent.origin else None,
        created_at=iso(now),
        updated_at=iso(now),
        deadline=queue_deadline(begins_at, spec, order.expires_in),
        expires_in=order.expires_in,
        not_before=order.not_before,
        waiting_for=NOT_BEFORE if begins_at > now else None,
        due=due_key(video_id),
        due_at=int((now + KEEPER_EXPECTED).timestamp()),
    )


def _repeat_window(seconds: int) -> dict[str, str]:
    message = f"Sent without an Idempotency-Key: an equal request with the same API key within {seconds} s gets this video, too."
    return {"code": "repeat_window", "message": message}
