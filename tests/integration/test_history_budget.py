"""What a video costs in polls, transitions and history events: the real steps and the real state machine file on a virtual clock."""

import hashlib
from datetime import timedelta
from functools import partial
from typing import IO, Any

import pytest
from botocore.exceptions import EndpointConnectionError

from cliprelay.download import Downloaded
from cliprelay.errors import DeadLink, NoAnswer
from cliprelay.events_topic import EventsTopic
from cliprelay.states import Status
from cliprelay.steps.archive import archive
from cliprelay.steps.notify import notify
from cliprelay.steps.poll import poll
from cliprelay.steps.submit import Submitter
from cliprelay.upstream_words import Outcome, Task
from cliprelay.video import deadline_after
from cliprelay.video_store import VideoStore
from tests.asl_walker import Walked, walk
from tests.conftest import World
from tests.makers import GRACE, Meddled, OwnedClock, any_mp4, any_settings, any_video

MINUTE, HOUR = 60, 3_600
# Step Functions ends an execution whose history has more events.
HISTORY_QUOTA = 25_000


class SlowUpstream:
    """Takes `seconds` of the clock for its one task; every `failing`-th question brings no answer."""

    submit_seconds = 120.0

    def __init__(self, clock: OwnedClock, seconds: float, failing: int = 0) -> None:
        self._clock, self._seconds, self._failing = clock, seconds, failing
        self.done = clock()
        self.polls = 0

    def create(self, path: str, payload: bytes, *, key: str, seconds: float) -> str:
        self.done = self._clock() + timedelta(seconds=self._seconds)
        return "task-1"

    def task(self, task_id: str) -> Task:
        self.polls += 1
        if self._failing and self.polls % self._failing == 0:
            raise NoAnswer("http_502", "no answer")
        if self._clock() < self.done:
            return Task(Outcome.RUNNING, eta=1)  # a stuck estimate is the worst one for the budget
        return Task(Outcome.SUCCEEDED, video_url="https://media.example.com/v.mp4")


class OneFilm:
    """A download that always brings the same file."""

    def fetch(self, url: str, file: IO[bytes], *, seconds: float) -> Downloaded:
        content = any_mp4()
        file.write(content)
        return Downloaded(len(content), hashlib.sha256(content).hexdigest())


class AgedLinks(OneFilm):
    """The first link was good for a while only; a fresh one serves the film."""

    def __init__(self) -> None:
        self.asked = 0

    def fetch(self, url: str, file: IO[bytes], *, seconds: float) -> Downloaded:
        self.asked += 1
        if self.asked == 1:
            raise DeadLink("http_403")
        return super().fetch(url, file, seconds=seconds)


def travel(
    world: World, upstream: SlowUpstream, *, store: VideoStore | None = None, downloader: OneFilm | None = None, **settings: Any
) -> Walked:
    """One video through the state machine, from queued to its end."""
    chosen = any_settings(**settings)
    video = any_video(settings=chosen, deadline=deadline_after(world.clock(), chosen))
    world.videos.accept(video, None, world.clock())
    topic = EventsTopic(world.sns, world.sns.create_topic(Name=world.name)["TopicArn"])
    parts: dict[str, Any] = {"videos": world.videos, "clock": world.clock}
    steps: dict[str, Any] = {
        "Submit": Submitter(
            **parts,
            controls=world.controls,
            store=world.store,
            upstream=upstream,
            key=lambda: "key",
            claim_token=lambda: "mine",
            grace=GRACE,
            seconds_left=lambda: 180,
            count=lambda name: None,
        ).submit,
        "Poll": partial(poll, **parts, upstream=upstream, grace=GRACE, count=lambda name: None),
        "Archive": partial(archive, **parts, store=store or world.store, downloader=downloader or OneFilm(), seconds_left=900),
        "Notify": partial(notify, **parts, store=world.store, topic=topic, dispatch=world.dispatch()),
    }
    return walk({"video_id": video.id, "run": 1}, steps, world.clock)


@pytest.mark.parametrize(
    ("name", "seconds", "failing", "settings", "polls", "events"),
    [
        ("60 s", MINUTE, 0, {}, 10, 100),
        ("72 h flex", 72 * HOUR, 0, {"service_tier": "flex", "execution_expires_after": 259_200}, 1_000, 10_000),
        ("72 h default, every third poll failing", 72 * HOUR, 3, {"execution_expires_after": 259_200}, 1_000, 15_000),
    ],
)
def test_a_video_stays_within_its_share_of_the_history(
    world: World, name: str, seconds: int, failing: int, settings: dict[str, Any], polls: int, events: int
) -> None:
    upstream = SlowUpstream(world.clock, seconds, failing)
    walked = travel(world, upstream, **settings)
    late = world.clock() - upstream.done
    figures = f"{upstream.polls} polls, {walked.transitions} transitions, {walked.events} events, {late} late"
    print(f"\n{name}: {figures}")  # noqa: T201 - docs/operating.md quotes the figures; pytest -s shows them
    assert walked.ended == "Succeed"
    assert walked.output["status"] == Status.SUCCEEDED
    assert upstream.polls <= polls
    assert walked.events <= events < HISTORY_QUOTA


def test_a_step_that_keeps_raising_is_asked_again_until_it_works(world: World) -> None:
    upstream = SlowUpstream(world.clock, MINUTE)
    healthy = upstream.task
    broken_until = world.clock() + timedelta(hours=6)

    def task(task_id: str) -> Task:
        if world.clock() < broken_until:
            raise RuntimeError("a fault of ours")
        return healthy(task_id)

    upstream.task = task  # type: ignore[method-assign]
    walked = travel(world, upstream)
    assert walked.output["status"] == Status.SUCCEEDED
    assert walked.visits["PollAgain"] >= 300


def test_a_film_is_saved_after_the_bucket_was_down_for_longer_than_a_day(world: World) -> None:
    back = world.clock() + timedelta(hours=25)

    def down(real: Any, **kwargs: Any) -> Any:
        if world.clock() < back:
            world.clock.advance(4 * MINUTE)  # it hangs first
            raise EndpointConnectionError(endpoint_url="https://bucket.example.com")
        return real(**kwargs)

    store = VideoStore(Meddled(world.s3, head_object=down, put_object=down), world.bucket)  # type: ignore[arg-type]  # a client all the same
    links = AgedLinks()
    walked = travel(world, SlowUpstream(world.clock, MINUTE), store=store, downloader=links)
    assert (walked.output["status"], links.asked) == (Status.SUCCEEDED, 2)
    assert walked.visits["ArchiveAgain"] >= 300
