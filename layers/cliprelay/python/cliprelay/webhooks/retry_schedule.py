"""What follows a delivery attempt: pure decisions, so that tests need no waiting."""

import math
from dataclasses import dataclass
from enum import StrEnum

# Seconds between each attempt and the one before: the example of Standard Webhooks 1.0, 75 h 35 min in total.
STEPS = (0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
# Deliveries that failed together must not return together. Jitter only adds time, so the 75 h 35 min remain a promise.
JITTER = 0.1
# A receiver may ask for a longer wait of up to a day; shorter ones would use up the ten attempts before three days are over.
LONGEST_RETRY_AFTER = 86_400
# Retry-After is honoured for these two only.
_THROTTLED = (429, 503)
GONE = 410


class Ending(StrEnum):
    """How a delivery ends."""

    DELIVERED = "delivered"
    FAILED = "failed"  # all ten attempts failed
    DISABLED = "disabled"  # the endpoint is gone


@dataclass(frozen=True)
class Reply:
    """Result of one attempt: a status, or a code for its absence; `retry_after` in seconds, `ms` from connect to answer."""

    status: int | None = None
    error: str | None = None
    retry_after: float | None = None
    ms: int = 0

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx and the answer was complete."""
        return self.error is None and self.status is not None and 200 <= self.status <= 299


@dataclass(frozen=True)
class RetryDecision:
    """An ending, or the wait in seconds until the next attempt."""

    ending: Ending | None = None
    wait: int | None = None


def judge(reply: Reply, failures: int, jitter: float) -> RetryDecision:
    """Decide what follows an attempt after `failures` failed ones; `jitter` is a random number from 0 to 1."""
    if reply.is_success:
        return RetryDecision(Ending.DELIVERED)
    if reply.status == GONE:
        return RetryDecision(Ending.DISABLED)
    if failures + 1 >= len(STEPS):
        return RetryDecision(Ending.FAILED)
    planned = STEPS[failures + 1] * (1 + JITTER * jitter)
    asked = reply.retry_after if reply.status in _THROTTLED and reply.retry_after else 0
    return RetryDecision(wait=math.ceil(max(planned, min(asked, LONGEST_RETRY_AFTER))))
