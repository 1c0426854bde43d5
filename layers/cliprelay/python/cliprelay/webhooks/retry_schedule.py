"""What becomes of a delivery after an attempt: pure, so that days can be tried in a moment."""

import math
from dataclasses import dataclass
from enum import StrEnum

# Seconds before each attempt, from the one before: the example of Standard Webhooks 1.0, 75 h 35 min in all.
STEPS = (0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
# A crowd that failed together must not come back together. Only ever later, so that 75 h 35 min stay promised.
JITTER = 0.1
# A receiver may ask for more patience, for at most a day; asking for less would use up ten attempts before three days are over.
LONGEST_RETRY_AFTER = 86_400
# These two carry a Retry-After that is meant.
_THROTTLED = (429, 503)
GONE = 410


class Ending(StrEnum):
    """How a delivery ends."""

    DELIVERED = "delivered"
    FAILED = "failed"  # ten attempts in vain
    DISABLED = "disabled"  # the endpoint wants nothing any more


@dataclass(frozen=True)
class Reply:
    """What one attempt brought: a status, or a code for why there was none; `retry_after` in seconds, `ms` from connect to answer."""

    status: int | None = None
    error: str | None = None
    retry_after: float | None = None
    ms: int = 0

    @property
    def is_success(self) -> bool:
        """2xx and nothing else; an answer that broke off or did not end counts for nothing, whatever its status."""
        return self.error is None and self.status is not None and 200 <= self.status <= 299


@dataclass(frozen=True)
class Verdict:
    """An ending, or the seconds until the next attempt."""

    ending: Ending | None = None
    wait: int | None = None


def judge(reply: Reply, failures: int, jitter: float) -> Verdict:
    """What follows an attempt that `failures` failed ones went before; `jitter` is drawn from 0 to 1."""
    if reply.is_success:
        return Verdict(Ending.DELIVERED)
    if reply.status == GONE:
        return Verdict(Ending.DISABLED)
    if failures + 1 >= len(STEPS):
        return Verdict(Ending.FAILED)
    planned = STEPS[failures + 1] * (1 + JITTER * jitter)
    asked = reply.retry_after if reply.status in _THROTTLED and reply.retry_after else 0
    return Verdict(wait=math.ceil(max(planned, min(asked, LONGEST_RETRY_AFTER))))
