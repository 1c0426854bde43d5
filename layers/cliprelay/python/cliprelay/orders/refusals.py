"""The refusals of an order that is valid, and could not be recorded, or not for certain."""

from cliprelay.errors import Refusal
from cliprelay.video.idempotency import Intent
from cliprelay.video.record import Video


def busy() -> Refusal:
    """Build the refusal of an order that was not recorded because others kept its items busy."""
    return Refusal(
        "busy", "Too many orders are being recorded at this moment; this one was not. Send it again with the same key.", retry_after=1
    )


def reused(intent: Intent) -> Refusal:
    """Build the refusal of a key that another order has used."""
    detail = (
        "This Idempotency-Key was used for another order, which is `video_id`. Send that order again to get its video, or use a new key."
    )
    return Refusal("idempotency_key_reused", detail, video_id=intent.video_id)


def queue_full(limit: int) -> Refusal:
    """Build the refusal of an order over the limit of queued videos."""
    detail = f"You already have {limit} videos waiting to be submitted; nothing was recorded. Try again when some have been submitted."
    return Refusal("queue_full", detail, retry_after=60)


def uncertain(video: Video) -> Refusal:
    """Build the refusal of an order of which it is not known whether it was recorded."""
    return Refusal(
        "not_recorded",
        "The request may or may not have been recorded. Read `video_id`; if it does not exist, send the request again with the same key.",
        retry_after=5,
        video_id=video.id,
    )
