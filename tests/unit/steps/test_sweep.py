"""Sweep restarts every video whose execution has stopped and changes nothing else."""

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cliprelay.admission.table import CONTROLS, ControlsTable
from cliprelay.steps.sweep import LONGEST, PROMPT_RUNS, Sweeper, SweepIncomplete, Swept, _Tally
from cliprelay.steps.sweep_lease import EXTENDED_AFTER, LEASE, SweepLease
from cliprelay.video.record import Video
from cliprelay.video.states import TERMINAL, Status
from cliprelay.video.table import DUE, DUE_KEYS, KEEPER_MARGIN, REFUSED_OFTEN, UNCONFIRMED
from cliprelay.workflow.deletion import Deletion
from tests.support.makers import GRACE, NOW, Meddled, any_video

if TYPE_CHECKING:
    from tests.support.world import World

EPOCH = int(NOW.timestamp())
VIDEO = any_video().id
KEPT_STATES = [Status.QUEUED, Status.SUBMITTING, Status.RUNNING, Status.ARCHIVING]


def _due(**changes: Any) -> Video:
    return any_video(**({"due": DUE, "due_at": EPOCH, "claimed_at": EPOCH} | changes))


def _sweeper(world: "World", measured: dict[str, float] | None = None, *, executions: Any = None) -> Sweeper:
    measured = {} if measured is None else measured
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
    return Sweeper(world.videos, world.controls, *parts)


def _ended(run: int, status: str = "FAILED") -> dict[str, Any]:
    return {"name": f"{VIDEO}-{run}", "status": status, "executionArn": "any"}


def _die(*_: object) -> None:
    raise KeyboardInterrupt


# The schedule


@pytest.mark.parametrize("status", KEPT_STATES)
def test_a_video_without_an_execution_gets_its_first(world: "World", status: Status) -> None:
    world.put(_due(status=status))
    assert _sweeper(world).sweep() == Swept(seen=1, revived=1, unconfirmed=0)
    assert world.started() == [f"{VIDEO}-1"]


@pytest.mark.parametrize("status", KEPT_STATES)
def test_a_video_whose_execution_closed_gets_the_next_run(world: "World", status: Status) -> None:
    world.put(_due(status=status))
    world.executions.start(VIDEO, 1)
    world.close(f"{VIDEO}-1")
    assert _sweeper(world).sweep().revived == 1
    assert world.started() == [f"{VIDEO}-1", f"{VIDEO}-2"]
    assert world.read(VIDEO).run == 2


def test_a_video_whose_execution_runs_is_unchanged_and_examined_later(world: "World") -> None:
    world.put(_due(status=Status.RUNNING))
    world.executions.start(VIDEO, 1)
    assert _sweeper(world).sweep() == Swept(seen=1, revived=0, unconfirmed=0)
    assert world.read(VIDEO).due_at == EPOCH + KEEPER_MARGIN.total_seconds()


def test_a_second_sweep_finds_nothing_to_do(world: "World") -> None:
    world.put(_due(status=Status.RUNNING))
    world.executions.start(VIDEO, 1)
    world.close(f"{VIDEO}-1")
    _sweeper(world).sweep()
    assert _sweeper(world).sweep() == Swept(seen=0, revived=0, unconfirmed=0)


def test_a_video_that_is_not_due_is_not_examined(world: "World") -> None:
    world.put(_due(due_at=EPOCH + 1))
    assert _sweeper(world).sweep().seen == 0


def test_a_silent_claim_becomes_unconfirmed_after_its_grace_and_is_announced(world: "World") -> None:
    world.put(_due(status=Status.SUBMITTING, claim="a"))
    world.clock.advance(GRACE.total_seconds() + 1)
    assert _sweeper(world).sweep().revived == 1  # the execution that announces it
    assert world.read(VIDEO).status is Status.UNCONFIRMED
    assert world.read(VIDEO).must_be_announced


def test_an_unannounced_end_gets_an_execution_that_announces_it(world: "World") -> None:
    world.put(_due(status=Status.FAILED, event_id="evt_1"))
    world.executions.start(VIDEO, 1)
    world.close(f"{VIDEO}-1")
    assert _sweeper(world).sweep().revived == 1


