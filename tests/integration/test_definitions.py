"""An execution ends well under the definition that it began with: the present file, and earlier ones, over the steps of either version."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cliprelay.upstream.contract import Outcome, Task
from cliprelay.video.record import deadline_after
from cliprelay.video.states import Status
from cliprelay.workflow.contract import Event, Result, in_words_of
from tests.support.asl_walker import MACHINES, Walked, walk
from tests.support.makers import any_settings, any_spec, any_video
from tests.support.video_walk import MINUTE, AgedLinks, OneVideo, SlowUpstream, steps_of
from tests.support.world import World

VIDEO = any_video().id
# Definition 1 as it was when its executions began; executions last up to 8 days.
EARLIER = Path(__file__).parent / "definitions"

Step = Callable[[Event], Result]


class Payments(SlowUpstream):
    """Counts payments."""

    paid = 0

    def create(self, *args: Any, **more: Any) -> str:
        self.paid += 1
        return super().create(*args, **more)


class Refusing(Payments):
    """Fails every video."""

    def task(self, task_id: str) -> Task:
        task = super().task(task_id)
        return task if task.outcome is Outcome.RUNNING else Task(Outcome.FAILED, error_code="moderated")


def answered_as_now(step: Step) -> Step:
    """What the functions of this version answer."""
    return lambda event: in_words_of(event, step(event))


def answered_as_before(step: Step) -> Step:
    """What the functions of the version before answer, which know no definitions."""
    return lambda event: in_words_of({"video_id": event["video_id"], "run": event["run"]}, step(event))


PAIRS = [
    pytest.param("video", MACHINES, answered_as_now, "Notify", id="as deployed"),
    pytest.param("video-1", EARLIER, answered_as_now, "Done", id="execution of definition 1"),
    pytest.param("video-2", EARLIER, answered_as_now, "Notify", id="execution of definition 2"),
    pytest.param("video", MACHINES, answered_as_before, "Notify", id="steps of definition 1"),
    pytest.param("video-1", EARLIER, answered_as_before, "Done", id="both of definition 1"),
]
in_every_pair = pytest.mark.parametrize(("machine", "folder", "answered", "last"), PAIRS)


class Life:
    """One video on its way through a definition over steps."""

    def __init__(self, world: World, upstream: Payments, answered: Callable[[Step], Step], downloader: OneVideo | None = None) -> None:
        self.world, self.upstream = world, upstream
        self.steps = {name: answered(step) for name, step in steps_of(world, upstream, downloader=downloader).items()}
        settings = any_settings()
        video = any_video(settings=settings, deadline=deadline_after(world.clock(), any_spec(**settings)))
        world.videos.accept(video, None, world.clock())

    def lead(self, machine: str, folder: Path) -> Walked:
        return walk({"video_id": VIDEO, "run": 1}, self.steps, self.world.clock, machine, folder)  # type: ignore[arg-type]  # typed events

    @property
    def end(self) -> tuple[Status, bool, int]:
        """How it ended, whether that is still to be announced, and how often it was paid."""
        video = self.world.read(VIDEO)
        return video.status, video.must_be_announced, self.upstream.paid


@in_every_pair
def test_a_video_succeeds(world: World, machine: str, folder: Path, answered: Callable[[Step], Step], last: str) -> None:
    life = Life(world, Payments(world.clock, MINUTE), answered)
    walked = life.lead(machine, folder)
    assert (walked.ended, walked.last, life.end) == ("Succeed", last, (Status.SUCCEEDED, False, 1))
    assert walked.transitions == 5 + 3 * life.upstream.polls + walked.visits.get("Thumbnail", 0) + (last == "Done")
    assert (walked.visits.get("Thumbnail", 0), life.world.read(VIDEO).poster is not None) == (int(machine == "video"), machine == "video")
    assert life.world.read(VIDEO).warnings == []


@in_every_pair
def test_a_video_fails(world: World, machine: str, folder: Path, answered: Callable[[Step], Step], last: str) -> None:
    life = Life(world, Refusing(world.clock, MINUTE), answered)
    walked = life.lead(machine, folder)
    assert (walked.ended, walked.last, life.end) == ("Succeed", last, (Status.FAILED, False, 1))


@in_every_pair
def test_a_queued_video_waits_and_is_submitted(
    world: World, machine: str, folder: Path, answered: Callable[[Step], Step], last: str
) -> None:
    life = Life(world, Payments(world.clock, MINUTE), answered)
    world.controls.pause(world.clock())
    submit, waits = life.steps["Submit"], iter((None, None, world.controls.resume))

    def submit_until_resumed(event: Event) -> Result:
        if resume := next(waits, None):
            resume()
        return submit(event)

    life.steps["Submit"] = submit_until_resumed
    walked = life.lead(machine, folder)
    assert (walked.ended, walked.last, life.end) == ("Succeed", last, (Status.SUCCEEDED, False, 1))
    assert (walked.visits["WaitToSubmit"], walked.visits["Submit"]) == (2, 3)


@in_every_pair
def test_an_archive_asks_for_a_new_link(world: World, machine: str, folder: Path, answered: Callable[[Step], Step], last: str) -> None:
    links = AgedLinks()
    life = Life(world, Payments(world.clock, MINUTE), answered, links)
    walked = life.lead(machine, folder)
    assert (walked.ended, walked.last, life.end) == ("Succeed", last, (Status.SUCCEEDED, False, 1))
    assert (links.asked, walked.visits["Archive"]) == (2, 2)


@in_every_pair
def test_an_execution_that_a_later_run_has_overtaken_ends_at_once(
    world: World, machine: str, folder: Path, answered: Callable[[Step], Step], last: str
) -> None:
    life = Life(world, Payments(world.clock, MINUTE), answered)
    world.change(VIDEO, run=2)
    walked = life.lead(machine, folder)
    assert (walked.ended, walked.last, life.upstream.paid) == ("Succeed", "Done", 0)
