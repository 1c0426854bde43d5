"""What an answer of the upstream, or the passing of time, means for a video: pure, and shared by every step that judges."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cliprelay.upstream.contract import Outcome, Task
from cliprelay.video.record import Video, deadline_after, iso
from cliprelay.video.states import Status

# Unusable answers of one kind in a row (no such task; done, but no link) before the video is given up. With the doubling
# waits between them this is a quarter of an hour: a bad moment of the upstream's own store must not end what is paid.
MISSES_ALLOWED = 8
# The vendor keeps a finished video for 24 hours: a copy that failed for so long has nothing left to copy.
LINK_KEPT = timedelta(hours=24)
# But if it was our side that stood still for that long, the links that the upstream still gives are tried first. One that failed
# for a day has failed some 290 times.
COPIES_OWED = 5
# An upstream that answers nothing at all is waited for one day beyond the deadline; then the request has to end.
SILENCE_ALLOWED = timedelta(hours=24)

CHARGED = "it may have been charged"

# Ends of videos that were paid and whose film nobody has: an alarm rings for each.
LOST = frozenset({"lost_upstream", "missing_output", "video_gone", "upstream_silent"})


@dataclass(frozen=True)
class Decision:
    """A move to make (`target`), or with None what to note while nothing moves."""

    target: Status | None = None
    changes: dict[str, Any] = field(default_factory=dict)


def judge_time(video: Video, now: datetime, grace: timedelta) -> Decision | None:
    """What the clock alone decides about a video that nobody is working on; None: nothing yet."""
    late = now.timestamp() > video.deadline
    match video.status:
        case Status.QUEUED if video.upstream_id:
            return Decision(Status.RUNNING, _out_of_queue(video, now))
        case Status.QUEUED if late:
            message = "The upstream did not take the request in time; nothing was charged."
            return Decision(Status.FAILED, {"error": _error("not_submitted", message)})
        case Status.SUBMITTING | Status.UNCONFIRMED if video.upstream_id:
            # The evidence was stored, and the step died (or was late) before the move that follows from it.
            return Decision(Status.RUNNING, {"error": None})
        case Status.SUBMITTING if now.timestamp() > (video.claimed_at or 0) + grace.total_seconds():
            return Decision(Status.UNCONFIRMED, {"error": unconfirmed("the function that paid ended without a word")})
        case Status.UNCONFIRMED if late:
            message = f"Whether the upstream took the request was never learned; {CHARGED}."
            return Decision(Status.FAILED, {"error": _error("outcome_unknown", message)})
    return None


def judge_task(video: Video, task: Task, now: datetime) -> Decision:
    """What an answer about a running or archiving video decides."""
    if video.status is Status.ARCHIVING:
        return _judge_copying(video, task, now)
    match task.outcome:
        case Outcome.SUCCEEDED if task.video_url:
            link = {"upstream_url": task.video_url, "archiving_at": int(now.timestamp()), "misses": 0, "progress": 99}
            return Decision(Status.ARCHIVING, link | ({"tokens": task.tokens} if task.tokens else {}))
        case Outcome.SUCCEEDED:
            return _missed(video, "missing_output", "The upstream finished the video, but never gave a link to it")
        case Outcome.FAILED | Outcome.EXPIRED | Outcome.CANCELED:
            message = sentence(task.error_message or task.outcome)
            return Decision(Status(task.outcome), {"error": _error(task.error_code or task.outcome, message)})
    if now.timestamp() > video.deadline:
        return Decision(Status.EXPIRED, {"error": _error("deadline", f"The upstream was still working at the deadline; {CHARGED}.")})
    return Decision(None, {"misses": 0, **_progress(video, task, now)})


def judge_absence(video: Video) -> Decision:
    """The upstream does not know the task: at first perhaps not yet, then lost."""
    if video.status is Status.ARCHIVING:
        return _missed(video, "video_gone", "The upstream no longer has the finished video")
    return _missed(video, "lost_upstream", "The upstream does not know the task it accepted")


def judge_silence(video: Video, now: datetime) -> Decision:
    """The upstream gave no usable answer: that ends a video only long after its deadline."""
    if now.timestamp() <= video.deadline + SILENCE_ALLOWED.total_seconds():
        return Decision(None)
    message = f"The upstream gave no answer until a day after the deadline; {CHARGED}."
    target = Status.FAILED if video.status is Status.ARCHIVING else Status.EXPIRED
    return Decision(target, {"error": _error("upstream_silent", message)})


def unconfirmed(reason: str) -> dict[str, str]:
    """The error of a video whose payment nobody can confirm."""
    message = f"Whether the upstream took the request is not known ({reason}); {CHARGED}. It is not submitted again by itself."
    return _error("outcome_unknown", message)


def sentence(text: str) -> str:
    """A clause as a sentence; only its first letter changes, because codes keep their spelling."""
    return f"{text[:1].upper()}{text[1:]}."


def back_in_queue(video: Video, code: str) -> dict[str, Any]:
    """What a video that surely bought nothing carries back into the queue; its time in the queue goes on from its creation."""
    deadline = deadline_after(datetime.fromisoformat(video.created_at), video.spec)
    return {"attempts": video.attempts + 1, "waiting_for": code, "deadline": deadline, "submitted_at": None, "error": None}


def _out_of_queue(video: Video, now: datetime) -> dict[str, Any]:
    """What a video takes along that was put back as unpaid, and whose payment showed afterwards: its time is that of its claim."""
    claimed_at = video.claimed_at or int(now.timestamp())
    deadline = deadline_after(datetime.fromtimestamp(claimed_at, UTC), video.spec)
    return {"deadline": deadline, "submitted_at": claimed_at, "waiting_for": None, "error": None}


def _judge_copying(video: Video, task: Task, now: datetime) -> Decision:
    gone = "The upstream no longer gives a working link to the finished video"
    link = task.video_url if task.outcome is Outcome.SUCCEEDED else None
    late = now.timestamp() > (video.archiving_at or 0) + LINK_KEPT.total_seconds()
    if late and not (link and video.copies < COPIES_OWED):
        return Decision(Status.FAILED, {"error": _error("video_gone", f"{gone}; {CHARGED}.")})
    if link:
        return Decision(None, {"upstream_url": link, "misses": 0})
    if task.outcome is Outcome.RUNNING:
        return Decision(None)  # a status that goes backwards is ignored
    return _missed(video, "video_gone", gone)


def _missed(video: Video, code: str, sentence: str) -> Decision:
    misses = video.misses + 1
    if misses <= MISSES_ALLOWED:
        return Decision(None, {"misses": misses})
    return Decision(Status.FAILED, {"error": _error(code, f"{sentence}; {CHARGED}.")})


def _progress(video: Video, task: Task, now: datetime) -> dict[str, Any]:
    # The upstream's figure may stick or fall; ours only rises, and 100 is said by an archived video alone.
    progress = min(task.progress or 0, 99)
    return {"progress": progress, "updated_at": iso(now)} if progress > video.progress else {}


def _error(code: str, message: str) -> dict[str, str]:
    return {"code": code, "message": message}