def test_an_unconfirmed_video_is_left_to_the_operator_until_its_deadline(world: "World") -> None:
    told = world.put(_due(status=Status.UNCONFIRMED, claim="a", event_id="evt_1"))
    world.videos.mark_notified(told)
    assert _sweeper(world).sweep() == Swept(seen=0, revived=0, unconfirmed=1)
    world.clock.advance(told.deadline - EPOCH + 1)
    assert _sweeper(world).sweep() == Swept(seen=1, revived=1, unconfirmed=1)
    assert _sweeper(world).sweep().unconfirmed == 0
    assert world.read(VIDEO).status is Status.FAILED
    assert (world.read(VIDEO).error or {})["code"] == "outcome_unknown"


def test_a_sweep_that_dies_on_its_way_has_counted_what_needs_a_person(world: "World") -> None:
    told = world.put(_due(status=Status.UNCONFIRMED, claim="a", event_id="evt_1"))
    world.videos.mark_notified(told)
    world.clock.advance(told.deadline - EPOCH + 1)
    measured: dict[str, float] = {}
    with pytest.raises(KeyboardInterrupt):
        _sweeper(world, measured, executions=Meddled(world.executions, state=_die)).sweep()
    assert measured == {"UnconfirmedVideos": 1, "RefusedVideos": 0, "BreakerOpen": 0, "Paused": 0}


def test_a_tick_that_takes_long_keeps_its_lease(world: "World") -> None:
    world.put(_due())
    taken = SweepLease(world.dynamodb, world.videos_table, lambda: "mine")
    assert taken.take(None, world.clock())
    world.clock.advance(EXTENDED_AFTER.total_seconds())
    parts = (world.executions, world.clock, GRACE, lambda *_: None, world.delivery_sweeper(), taken, world.eraser(), world.budget_sweeper())
    Sweeper(world.videos, world.controls, *parts).sweep()
    assert not world.sweep_lease().take(None, NOW + LEASE + timedelta(seconds=1))


def test_a_queued_video_past_its_deadline_fails_and_is_announced(world: "World") -> None:
    world.put(_due())
    world.clock.advance(any_video().deadline - EPOCH + 1)
    assert _sweeper(world).sweep().revived == 1
    assert world.read(VIDEO).status is Status.FAILED


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_an_announced_end_leaves_the_queue_and_is_not_restarted(world: "World", status: Status) -> None:
    world.put(_due(status=status, event_id="evt_1", told="evt_1"))
    world.executions.start(VIDEO, 1)
    world.close(f"{VIDEO}-1")
    assert _sweeper(world).sweep().revived == 0
    assert world.read(VIDEO).due is None


def test_one_video_that_cannot_be_examined_does_not_stop_the_others(world: "World") -> None:
    for letter in "ABC":
        world.put(_due(id="vid_" + letter * 26))

    def fail_for_b(real: Any, **kwargs: Any) -> Any:
        if "B" * 26 in kwargs["executionArn"]:
            raise ClientError({"Error": {"Code": "InternalServerException"}}, "any")
        return real(**kwargs)

    executions = world.executions_over(Meddled(world.sfn, describe_execution=fail_for_b))
    with pytest.raises(SweepIncomplete, match="1 of 3"):
        _sweeper(world, executions=executions).sweep()
    assert world.started() == [f"vid_{'A' * 26}-1", f"vid_{'C' * 26}-1"]


def test_a_long_sweep_stops_in_time_to_write_its_metrics_and_the_next_one_does_the_rest(world: "World") -> None:
    for letter in "ABCDE":
        world.put(_due(id="vid_" + letter * 26))

    def slowly(real: Any, **kwargs: Any) -> Any:
        world.clock.advance(LONGEST.total_seconds() / 2)
        return real(**kwargs)

    executions = world.executions_over(Meddled(world.sfn, describe_execution=slowly))
    measured: dict[str, Any] = {}
    assert _sweeper(world, measured, executions=executions).sweep().seen == 3
    assert measured["SweepRepairs"] == 3
    _sweeper(world).sweep()
    assert len(world.started()) == 5


