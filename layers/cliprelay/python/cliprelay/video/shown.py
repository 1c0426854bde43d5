"""The status that clients see: that of the record, or `canceled` from the moment at which the owner asked for that."""

from typing import Literal

from cliprelay.video.record import Video
from cliprelay.video.states import TERMINAL, Status

Billed = Literal["possibly", "yes", "no", "unknown"]


def shown(video: Video) -> Status:
    """Return the status of a video as views, lists, waiting requests and events show it."""
    return video.status if video.cancel_requested_at is None else Status.CANCELED


def has_ended(video: Video) -> bool:
    """Return whether clients see the video as ended; of a canceled one, the money may still be open."""
    return shown(video) in TERMINAL


def event_status(video: Video) -> Status:
    """Return the status that the event of the present state tells; an unconfirmed video may have been canceled since its event."""
    return shown(video) if video.is_over else video.status


def billed(video: Video) -> Billed | None:
    """Return whether a canceled video is paid for: `possibly` until that is known; None for other videos."""
    if video.cancel_requested_at is None:
        return None
    if not video.is_over:
        return "possibly"
    from cliprelay.video.charge import ChargeKind, charge_of  # most steps never ask for it, nor for prices

    kinds: dict[ChargeKind, Billed] = {ChargeKind.SETTLED: "yes", ChargeKind.RELEASED: "no", ChargeKind.DOUBTFUL: "unknown"}
    return kinds[charge_of(video).kind]
