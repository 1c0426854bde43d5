"""The original comes back late: after Poll judged, after the end, as an id or as a refusal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from cliprelay import wiring
from cliprelay.video.states import Status
from cliprelay.workflow import resolution
from tests.simulation.checks.history import History
from tests.simulation.checks.invariants import judge
from tests.simulation.fixture import simulated_product
from tests.simulation.late_answers import JUDGED, PAST_DEADLINE, PAST_GRACE, THINKS, poll_ahead
from tests.simulation.leak_check import Output
from tests.simulation.runs import finish
from tests.simulation.runtime.processes import Strand
from tests.simulation.scenarios import Scenario
from tests.simulation.world import Settings, World, living_in

__all__ = ["simulated_product"]


@contextmanager
def meanwhile(output: Output, creates: tuple[str, ...], act: Callable[[World], None]) -> Iterator[History]:
    """A life in which `act` happens while the paid call is under way; afterwards everything comes to its end."""
    world = World(Settings(1, videos=1, rate=0.0, length=0.0))
    with living_in(world, output):
        Scenario("late", creates=creates).arrange(world)
        world.upstream.thinking = THINKS
        world.sweeping.start()
        world.timeline.after(JUDGED, lambda: act(world))
        finish(world)
        judge(world)
        assert world.records.violations == []
        assert len(world.upstream.ledger.tasks) <= 1
        yield next(iter(world.records.videos.values()))


def put_back_too_early(world: World) -> None:
    """Poll judges with a clock that is ahead, and the owner, who finds no task yet, says that nothing was charged."""
    ((video_id, _),) = world.records.videos.items()
    poll_ahead(PAST_GRACE)(world)
    now = datetime.fromtimestamp(world.wall_clock(), UTC)
    command = Strand("operate", lambda: resolution.not_charged(wiring.videos(), video_id, now), world.now() + THINKS)
    world.timeline.after(5, lambda: world.stage.begin(command, lambda ending: None))


def states(history: History) -> list[Status]:
    return [status for _, status in history.moves]


def test_an_id_that_comes_after_poll_judged_adopts_the_video(output: Output) -> None:
    with meanwhile(output, ("id",), poll_ahead(PAST_GRACE)) as history:
        assert Status.UNCONFIRMED in states(history)
        assert history.status is Status.SUCCEEDED


def test_an_id_that_comes_after_the_owner_put_the_video_back_adopts_it_without_a_second_payment(output: Output) -> None:
    with meanwhile(output, ("id", "id"), put_back_too_early) as history:
        assert states(history)[2:4] == [Status.UNCONFIRMED, Status.QUEUED]
        assert history.status is Status.SUCCEEDED


def test_an_id_that_comes_after_the_end_is_kept_and_changes_nothing(output: Output) -> None:
    with meanwhile(output, ("id",), poll_ahead(PAST_DEADLINE, times=2)) as history:
        assert states(history)[-2:] == [Status.UNCONFIRMED, Status.FAILED]
        assert history.record["error"]["code"] == "outcome_unknown"
        assert history.record["upstream_id"].startswith("task-")


@pytest.mark.parametrize(
    ("refusal", "end"), [("429", Status.SUCCEEDED), ("402 balance", Status.SUCCEEDED), ("400 moderated", Status.FAILED)]
)
def test_a_refusal_that_comes_after_poll_judged_proves_that_nothing_was_paid(output: Output, refusal: str, end: Status) -> None:
    with meanwhile(output, (refusal, "id"), poll_ahead(PAST_GRACE)) as history:
        assert states(history)[:3] == [Status.QUEUED, Status.SUBMITTING, Status.UNCONFIRMED]
        assert history.status is end


def test_silence_that_ends_after_poll_judged_leaves_one_event(output: Output) -> None:
    with meanwhile(output, ("500 create / taken",), poll_ahead(PAST_GRACE)) as history:
        assert states(history).count(Status.UNCONFIRMED) == 1


@pytest.mark.parametrize("step", ["submit", "poll", "archive", "notify"])
def test_a_second_delivery_of_any_step_changes_nothing(output: Output, step: str) -> None:
    def act(world: World) -> None:
        ((video_id, _),) = world.records.videos.items()
        for seconds in range(0, 200, 5):
            world.timeline.after(seconds, lambda: world.functions.run(step, {"video_id": video_id, "run": 1}, lambda *_: None))

    with meanwhile(output, ("id",), act) as history:
        assert history.status is Status.SUCCEEDED


@pytest.mark.parametrize("seconds", [0.0, 0.01, 0.02, 0.05, 1.0, 50.0, 99.9, 100.3, 120.0, 179.9])
def test_submit_may_be_killed_at_any_moment(output: Output, seconds: float) -> None:
    world = World(Settings(1, videos=1, rate=0.0, length=0.0))
    with living_in(world, output):
        Scenario("killed").arrange(world)
        world.upstream.thinking = THINKS
        run = world.functions.run
        world.functions.run = lambda step, *rest, **more: run(step, *rest, **more, **({"limit": seconds} if step == "submit" else {}))  # type: ignore[method-assign,misc,arg-type]
        world.sweeping.start()
        world.timeline.after(600, lambda: setattr(world.functions, "run", run))
        finish(world)
        judge(world)
        assert world.records.violations == []
        assert len(world.upstream.ledger.tasks) <= 1