def test_every_sweep_writes_its_metrics_even_if_they_are_zero(world: "World") -> None:
    measured: dict[str, float] = {}
    _sweeper(world, measured).sweep()
    assert measured == {"UnconfirmedVideos": 0, "RefusedVideos": 0, "Stuck": 0, "SweepRepairs": 0, "BreakerOpen": 0, "Paused": 0}
    world.put(_due(status=Status.UNCONFIRMED, event_id="evt_1", told="evt_1", due=UNCONFIRMED, due_at=any_video().deadline))
    _sweeper(world, measured).sweep()
    assert measured["UnconfirmedVideos"] == 1


def test_an_unconfirmed_payment_is_counted_before_it_is_announced(world: "World") -> None:
    submitting = world.put(_due(status=Status.SUBMITTING, claim="a"))
    world.videos.move(submitting, Status.UNCONFIRMED, NOW)
    measured: dict[str, float] = {}
    _sweeper(world, measured).sweep()
    assert measured["UnconfirmedVideos"] == 1


def test_videos_whose_copy_is_refused_again_and_again_are_counted_and_still_swept(world: "World") -> None:
    world.put(_due(status=Status.ARCHIVING, claim="a", upstream_id="task-1"))
    world.videos.extend_lease(world.read(any_video().id), NOW, 0, copies=REFUSED_OFTEN)
    measured: dict[str, float] = {}
    assert _sweeper(world, measured).sweep().seen == 0
    assert measured["RefusedVideos"] == 1
    world.clock.advance(KEEPER_MARGIN.total_seconds() + 1)
    _sweeper(world, measured).sweep()
    assert world.started() == [f"{any_video().id}-1"]
    assert measured["RefusedVideos"] == 1


# Ticks


def test_a_tick_that_finds_another_sweep_at_work_leaves_everything_to_it(world: "World") -> None:
    world.put(_due(status=Status.RUNNING))
    world.sweep_lease().take(None, world.clock())
    measured: dict[str, float] = {}
    assert _sweeper(world, measured).tick("2026-11-22T06:00:00Z") is None
    assert (measured, world.started()) == ({}, [])


def test_a_tick_gives_its_lease_back_even_if_the_sweep_fails(world: "World") -> None:
    def fail(real: Any, **kwargs: Any) -> Any:
        raise ClientError({"Error": {"Code": "InternalServerException"}}, "any")

    world.put(_due(status=Status.RUNNING))
    with pytest.raises(SweepIncomplete):
        _sweeper(world, executions=world.executions_over(Meddled(world.sfn, describe_execution=fail))).tick(None)
    assert _sweeper(world).tick(None) == Swept(seen=1, revived=1, unconfirmed=0)


# Failed executions


@pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT", "ABORTED"])
def test_a_failed_execution_is_followed_by_the_next_run_at_once(world: "World", status: str) -> None:
    world.put(_due(status=Status.RUNNING, due_at=EPOCH + 9_999))
    world.executions.start(VIDEO, 1)
    world.close(f"{VIDEO}-1")
    assert _sweeper(world).execution_ended(_ended(1, status))
    assert world.started() == [f"{VIDEO}-1", f"{VIDEO}-2"]


@pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT", "ABORTED"])
def test_the_event_is_believed_while_step_functions_still_calls_the_execution_running(world: "World", status: str) -> None:
    world.put(_due(status=Status.RUNNING, due_at=EPOCH + 9_999))
    world.executions.start(VIDEO, 1)  # and DescribeExecution, which is eventually consistent, says RUNNING
    assert _sweeper(world).execution_ended(_ended(1, status))
    assert world.started() == [f"{VIDEO}-1", f"{VIDEO}-2"]


@pytest.mark.parametrize("status", ["RUNNING", "PENDING_REDRIVE", "SUCCEEDED", "", None])
def test_an_event_that_tells_of_no_failed_end_makes_the_sweep_ask(world: "World", status: str | None) -> None:
    world.put(_due(status=Status.RUNNING, due_at=EPOCH + 9_999))
    world.executions.start(VIDEO, 1)
    assert not _sweeper(world).execution_ended({"name": f"{VIDEO}-1", "status": status})
    assert world.started() == [f"{VIDEO}-1"]


