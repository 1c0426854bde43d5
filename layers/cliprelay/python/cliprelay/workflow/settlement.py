"""Decide what the answer to a paid call means for the video, its execution and the account; pure functions."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from cliprelay.errors import NotAccepted, OutcomeUnknown, RefusedAccount, RefusedVideo, UpstreamError
from cliprelay.video.record import Video
from cliprelay.video.states import Status
from cliprelay.workflow.decisions import back_in_queue, sentence, unconfirmed, unsubmitted
from cliprelay.workflow.durations import NOTHING, Durations
from cliprelay.workflow.schedule import backoff, first_wait

# Bounds for the upstream's Retry-After, in seconds: a typo there must not stop a video for a year.
SOONEST, LATEST = 1, 300
# How many consecutive times Retry-After is honoured: a "1" repeated for days would exhaust the execution's history.
BELIEVED = 5
# A rejected key or an empty balance is fixed by a person, so retries start slower than for a busy upstream.
ACCOUNT_FIRST_WAIT = 30


class Account(StrEnum):
    """What an answer shows about the account; UNKNOWN if the request never got that far."""

    WORKS = "works"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Settlement:
    """The move that follows from an answer; `wait` is in seconds, `code` gives the reason."""

    target: Status
    changes: dict[str, Any] = field(default_factory=dict)
    wait: int = 0
    account: Account = Account.UNKNOWN
    code: str | None = None


def settle_paid(video: Video, seen: Durations = NOTHING) -> Settlement:
    """Settle an accepted request: the video runs and is polled after its first wait."""
    wait = first_wait(video.spec, seen)
    return Settlement(Status.RUNNING, {"waited": wait, "error": None}, wait, Account.WORKS)


def settle_foreign_task(video: Video) -> Settlement:
    """Settle an answer with the task of another video: unconfirmed until the operator decides."""
    error = unconfirmed("it answered with the task of another video")
    return Settlement(Status.UNCONFIRMED, {"error": error}, account=Account.WORKS, code="task_of_another")


def settle_error(video: Video, error: UpstreamError) -> Settlement:
    """Settle a request that was not accepted, or whose outcome is unknown."""
    match error:
        case NotAccepted() | RefusedAccount():
            # A refused account opens the breaker, which has an alarm of its own.
            account = Account.REFUSED if isinstance(error, RefusedAccount) else Account.UNKNOWN
            since = {} if isinstance(error, RefusedAccount) else {"failing_since": video.failing_since or video.claimed_at}
            changes = back_in_queue(video, error.code) | since
            return Settlement(Status.QUEUED, changes, _pause(error, video.attempts + 1), account, error.code)
        case RefusedVideo():
            refusal = {"code": error.code, "message": sentence(f"{error.message}; nothing was charged")}
            return Settlement(Status.FAILED, {"error": refusal}, account=Account.WORKS, code=error.code)
        case OutcomeUnknown():
            return Settlement(Status.UNCONFIRMED, {"error": unconfirmed(error.message)}, code=error.code)
    raise TypeError(f"{type(error).__name__} is not an answer to a paid call")


def settle_unsent(video: Video) -> Settlement:
    """Settle a request that was never sent, because its claim came too late, or because its owner canceled the video after it."""
    return Settlement(Status.QUEUED, back_in_queue(video, "claim_too_late"))


def in_view_of(video: Video, settlement: Settlement) -> Settlement:
    """Return what a settlement is for the video as it is now: one that its owner has canceled ends instead of going back to the queue."""
    if settlement.target is not Status.QUEUED or not video.cancel_requested_at:
        return settlement
    return replace(settlement, target=Status.CANCELED, changes=unsubmitted(), wait=0)


def _pause(refusal: UpstreamError, attempt: int) -> int:
    if refusal.retry_after is not None:
        return round(min(max(refusal.retry_after, backoff(attempt - BELIEVED, first=SOONEST)), LATEST))
    return backoff(attempt, first=ACCOUNT_FIRST_WAIT if isinstance(refusal, RefusedAccount) else 5, cap=LATEST)
