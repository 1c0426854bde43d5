"""The contract between steps and state machine: input, result, and the next step for each state."""

from collections.abc import Mapping
from typing import Literal, NotRequired, TypedDict

from cliprelay.video.record import Video
from cliprelay.video.states import Status

Next = Literal["wait", "submit", "archive", "notify", "done"]

# A new run, or a step whose work was already done, continues at once; Step Functions waits in whole seconds.
AT_ONCE = 1
# Another Submit holds the claim: Poll checks again until the grace is over.
CLAIM_HELD = 30


# The definitions of the state machine. An execution keeps the one that it began with, for up to 11 days, and each but the first says its
# number to every step. By number: the words of `next` that came with it, each with the older word that serves earlier executions.
NEW_WORDS: Mapping[int, Mapping[Next, Next]] = {
    1: {},
    2: {},  # ends with Notify
    3: {},  # may have a Thumbnail before Notify, chosen by the status
}


class Event(TypedDict):
    """The input of every step: the video id, the run, and the number of the execution's definition.

    For Poll, also the seconds waited; for Archive, the status whose videos go through Thumbnail in this execution.
    """

    video_id: str
    run: int
    definition: NotRequired[int]
    wait: NotRequired[int]
    poster_of: NotRequired[str]


class Result(TypedDict):
    """The result of a step: `next` selects the branch of the state machine, `wait` is in seconds until the next step."""

    video_id: str
    run: int
    status: NotRequired[str]
    next: Next
    wait: NotRequired[int]


def result(video: Video, then: Next, wait: int | None = None) -> Result:
    """Build the result of a step for a video."""
    answer = Result(video_id=video.id, run=video.run, status=video.status.value, next=then)
    if wait is not None:
        answer["wait"] = wait
    return answer


def stale(event: Event) -> Result:
    """End this execution: the video is gone or belongs to a later run."""
    return Result(video_id=event["video_id"], run=event["run"], next="done")


def in_words_of(event: Event, answer: Result, new_words: Mapping[int, Mapping[Next, Next]] = NEW_WORDS) -> Result:
    """Return an answer with a `next` that the definition of the execution knows."""
    then = answer["next"]
    for number in range(max(new_words), event.get("definition", 1), -1):
        then = new_words[number].get(then, then)
    return {**answer, "next": then}


def carry_on(video: Video) -> Result:
    """Continue a video from its present state, for a step with nothing else to do."""
    match video.status:
        case Status.QUEUED:
            return result(video, "submit", AT_ONCE)
        case Status.SUBMITTING:
            return result(video, "wait", CLAIM_HELD)
        case Status.ARCHIVING if video.upstream_url or video.discard:
            return result(video, "archive")
        case Status.RUNNING | Status.ARCHIVING:
            return result(video, "wait", AT_ONCE)
    return result(video, "notify" if video.must_be_announced else "done")
