"""Decide from a video's record whether it was paid."""

from enum import StrEnum

from cliprelay.video.charge import CHARGED
from cliprelay.video.record import Video
from cliprelay.video.states import TERMINAL, Status


class PaymentState(StrEnum):
    """Whether a video was paid."""

    PAID = "paid"
    NOT_PAID = "not paid"
    NOT_KNOWN = "unknown"


# Without an upstream id, only these failures may have cost money; all others are refusals or expired queue deadlines.
_UNCERTAIN = {"outcome_unknown"}


def payment(video: Video) -> tuple[PaymentState, str]:
    """Return whether the video was paid, and the evidence."""
    if video.resolved_charge is not None:
        return PaymentState.PAID if video.resolved_charge == CHARGED else PaymentState.NOT_PAID, "the operator looked at the bill"
    if (video.error or {}).get("code") == "charged_without_video":
        return PaymentState.PAID, "the operator found the charge"
    if video.status in (Status.ARCHIVING, Status.SUCCEEDED):
        return PaymentState.PAID, "the upstream made it"
    if video.upstream_id and video.status in TERMINAL:
        return (
            PaymentState.NOT_KNOWN,
            f"the upstream accepted it; check its bill for whether a video that ends {video.status.value} is charged",
        )
    if video.upstream_id:
        return PaymentState.PAID, "the upstream accepted it"
    if video.status is Status.SUBMITTING:
        return PaymentState.NOT_KNOWN, "the paid call has started, and its answer is not recorded yet"
    if video.status is Status.UNCONFIRMED or (video.error or {}).get("code") in _UNCERTAIN:
        return PaymentState.NOT_KNOWN, "no answer said whether the upstream accepted the request"
    return PaymentState.NOT_PAID, "the upstream has not accepted it"
