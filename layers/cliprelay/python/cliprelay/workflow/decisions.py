"""Decide what an answer of the upstream, or the passing of time, means for a video; pure functions."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cliprelay.upstream.contract import Outcome, Task
from cliprelay.video.charge import is_believable
from cliprelay.video.record import Video, deadline_after, iso
from cliprelay.video.states import Status

# Archive follows at once, so the move to archiving extends the lease for its first attempt, too. With the table's margin, that is
# five minutes more than Archive may take, and not so long that the move after it has to shorten the lease.
FIRST_COPY = timedelta(minutes=10)
# Consecutive unusable answers of one kind (no such task; finished, but no link) before the video fails. With the doubling
# waits between them this takes 15 minutes: a brief fault in the upstream's own store must not end a paid video.
MISSES_ALLOWED = 8
# The vendor retains a finished video for 24 hours; after that there is nothing left to copy.
LINK_KEPT = timedelta(hours=24)
# If our side was down for those 24 hours, the links that the upstream still returns are tried this often first: with the waits
# between them, for ten minutes, so that a file that cannot be verified can be confirmed (video/kept_copies.py). A link that failed
# for a whole day has failed about 290 times.
COPIES_OWED = 8
# If the upstream does not answer at all, the video ends one day after its deadline.
SILENCE_ALLOWED = timedelta(hours=24)

CHARGED = "it may have been charged"

# The warning of a video whose reported usage cannot be true; its cost stays the estimate.
USAGE_DOUBTED = {
    "code": "usage_doubted",
    "message": "The upstream reported far more tokens than the video can have; the cost shown is the estimate.",
}

# Ends of paid videos whose file was never obtained; each raises an alarm.
LOST = frozenset({"lost_upstream", "missing_output", "video_gone", "video_unverified", "video_not_copied", "upstream_silent"})

# Why a link that works did not bring the video; other codes mean that it does not work (any more).
_NOT_COPIED = {
    "address_refused": "its links lead to an address that is not allowed",
    "too_many_redirects": "its links redirect too often",
    "over_the_size_cap": "the file is larger than this deployment can store",
    "out_of_time": "its links are too slow to copy the file in the time of one run",
    "empty": "its links serve an empty file",
    "cut": "every download ended before the length that its link announced",
    "download_broken": "every download broke off",
}


@dataclass(frozen=True)
class Decision:
    """A move to `target`, or only `changes` to store if it is None; `keep_for` is how long the next step needs the video."""

    target: Status | None = None
    changes: dict[str, Any] = field(default_factory=dict)
    doubted_tokens: int | None = None  # reported as billed, and not believed
    keep_for: timedelta = timedelta(0)


def judge_time(video: Video, now: datetime, grace: timedelta) -> Decision | None:
    """Decide by the clock and the stored evidence alone; None means no decision yet."""
    late = now.timestamp() > video.deadline
    match video.status:
        case Status.QUEUED if video.upstream_id:
            return Decision(Status.RUNNING, _out_of_queue(video, now))
        case Status.QUEUED if video.cancel_requested_at:
            # A version that knows no cancel has put it back.
            return Decision(Status.CANCELED, unsubmitted())
        case Status.QUEUED if late:
            message = "The upstream did not accept the request in time; nothing was charged."
            return Decision(Status.FAILED, {"error": _error("not_submitted", message)})
        case Status.SUBMITTING | Status.UNCONFIRMED if video.upstream_id:
            # The evidence was stored, but the step died (or was late) before the next move.
            return Decision(Status.RUNNING, {"error": None})
        case Status.SUBMITTING if now.timestamp() > (video.claimed_at or 0) + grace.total_seconds():
            return Decision(Status.UNCONFIRMED, {"error": unconfirmed("the function that paid ended without a result")})
        case Status.UNCONFIRMED if late:
            message = f"It was never confirmed whether the upstream accepted the request; {CHARGED}."
            return Decision(Status.FAILED, {"error": _error("outcome_unknown", message)})
    return None


def judge_task(video: Video, task: Task, now: datetime) -> Decision:
    """Decide by the answer about a running or archiving video."""
    if video.status is Status.ARCHIVING:
        return _judge_copying(video, task, now)
    match task.outcome:
        case Outcome.SUCCEEDED if task.video_url:
            epoch = int(now.timestamp())
            link = {**_links(task, now), "archiving_at": epoch, "copying_since": epoch, "progress": 99}
            if task.tokens and not is_believable(video, task.tokens):
                return Decision(Status.ARCHIVING, link | {"warnings": [*video.warnings, USAGE_DOUBTED]}, task.tokens, FIRST_COPY)
            return Decision(Status.ARCHIVING, link | ({"tokens": task.tokens} if task.tokens else {}), keep_for=FIRST_COPY)
        case Outcome.SUCCEEDED:
            return _missed(video, "missing_output", "The upstream finished the video but never returned a link to it")
        case Outcome.FAILED | Outcome.EXPIRED | Outcome.CANCELED:
            message = sentence(task.error_message or task.outcome)
            return Decision(Status(task.outcome), {"error": _error(task.error_code or task.outcome, message)})
    if now.timestamp() > video.deadline:
        return Decision(Status.EXPIRED, {"error": _error("deadline", f"The upstream was still working at the deadline; {CHARGED}.")})
    return Decision(None, {"misses": 0, **_progress(video, task, now)})


def judge_absence(video: Video) -> Decision:
    """Decide when the upstream does not know the task: retry at first, then give the video up as lost."""
    if video.status is Status.ARCHIVING:
        return _missed(video, *_end_of_copying(video))
    return _missed(video, "lost_upstream", "The upstream does not know the task that it accepted")


def judge_silence(video: Video, now: datetime) -> Decision:
    """Decide when the upstream gives no usable answer: end the video only a day after its deadline."""
    if now.timestamp() <= video.deadline + SILENCE_ALLOWED.total_seconds():
        return Decision(None, _failing(video, now))
    if video.kept_copies:
        return _uncopied(video)
    message = f"The upstream did not answer until a day after the deadline; {CHARGED}."
    target = Status.FAILED if video.status is Status.ARCHIVING else Status.EXPIRED
    return Decision(target, {"error": _error("upstream_silent", message)})


def unconfirmed(reason: str) -> dict[str, str]:
    """Return the error of a video whose payment cannot be confirmed."""
    message = f"It is unknown whether the upstream accepted the request ({reason}); {CHARGED}. It is not submitted again automatically."
    return _error("outcome_unknown", message)


def sentence(text: str) -> str:
    """Turn a clause into a sentence; only its first letter changes, so that codes keep their spelling."""
    return f"{text[:1].upper()}{text[1:]}."


def requeued(video: Video, code: str) -> Decision:
    """Decide what becomes of a video that was certainly not accepted: back to the queue, or the end if its owner has canceled it."""
    if video.cancel_requested_at:
        return Decision(Status.CANCELED, unsubmitted())
    return Decision(Status.QUEUED, back_in_queue(video, code))


def unsubmitted() -> dict[str, Any]:
    """Return the changes that end a canceled video for which nothing was paid."""
    return {"waiting_for": None, "submitted_at": None, "error": None}


def back_in_queue(video: Video, code: str) -> dict[str, Any]:
    """Return the changes that requeue an unpaid video; its deadline is again the one that it began with."""
    return {"attempts": video.attempts + 1, "waiting_for": code, "deadline": video.submit_by, "submitted_at": None, "error": None}


def _out_of_queue(video: Video, now: datetime) -> dict[str, Any]:
    """Return the changes for a requeued video that proved to be paid; its deadline counts from its claim."""
    claimed_at = video.claimed_at or int(now.timestamp())
    deadline = deadline_after(datetime.fromtimestamp(claimed_at, UTC), video.spec)
    return {"deadline": deadline, "submitted_at": claimed_at, "waiting_for": None, "error": None}


def _judge_copying(video: Video, task: Task, now: datetime) -> Decision:
    has_link = task.outcome is Outcome.SUCCEEDED and bool(task.links)
    late = now.timestamp() > (video.archiving_at or 0) + LINK_KEPT.total_seconds()
    if late and not (has_link and video.copies < COPIES_OWED):
        return _uncopied(video)
    if has_link:
        return Decision(None, _links(task, now))
    if task.outcome is Outcome.RUNNING:
        return Decision(None, _failing(video, now))  # a status that goes backwards is ignored, but not for ever
    return _missed(video, *_end_of_copying(video))


def _links(task: Task, now: datetime) -> dict[str, Any]:
    """Return what is stored of an answer's links, with its time: two links of one answer confirm nothing about each other."""
    return {"upstream_url": task.links[0], "more_urls": task.links[1:] or None, "link_at": int(now.timestamp()), "misses": 0}


