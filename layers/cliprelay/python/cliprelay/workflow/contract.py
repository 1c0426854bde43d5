"""What the state machine hears from a step, and where a video goes on from the state it is in."""

from typing import Literal, NotRequired, TypedDict

from cliprelay.video.record import Video
from cliprelay.video.states import Status

Next = Literal["wait", "submit", "archive", "notify", "done"]

# A new run, or a step that found the work done by another, goes on at once; Step Functions waits in whole seconds.
AT_ONCE = 1
# Somebody else holds the claim: Poll looks again until the grace is over.
CLAIM_HELD = 30


class Event(TypedDict):
    """The data that travels through an execution: nothing but the name of the video and of the run."""

    video_id: str
    run: int


class Result(Event):
    """A step's answer: `next` picks the state machine's branch, `wait` is in seconds."""

    status: NotRequired[str]
    next: Next
    wait: NotRequired[int]


def result(video: Video, then: Next, wait: int | None = None) -> Result:
    """A step's answer about a video."""
    answer = Result(video_id=video.id, run=video.run, status=video.status.value, next=then)
    if wait is not None:
        answer["wait"] = wait
    return answer


def stale(event: Event) -> Result:
    """The answer of a step whose video is gone, or kept by a later run: this execution ends."""
    return Result(video_id=event["video_id"], run=event["run"], next="done")


def carry_on(video: Video) -> Result:
    """Where a video goes from its present state, for a step that has nothing else to do about it."""
    match video.status:
        case Status.QUEUED:
            return result(video, "submit", AT_ONCE)
        case Status.SUBMITTING:
            return result(video, "wait", CLAIM_HELD)
        case Status.ARCHIVING if video.upstream_url:
            return result(video, "archive")
        case Status.RUNNING | Status.ARCHIVING:
            return result(video, "wait", AT_ONCE)
    return result(video, "notify" if video.must_be_announced else "done")
