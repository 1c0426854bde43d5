"""The sweep counts what gets nowhere although its execution runs, by its age and not by its due time, and keeps counting it."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cliprelay.steps.sweep import Sweeper
from cliprelay.video.record import Video, iso
from cliprelay.video.states import Status
from cliprelay.video.table import DUE, KEEPER_MARGIN, REFUSED_OFTEN, STUCK, STUCK_AFTER, due_key
from tests.support.delivery_runner import begun
from tests.support.makers import GRACE, NOW, Meddled, any_video

if TYPE_CHECKING:
    from tests.support.world import World

EPOCH = int(NOW.timestamp())
VIDEO = any_video().id
MINUTE = 60.0
# Fewer sweeps than one a minute: they are what these tests take their time for.
STEP = 5
# Every state in which a step can fail while its execution runs; the last waits for its announcement.
FAILING = [Status.QUEUED, Status.RUNNING, Status.ARCHIVING, Status.SUCCEEDED]


def _running(world: "World", status: Status = Status.RUNNING, **changes: Any) -> Video:
    """A video with a running execution, whose step was to be back by now."""
    due = {"due": DUE, "due_at": EPOCH + int(KEEPER_MARGIN.total_seconds()), "created_at": iso(NOW)}
    event = {"event_id": "evt_1"} if status is Status.SUCCEEDED else {}
    paid = {} if status is Status.QUEUED else {"upstream_id": "task-1", "claim": "a"}
    video = world.put(any_video(**{"status": status, **paid, **due, **event, **changes}))
    world.executions.start(VIDEO, 1)
    return video


def _sweep(world: "World", executions: Any = None) -> dict[str, float]:
    measured: dict[str, float] = {}
    parts = (
        executions or world.executions,
        world.clock,
        GRACE,
        measured.__setitem__,
        world.delivery_sweeper(),
        world.sweep_lease(),
        world.eraser(),
        world.budget_sweeper(),
    )
    Sweeper(world.videos, world.controls, *parts).sweep()
    return measured


def _minutes_until_stuck(world: "World", each_time: Callable[[], object] = lambda: None, *, most: int = 180) -> int | None:
    for minute in range(STEP, most, STEP):
        world.clock.advance(STEP * MINUTE)
        each_time()
        if _sweep(world)["Stuck"]:
            return minute
    return None


@pytest.mark.parametrize("status", FAILING)
def test_a_video_whose_steps_fail_for_an_hour_is_stuck(world: "World", status: Status) -> None:
    _running(world, status)
    assert _minutes_until_stuck(world) == 60
    assert (world.read(VIDEO).due, world.started()) == (STUCK, [f"{VIDEO}-1"])


def test_a_stuck_video_counts_in_each_sweep_until_a_step_gets_on(world: "World") -> None:
    _running(world)
    assert _minutes_until_stuck(world) == 60
    for _ in range(6):
        world.clock.advance(STEP * MINUTE)
        assert _sweep(world)["Stuck"] == 1
    world.videos.extend_lease(world.read(VIDEO), world.clock(), 300)
    assert _sweep(world)["Stuck"] == 0
    assert (world.read(VIDEO).due, world.read(VIDEO).failing_since) == (due_key(VIDEO), None)


def test_a_move_or_an_announcement_ends_it_too(world: "World") -> None:
    _running(world, failing_since=EPOCH - 9_999)
    moved = world.videos.move(world.read(VIDEO), Status.ARCHIVING, world.clock(), archiving_at=EPOCH).video
    assert (moved.due, moved.failing_since) == (due_key(VIDEO), None)
    world.change(VIDEO, status="succeeded", event_id="evt_1", due=STUCK, failing_since=1)
    world.videos.mark_notified(world.read(VIDEO))
    assert world.item(VIDEO).keys().isdisjoint({"due", "due_at", "failing_since"})


def test_a_step_that_gets_on_each_time_is_never_stuck(world: "World") -> None:
    _running(world)
    assert _minutes_until_stuck(world, lambda: world.videos.extend_lease(world.read(VIDEO), world.clock(), 60)) is None


def test_an_examined_video_is_not_read_again_each_time(world: "World") -> None:
    _running(world)
    reads = []

    def count(real: Any, **kwargs: Any) -> Any:
        reads.append(kwargs)
        return real(**kwargs)

    executions = world.executions_over(Meddled(world.sfn, describe_execution=count))
    for _ in range(120 // STEP):
        world.clock.advance(STEP * MINUTE)
        _sweep(world, executions)
    assert len(reads) <= 12  # after ten minutes each, and once when it counts as stuck


def test_a_copy_that_is_refused_keeps_its_own_alarm_until_its_steps_fail(world: "World") -> None:
    _running(world, Status.ARCHIVING, copies=REFUSED_OFTEN)
    world.videos.extend_lease(world.read(VIDEO), world.clock(), 0, copies=REFUSED_OFTEN)
    measured = _sweep(world)
    assert (measured["RefusedVideos"], measured["Stuck"]) == (1, 0)
    _minutes_until_stuck(world)
    measured = _sweep(world)
    assert (measured["RefusedVideos"], measured["Stuck"]) == (0, 1)


def test_a_run_that_is_replaced_again_and_again_without_progress_is_stuck(world: "World") -> None:
    _running(world)

    def end_every_execution() -> None:
        world.close(world.started()[-1])

    assert _minutes_until_stuck(world, end_every_execution) in range(60, 75)


def test_a_record_of_an_earlier_version_counts_from_when_it_was_due(world: "World") -> None:
    _running(world)
    assert "failing_since" not in world.item(VIDEO)
    world.clock.advance(KEEPER_MARGIN.total_seconds() + 1)
    _sweep(world)
    assert world.read(VIDEO).failing_since == EPOCH


def test_a_video_that_has_just_been_created_fails_no_longer_than_it_exists(world: "World") -> None:
    _running(world, Status.QUEUED)
    world.change(VIDEO, due_at=EPOCH + 60)
    world.clock.advance(MINUTE)
    _sweep(world)
    assert world.read(VIDEO).failing_since == EPOCH


def test_an_unconfirmed_video_stays_with_its_own_alarm(world: "World") -> None:
    _running(world, Status.UNCONFIRMED)
    world.change(VIDEO, upstream_id=None, event_id="evt_1", due="unconfirmed")
    world.clock.advance(3 * 3_600)
    measured = _sweep(world)
    assert (measured["UnconfirmedVideos"], measured["Stuck"]) == (1, 0)


# Throttled questions


def _throttled(world: "World") -> Any:
    def throttle(real: Any, **kwargs: Any) -> Any:
        raise ClientError({"Error": {"Code": "ThrottlingException"}}, "DescribeExecution")

    return world.executions_over(Meddled(world.sfn, describe_execution=throttle))


def test_a_throttled_question_is_asked_again_by_the_next_sweep_and_is_no_error(world: "World") -> None:
    video = _running(world)
    world.close(f"{VIDEO}-1")
    world.clock.advance(KEEPER_MARGIN.total_seconds())
    assert _sweep(world, _throttled(world))["SweepRepairs"] == 0
    assert world.read(VIDEO) == video
    assert _sweep(world)["SweepRepairs"] == 1


def test_a_question_that_is_always_throttled_rings_after_an_hour(world: "World") -> None:
    _running(world)
    world.clock.advance((KEEPER_MARGIN + STUCK_AFTER - timedelta(seconds=1)).total_seconds())
    assert _sweep(world, _throttled(world))["Stuck"] == 0
    world.clock.advance(1)
    assert _sweep(world, _throttled(world))["Stuck"] == 1


# Deliveries


def test_a_delivery_whose_attempts_fail_for_an_hour_is_stuck(world: "World") -> None:
    begun(world)
    assert _minutes_until_stuck(world) == 60
    assert world.deliveries.stuck() == [each.id for each in world.deliveries.of_video(any_video().id)]


def test_a_throttled_question_about_a_delivery_rings_after_an_hour(world: "World") -> None:
    begun(world)
    measured: dict[str, float] = {}
    sweeper = world.delivery_sweeper()
    object.__setattr__(sweeper, "executions", type(world.delivery_executions)(_throttled(world)._client, world.state_machine()))
    parts = (
        world.executions,
        world.clock,
        GRACE,
        measured.__setitem__,
        sweeper,
        world.sweep_lease(),
        world.eraser(),
        world.budget_sweeper(),
    )
    world.clock.advance((KEEPER_MARGIN + STUCK_AFTER).total_seconds())
    Sweeper(world.videos, world.controls, *parts).sweep()
    assert measured["Stuck"] == 1