def _uncopied(video: Video) -> Decision:
    code, sentence = _end_of_copying(video)
    return Decision(Status.FAILED, {"error": _error(code, f"{sentence}; {CHARGED}.")})


def _end_of_copying(video: Video) -> tuple[str, str]:
    """Return why a finished video could not be copied: its code, and a sentence without a full stop."""
    if video.kept_copies:
        doubts = ", ".join(dict.fromkeys(each.doubt for each in video.kept_copies))
        return "video_unverified", f"The provider's file could not be verified ({doubts}). It is kept, and the operator can deliver it"
    reasons = {code: times for code, times in video.refusals.items() if code in _NOT_COPIED}
    if reasons:
        code = max(reasons, key=lambda each: reasons[each])
        return "video_not_copied", f"The finished video could not be copied: {_NOT_COPIED[code]} ({code})"
    return "video_gone", "The upstream no longer returns a working link to the finished video"


def _failing(video: Video, now: datetime) -> dict[str, Any]:
    """Return what is stored of an answer that did not get the video any further; an alarm rings if they all are like that for an hour."""
    return {"failing_since": video.failing_since or int(now.timestamp())}


def _missed(video: Video, code: str, sentence: str) -> Decision:
    misses = video.misses + 1
    if misses <= MISSES_ALLOWED:
        return Decision(None, {"misses": misses})
    return Decision(Status.FAILED, {"error": _error(code, f"{sentence}; {CHARGED}.")})


def _progress(video: Video, task: Task, now: datetime) -> dict[str, Any]:
    # The upstream's figure may stall or fall; ours never decreases, and 100 means the file is stored.
    progress = min(task.progress or 0, 99)
    return {"progress": progress, "updated_at": iso(now)} if progress > video.progress else {}


def _error(code: str, message: str) -> dict[str, str]:
    return {"code": code, "message": message}