@pytest.mark.parametrize("times", [1, 2])
def test_a_late_event_about_an_older_run_changes_nothing(world: "World", times: int) -> None:
    video = world.put(_due(status=Status.RUNNING, run=2, due_at=EPOCH + 9_999))
    for run in (1, 2):
        world.executions.start(VIDEO, run)
    for _ in range(times):
        assert not _sweeper(world).execution_ended(_ended(1))
    assert world.read(VIDEO) == video


def test_a_duplicate_event_begins_one_run(world: "World") -> None:
    world.put(_due(status=Status.RUNNING))
    world.executions.start(VIDEO, 1)
    world.close(f"{VIDEO}-1")
    assert _sweeper(world).execution_ended(_ended(1))
    assert not _sweeper(world).execution_ended(_ended(1))
    assert world.read(VIDEO).run == 2


def test_a_video_whose_executions_fail_repeatedly_is_left_to_the_schedule(world: "World") -> None:
    world.put(_due(status=Status.RUNNING, run=PROMPT_RUNS + 1))
    assert not _sweeper(world).execution_ended(_ended(PROMPT_RUNS + 1))
    assert world.started() == []
    assert _sweeper(world).sweep().revived == 1


@pytest.mark.parametrize("name", ["vid_nobody-1", f"{VIDEO}-2", f"{VIDEO}-one", "by-hand"])
def test_the_end_of_an_execution_without_a_video_is_ignored(world: "World", name: str) -> None:
    world.put(_due(status=Status.RUNNING))
    assert not _sweeper(world).execution_ended({"name": name})
    assert world.started() == []


@pytest.mark.parametrize("detail", [{"name": "mytest"}, {"name": ""}, {}], ids=str)
def test_the_end_of_an_execution_started_by_hand_is_ignored(world: "World", detail: dict[str, Any]) -> None:
    assert not _sweeper(world).execution_ended(detail)


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_an_announced_end_that_left_the_queue_never_changes_again(world: "World", status: Status) -> None:
    video = world.put(any_video(status=status, event_id="evt_1", told="evt_1"))
    assert not _sweeper(world).execution_ended(_ended(1))
    assert world.read(VIDEO) == video


def test_a_sweep_reads_all_keys_also_that_of_earlier_versions(world: "World") -> None:
    keys = ["due", *(f"due#{number}" for number in range(DUE_KEYS))]
    for number, key in enumerate(keys):
        world.put(_due(id=f"vid_{number:026d}", due=key))
    assert _sweeper(world).sweep().seen == len(keys)
    assert len(world.started()) == len(keys)


def test_a_long_queue_delays_no_other_and_each_sweep_begins_elsewhere(world: "World") -> None:
    for number in range(60):
        world.put(_due(id=f"vid_{number:026d}", due="due#3"))
    for number, key in enumerate(("due", "due#5", "due#7", "refused", "stuck")):
        world.put(_due(id=f"vid_{number + 100:026d}", due=key))
    firsts = set()
    for _ in range(6):
        order = [name for name, _ in _sweeper(world)._due(_Tally())]
        assert sorted(order.index(f"vid_{number:026d}") for number in range(100, 105))[-1] < 6
        firsts.add(order[0])
        world.clock.advance(60)
    assert len(firsts) > 1


def test_a_key_that_cannot_be_read_is_reported_and_delays_no_other(world: "World") -> None:
    def fail_at_one(real: Any, **request: Any) -> Any:
        if request["ExpressionAttributeValues"][":queue"]["S"] == "due#3" and "Select" not in request:
            raise ConnectionError
        return real(**request)

    paginator = world.dynamodb.get_paginator("query")

    class Pages:
        def paginate(self, **request: Any) -> Any:
            return fail_at_one(paginator.paginate, **request)

    world.put(_due(due="due#4"))
    videos = world.videos_over(Meddled(world.dynamodb, get_paginator=lambda real, name: Pages()))
    with pytest.raises(SweepIncomplete):
        replace(_sweeper(world), videos=videos).sweep()
    assert len(world.started()) == 1


