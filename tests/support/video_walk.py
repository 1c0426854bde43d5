"""One video through the real steps and the real state machine file on a virtual clock."""

import hashlib
from datetime import timedelta
from functools import partial
from typing import IO, Any

from cliprelay.errors import DeadLink, NoAnswer
from cliprelay.media.bucket import MediaBucket
from cliprelay.media.download import Downloaded
from cliprelay.media.thumbnail import look_at
from cliprelay.notifications.topic import EventsTopic
from cliprelay.steps.archive import archive
from cliprelay.steps.notify import notify
from cliprelay.steps.poll import poll
from cliprelay.steps.submit import Submitter
from cliprelay.steps.thumbnail import thumbnail
from cliprelay.upstream.contract import Outcome, PaidRequest, ReadInput, Task
from cliprelay.video.record import Video, deadline_after
from cliprelay.workflow.durations_table import DurationsTable
from tests.support.asl_walker import Walked, walk
from tests.support.films import film
from tests.support.makers import GRACE, OwnedClock, any_settings, any_spec, any_video
from tests.support.world import World

MINUTE = 60


class SlowUpstream:
    """Needs `seconds` of the clock for its one task; every `failing`-th poll gets no answer."""

    submit_seconds = 120.0

    def __init__(self, clock: OwnedClock, seconds: float, failing: int = 0) -> None:
        self._clock, self._seconds, self._failing = clock, seconds, failing
        self.done = clock()
        self.polls = 0

    def prepare(self, video: Video, read_input: ReadInput) -> PaidRequest:
        return PaidRequest("/any", b"{}")

    def create(self, request: PaidRequest, *, key: str, seconds: float | None = None) -> str:
        self.done = self._clock() + timedelta(seconds=self._seconds)
        return "task-1"

    def task(self, task_id: str) -> Task:
        self.polls += 1
        if self._failing and self.polls % self._failing == 0:
            raise NoAnswer("http_502", "no answer")
        if self._clock() < self.done:
            return Task(Outcome.RUNNING, eta=1)  # a constant estimate is the worst case for the budget
        return Task(Outcome.SUCCEEDED, video_url="https://media.example.com/v.mp4")


class OneVideo:
    """A download that always returns the same file."""

    def fetch(self, url: str, file: IO[bytes], *, seconds: float) -> Downloaded:
        content = film()
        file.write(content)
        return Downloaded(len(content), hashlib.sha256(content).hexdigest(), framed=True)


class AgedLinks(OneVideo):
    """The first link has expired; a fresh one serves the video."""

    def __init__(self) -> None:
        self.asked = 0

    def fetch(self, url: str, file: IO[bytes], *, seconds: float) -> Downloaded:
        self.asked += 1
        if self.asked == 1:
            raise DeadLink("http_403")
        return super().fetch(url, file, seconds=seconds)


def travel(
    world: World, upstream: SlowUpstream, *, store: MediaBucket | None = None, downloader: OneVideo | None = None, **settings: Any
) -> Walked:
    """Run one video through the state machine, from queued to its end."""
    chosen = any_settings(**settings)
    video = any_video(settings=chosen, deadline=deadline_after(world.clock(), any_spec(**chosen)))
    world.videos.accept(video, None, world.clock())
    return walk({"video_id": video.id, "run": 1}, steps_of(world, upstream, store=store, downloader=downloader), world.clock)


def steps_of(world: World, upstream: Any, *, store: MediaBucket | None = None, downloader: OneVideo | None = None) -> dict[str, Any]:
    """Return the steps by their names in the state machine."""
    topic = EventsTopic(world.sns, world.sns.create_topic(Name=world.name)["TopicArn"])
    parts: dict[str, Any] = {"videos": world.videos, "clock": world.clock}
    durations = DurationsTable(world.dynamodb, world.videos_table, world.clock)
    return {
        "Submit": Submitter(
            **parts,
            durations=durations,
            controls=world.controls,
            upstream=upstream,
            read_input=world.store.read_input,
            key=lambda: "key",  # type: ignore[arg-type]
            claim_token=lambda: "mine",
            grace=GRACE,
            seconds_left=lambda: 180,
            count=lambda name: None,
        ).submit,
        "Poll": partial(poll, **parts, upstream=upstream, grace=GRACE, count=lambda name: None, durations=durations),
        "Archive": partial(archive, **parts, store=store or world.store, downloader=downloader or OneVideo(), seconds_left=900),  # type: ignore[arg-type]
        "Thumbnail": partial(thumbnail, videos=world.videos, store=world.store, look_at=look_at, seconds_left=lambda: 45.0),
        "Notify": partial(notify, **parts, store=world.store, topic=topic, dispatch=world.dispatch()),
    }
