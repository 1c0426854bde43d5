"""What a video counts for against a budget and in the usage report, by its record alone; pure functions."""

from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from cliprelay.catalog.micros import price_in_micros
from cliprelay.catalog.pricing import most_tokens
from cliprelay.catalog.registry import model_of
from cliprelay.video.record import Video
from cliprelay.video.states import Status

# The resolutions of an operator about a video that ended in doubt.
CHARGED, NOT_CHARGED = "charged", "not_charged"

# Failed while its charge was known, but not its task: the operator has resolved it so.
_KNOWN_CHARGE = "charged_without_video"
# Error codes of failed videos without a task id that may nevertheless have been charged.
_IN_DOUBT = frozenset({"outcome_unknown", _KNOWN_CHARGE})

# Reported usage may exceed the largest shape of an order by this factor. Published prices agree with the formula to 5 %; a figure far
# above it is a fault in the upstream's answer (or its unit), not a cost.
_BELIEVED = 2


class ChargeKind(StrEnum):
    """What is known about the charge of a video."""

    RESERVED = "reserved"  # it is open: it may still be charged, or has been
    SETTLED = "settled"  # it was charged
    RELEASED = "released"  # it was not charged
    DOUBTFUL = "doubtful"  # it ended, and may have been charged


class Charge(NamedTuple):
    """What a video counts for, in micro-dollars; a released one for nothing."""

    kind: ChargeKind
    micros: int


def charge_of(video: Video) -> Charge:
    """Return the charge of a video by its state, its task and, if its end left a doubt, the operator's resolution."""
    if not video.is_over:
        return Charge(ChargeKind.RESERVED, _quoted(video) if video.reserved is None else video.reserved)
    if video.status is Status.SUCCEEDED:
        return Charge(ChargeKind.SETTLED, _quoted(video))
    if video.resolved_charge == NOT_CHARGED or (_bought_nothing(video) and video.resolved_charge is None):
        return Charge(ChargeKind.RELEASED, 0)
    was_charged = video.resolved_charge == CHARGED or _error_code(video) == _KNOWN_CHARGE
    return Charge(ChargeKind.SETTLED if was_charged else ChargeKind.DOUBTFUL, _quoted(video))


def is_believable(video: Video, tokens: int) -> bool:
    """Report whether the upstream can have billed this many tokens for the order."""
    model = model_of(video.model)
    quoted = int((video.quote or {}).get("tokens", 0))
    return 0 < tokens <= _BELIEVED * max(quoted, most_tokens(model, video.spec) if model else 0)


def billed_tokens(video: Video) -> int | None:
    """Return the tokens that the upstream reported as billed; None if it reported none, or (to an earlier version) unbelievable ones."""
    return video.tokens if video.tokens and is_believable(video, video.tokens) else None


def _bought_nothing(video: Video) -> bool:
    return video.upstream_id is None and _error_code(video) not in _IN_DOUBT


def _error_code(video: Video) -> str | None:
    return (video.error or {}).get("code")


def _quoted(video: Video) -> int:
    """Return the price of the tokens that the upstream reported, if they are believable, else of the quote; 0 before quotes."""
    if video.quote is None:
        return 0
    return price_in_micros(billed_tokens(video) or int(video.quote["tokens"]), Decimal(video.quote["usd_per_million"]))