# The controls


def _counted_calls(world: "World", counts: list[str]) -> ControlsTable:
    def count(name: str) -> Any:
        def call(real: Any, **kwargs: Any) -> Any:
            counts.append(name)
            return real(**kwargs)

        return call

    client: Any = Meddled(world.dynamodb, **{name: count(name) for name in ("get_item", "update_item")})
    return ControlsTable(client, world.videos_table)


@pytest.mark.parametrize("paused", [None, EPOCH])
def test_a_sweep_writes_the_copies_once_if_the_main_item_changed_without_them(world: "World", paused: int | None) -> None:
    world.controls.pause(NOW - timedelta(hours=1))
    world.change(CONTROLS, paused_at=paused)
    _sweeper(world).sweep()
    assert world.controls.read().is_mirrored
    assert {item.get("paused_at") for item in world.items() if item["id"].startswith(CONTROLS)} == {paused}
    counts: list[str] = []
    world.controls = _counted_calls(world, counts)
    _sweeper(world).sweep()
    assert counts == ["get_item"]


def test_a_sweep_of_controls_that_never_changed_writes_nothing(world: "World") -> None:
    counts: list[str] = []
    world.controls = _counted_calls(world, counts)
    _sweeper(world).sweep()
    assert counts == ["get_item"]


def test_a_sweep_that_cannot_write_the_copies_does_the_rest_and_fails(world: "World") -> None:
    world.change(CONTROLS, id=CONTROLS, paused_at=EPOCH)
    world.put(_due())
    world.controls = ControlsTable(Meddled(world.dynamodb, update_item=_refuse), world.videos_table)  # type: ignore[arg-type]
    measured: dict[str, float] = {}
    with pytest.raises(SweepIncomplete):
        _sweeper(world, measured).sweep()
    assert (measured["Paused"], measured["SweepRepairs"], world.started()) == (1, 1, [f"{VIDEO}-1"])


def _refuse(*_: object, **__: object) -> None:
    raise ClientError({"Error": {"Code": "InternalServerError"}}, "UpdateItem")


# Deleted videos


def test_a_sweep_deletes_the_objects_of_a_deleted_video_twice_and_then_forgets_it(world: "World") -> None:
    world.put(any_video(status=Status.SUCCEEDED, object_key="any", event_id="evt_1", told="evt_1"))
    for seen in (1, 0):
        if seen:
            assert Deletion(world.videos, world.deliveries, world.clock).delete(VIDEO)
        world.s3.put_object(Bucket=world.bucket, Key=f"videos/acme/{VIDEO}.mp4", Body=b"any")
        assert _sweeper(world).sweep() == Swept(seen=1, revived=0, unconfirmed=0)
        assert (world.objects(), _sweeper(world).sweep().seen) == ([], 0)
        world.clock.advance(1_200)
    assert _sweeper(world).sweep().seen == 0


def test_a_deleted_video_is_still_announced_if_its_execution_has_stopped(world: "World") -> None:
    world.put(_due(status=Status.SUCCEEDED, event_id="evt_1"))
    assert Deletion(world.videos, world.deliveries, world.clock).delete(VIDEO)
    assert _sweeper(world).sweep().revived == 1
    world.videos.mark_notified(world.read(VIDEO))
    assert _sweeper(world).sweep().seen == 0
    world.clock.advance(1_200)
    assert _sweeper(world).sweep() == Swept(seen=1, revived=0, unconfirmed=0)
    assert "due" not in world.item(VIDEO)


def test_late_evidence_does_not_bring_the_second_time_forward(world: "World") -> None:
    world.put(any_video(status=Status.FAILED, event_id="evt_1", told="evt_1", claim="a"))
    assert Deletion(world.videos, world.deliveries, world.clock).delete(VIDEO)
    _sweeper(world).sweep()
    world.videos.record_evidence(world.read(VIDEO), "task-1", NOW)
    world.clock.advance(600)
    assert _sweeper(world).sweep().seen == 1
    assert world.read(VIDEO).due_at == EPOCH + 1_200
    assert world.read(VIDEO).erase_at == EPOCH + 1_200
