"""What a deleted video leaves: its id, its times, its status and its money; everything that a client put in or got out goes."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from cliprelay.video.links import without_link
from cliprelay.video.record import DEFAULTS, Video, iso

# An Archive that began before the end lives for Lambda's 15 minutes at most, and may store the file again until then.
AGAIN_AFTER = timedelta(minutes=20)
# How long an address is kept for an event that is still on its way, before the sweep looks at its deliveries again.
ADDRESS_AGAIN_AFTER = timedelta(hours=1)

# Whatever is not named here goes, also attributes that only another version knows.
KEPT = frozenset(
    {
        # Identity, state and times.
        *("id", "tenant", "status", "run", "model", "created_at", "updated_at", "ended_at", "expires_at", "deadline", "progress"),
        *("claimed_at", "submitted_at", "archiving_at", "not_before", "expires_in", "cancel_requested_at", "discard"),
        "discard_after",
        # Money, and the evidence of it. A late answer to the paid call names the claim.
        *("quote", "tokens", "claim", "upstream_id", "attempts", "reserved", "budgets", "key_name", "resolved_charge", "is_recovered"),
        *("provider", "face", "asked_model"),
        # The Idempotency-Key's item, which has only hashes.
        "intent",
        # The event of the end, and the sweep.
        *("event_id", "event_at", "told", "due", "due_at", "failing_since"),
        # SHA-256 of links that have stopped working.
        "revoked_links",
    }
)
# Of `settings`, those that the price follows from.
KEPT_SETTINGS = frozenset({"duration", "resolution", "ratio", "aspect_ratio", "generate_audio", "service_tier", "execution_expires_after"})

_ERROR = "The video was deleted; the code says why it failed."


def erasure_of(item: Mapping[str, Any], now: datetime, *, keeps_address: bool) -> dict[str, Any]:
    """Return what a delete writes over the record of an ended video; `keeps_address`: an event is still to be sent there."""
    video = Video.from_item(item)
    kept = KEPT | ({"webhook_url", "webhook_events"} if keeps_address else set())
    # Also what the record does not have yet: other steps may write it before the delete does.
    sets: dict[str, Any] = dict.fromkeys(sorted((DEFAULTS.keys() | item.keys()) - kept))
    sets |= {"settings": {name: value for name, value in video.settings.items() if name in KEPT_SETTINGS}}
    sets |= {"error": {"code": video.error["code"], "message": _ERROR}} if video.error else {}
    sets |= {"revoked_links": revoked} if (revoked := without_link(video).revoked_links) else {}
    inputs = [image.key for image in (video.image, video.last_image) if image and image.key]
    sets |= {"erase_inputs": inputs} if inputs else {}
    return sets | {"deleted_at": iso(now), "updated_at": iso(now), "erase_at": int(now.timestamp())}


def next_pass(video: Video, now: datetime, *, keeps_address: bool) -> int | None:
    """Return when the objects are deleted again, after they were at `now`; None if that was the last time."""
    deleted = datetime.fromisoformat(video.deleted_at or video.updated_at)
    is_first = video.erase_at == int(deleted.timestamp())
    if is_first or now < deleted + AGAIN_AFTER:
        return int((max(now, deleted) + AGAIN_AFTER).timestamp())
    return int((now + ADDRESS_AGAIN_AFTER).timestamp()) if keeps_address else None
