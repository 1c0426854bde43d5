"""When to ask the upstream next: pure, and small enough to hold the history budget of a 72-hour video."""

from dataclasses import dataclass

from cliprelay.catalog.spec import Spec


@dataclass(frozen=True)
class Pace:
    """How one service tier is asked; all in seconds."""

    first: int
    floor: int
    cap: int


# Generation times are log-normal with a median near 50 s and p95 near 180 s (upstream documentation gives no figure; these
# restate samples and resellers' notes), so a tenth of all videos is done after about 18 s. Before that, asking is wasted.
# Flex is a batch queue: minutes to hours.
PACES = {"default": Pace(first=18, floor=6, cap=300), "flex": Pace(first=60, floor=30, cap=1800)}

# A clip of more than 5 s takes about 4 s longer for each extra second of video.
EXTRA_PER_VIDEO_SECOND = 4
# Waiting a twentieth of what was waited already keeps the lateness near 2.5 % of the whole, on average.
GROWTH = 0.05
# The upstream's own estimate is unreliable: it may stretch a wait to the double, and shorten it only while the video is young
# (a stuck "eta: 1" for 72 hours would otherwise eat the history of the execution).
ETA_STRETCH = 2
YOUNG = 600


def first_wait(spec: Spec) -> int:
    """Return the seconds from the submit to the first question; never raises, because the video is paid for by then."""
    return _pace(spec.tier).first + EXTRA_PER_VIDEO_SECOND * max(0, (spec.duration or 0) - 5)


def next_wait(waited: float, tier: str, eta: float | None = None) -> int:
    """Seconds until the next question, after `waited` seconds of ordered waits; a whole number, as Step Functions wants it."""
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
    """Seconds to wait after the `attempt`-th failure in a row (1 is the first): doubling, bounded."""
    doublings = min(max(attempt - 1, 0), 20)
    return round(min(first * (1 << doublings), cap))
