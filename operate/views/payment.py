"""What is known about the money of one video, decided from its record alone."""

from enum import StrEnum

from cliprelay.video.record import Video
from cliprelay.video.states import TERMINAL, Status


class Money(StrEnum):
    """The three answers that there are."""

    PAID = "paid"
    NOT_PAID = "surely not"
    NOT_KNOWN = "not known"


# Ends without an upstream's id after which money may still be gone; every other such end was a refusal or a time-out in the queue.
_IN_DOUBT = {"outcome_unknown"}


def money(video: Video) -> tuple[Money, str]:
    """Whether the video was paid, and how that is known."""
    if (video.error or {}).get("code") == "charged_without_video":
        return Money.PAID, "its owner found the charge"
    if video.status in (Status.ARCHIVING, Status.SUCCEEDED):
        return Money.PAID, "the upstream made it"
    if video.upstream_id and video.status in TERMINAL:
        return Money.NOT_KNOWN, f"the upstream took it, and its bill says whether it charges for one that ends {video.status.value}"
    if video.upstream_id:
        return Money.PAID, "the upstream took it"
    if video.status is Status.SUBMITTING:
        return Money.NOT_KNOWN, "the paid call has begun, and its answer is not recorded yet"
    if video.status is Status.UNCONFIRMED or (video.error or {}).get("code") in _IN_DOUBT:
        return Money.NOT_KNOWN, "whether the upstream took the request was never learned"
    return Money.NOT_PAID, "the upstream has not taken it"
