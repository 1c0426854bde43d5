"""Decide when to poll next; pure, and within the execution history limit of a 72-hour video."""

import math

from cliprelay.catalog.model import SECONDS_PER_EXTRA_SECOND, TIMED_SECONDS
from cliprelay.catalog.spec import Spec
from cliprelay.workflow.durations import NOTHING, Durations
from cliprelay.workflow.pace import Pace, pace_of
from cliprelay.workflow.plan import planned_wait

# The upstream's own estimate is unreliable: it may at most double a wait, and shorten one only while the video is young
# (an "eta: 1" that is stuck for 72 hours would otherwise exhaust the history of the execution).
ETA_STRETCH = 2
YOUNG = 600
# The wait after the first poll without an answer, in seconds; most such faults are over by then. No shorter, for the history's sake.
SOON = 300
# The longest wait after the deadline, when only silence keeps a video from its end, in seconds.
OVERDUE = 3_600


def first_wait(spec: Spec, seen: Durations = NOTHING) -> int:
    """Return the seconds from submit to first poll; never raises, because the video is already paid for."""
    pace = pace_of(spec.tier)
    usual = pace.first + SECONDS_PER_EXTRA_SECOND * max(0, (spec.duration or 0) - TIMED_SECONDS)
    return _learned(0, pace, seen) or usual


def next_wait(age: float, tier: str, eta: float | None = None, seen: Durations = NOTHING) -> int:
    """Return the whole seconds until the next poll of a video of this age, in seconds since its submit."""
    pace = pace_of(tier)
    base = _learned(age, pace, seen) or pace.wait(age)
    return max(round(min(_bent(base, age, pace, eta), pace.cap)), 1)


def _learned(age: float, pace: Pace, seen: Durations) -> int | None:
    """Return the wait that follows from the durations seen; None where they tell nothing."""
    if age >= seen.longest:
        return None
    shortest, longest = pace.bounds(age)
    return round(min(max(planned_wait(age, pace, seen), shortest), longest))


def _bent(base: float, age: float, pace: Pace, eta: float | None) -> float:
    if eta is None or eta <= 0:
        return base
    least = min(pace.floor, base) if age < YOUNG else base
    return min(max(eta, least), ETA_STRETCH * base)


def wait_in_silence(wait: float, silent: float, retry_after: float | None = None) -> int:
    """Return the seconds until the next poll after one without an answer, given the usual wait and how long there has been none.

    Such a poll says nothing of the task, so it is repeated soon; each time the silence is twice as long.
    """
    return round(min(wait, max(silent, SOON, retry_after or 0)))


def by_deadline(wait: float, left: float) -> int:
    """Return a wait that ends within two seconds of the deadline, `left` seconds ahead; after the deadline, at most OVERDUE."""
    return round(min(wait, math.ceil(left) + 1 if left >= 0 else OVERDUE))


def backoff(attempt: int, first: float = 5, cap: float = 300) -> int:
    """Return the seconds to wait after the `attempt`-th consecutive failure (from 1): doubling, bounded."""
    doublings = min(max(attempt - 1, 0), 20)
    return round(min(first * (1 << doublings), cap))
