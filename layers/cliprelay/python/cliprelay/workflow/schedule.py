"""Decide when to poll next; pure, and within the execution history limit of a 72-hour video."""

from dataclasses import dataclass

from cliprelay.catalog.model import SECONDS_PER_EXTRA_SECOND, TIMED_SECONDS
from cliprelay.catalog.spec import Spec


@dataclass(frozen=True)
class Pace:
    """The polling pace of a service tier, in seconds."""

    first: int
    floor: int
    cap: int


# Generation times are log-normal with a median near 50 s and p95 near 180 s (upstream documentation gives no figure; these
# restate samples and resellers' notes), so a tenth of all videos is finished after about 18 s; polling earlier is wasted.
# Flex is a batch queue: minutes to hours.
PACES = {"default": Pace(first=18, floor=6, cap=300), "flex": Pace(first=60, floor=30, cap=1800)}

# Waiting a twentieth of the time already waited limits the delay to about 2.5 % of the total, on average.
GROWTH = 0.05
# The upstream's own estimate is unreliable: it may at most double a wait, and shorten one only while the video is young
# (an "eta: 1" that is stuck for 72 hours would otherwise exhaust the history of the execution).
ETA_STRETCH = 2
YOUNG = 600


def first_wait(spec: Spec) -> int:
    """Return the seconds from submit to first poll; never raises, because the video is already paid for."""
    return _pace(spec.tier).first + SECONDS_PER_EXTRA_SECOND * max(0, (spec.duration or 0) - TIMED_SECONDS)


def next_wait(waited: float, tier: str, eta: float | None = None) -> int:
    """Return the whole seconds until the next poll, after `waited` seconds of waits so far."""
    pace = _pace(tier)
    base = min(max(waited * GROWTH, pace.floor), pace.cap)
    return round(min(_bent(base, waited, pace, eta), pace.cap))


def _pace(tier: str) -> Pace:
    return PACES.get(tier, PACES["default"])


def _bent(base: float, waited: float, pace: Pace, eta: float | None) -> float:
    if eta is None or eta <= 0:
        return base
    least = pace.floor if waited < YOUNG else base
    return min(max(eta, least), ETA_STRETCH * base)


def backoff(attempt: int, first: float = 5, cap: float = 300) -> int:
    """Return the seconds to wait after the `attempt`-th consecutive failure (from 1): doubling, bounded."""
    doublings = min(max(attempt - 1, 0), 20)
    return round(min(first * (1 << doublings), cap))
