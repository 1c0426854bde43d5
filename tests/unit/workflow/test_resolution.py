"""Resolution: decisions of the operator about unconfirmed payments and restored tables."""

from typing import TYPE_CHECKING, Any

import pytest

from cliprelay.video.states import TERMINAL, Status
from cliprelay.video.table import DUE, KEEPER_MARGIN, UNCONFIRMED
from cliprelay.workflow.resolution import CannotResolve, adopt, charged, distrust_restored, not_charged
from tests.support.makers import NOW, Meddled, any_video

if TYPE_CHECKING:
    from tests.support.world import World

OPEN = sorted(set(Status) - TERMINAL - {Status.UNCONFIRMED})


def doubtful(world: "World") -> str:
    return world.put(any_video(status=Status.UNCONFIRMED, claim="a", error={"code": "outcome_unknown", "message": "any"})).id


def test_an_adopted_task_runs_and_is_found_by_the_next_sweep(world: "World") -> None:
    video = adopt(world.videos, doubtful(world), "task-7", NOW)
    assert (video.status, video.upstream_id, video.error) == (Status.RUNNING, "task-7", None)
    assert list(world.videos.due(DUE, NOW)) == [video.id]


def test_a_charge_without_a_task_fails_the_video_as_charged(world: "World") -> None:
    video = charged(world.videos, doubtful(world), NOW)
    assert (video.status, video.must_be_announced) == (Status.FAILED, True)
    assert video.error
    assert video.error["code"] == "charged_without_video"
    assert "charged for the request" in video.error["message"]


def test_a_video_that_was_not_charged_returns_to_the_queue(world: "World") -> None:
    video = not_charged(world.videos, doubtful(world), NOW)
    assert (video.status, video.error) == (Status.QUEUED, None)
    assert (video.waiting_for, list(world.videos.due(DUE, NOW))) == ("resolved", [video.id])


def test_a_video_that_was_not_charged_can_be_ended_instead(world: "World") -> None:
    video = not_charged(world.videos, doubtful(world), NOW, end=True)
    assert video.status is Status.FAILED
    assert video.error
    assert video.error["code"] == "not_submitted"
    assert "nothing was charged" in video.error["message"]


SAID = [
    pytest.param(charged, {}, id="charged"),
    pytest.param(not_charged, {}, id="not charged"),
    pytest.param(not_charged, {"end": True}, id="not charged, end"),
]


@pytest.mark.parametrize(("say", "options"), SAID)
@pytest.mark.parametrize(("attempts", "call"), [(1, None), (1, 1), (1, 3), (0, 2)])
def test_what_was_found_about_one_paid_call_says_nothing_about_another(
    world: "World", say: Any, options: dict[str, Any], attempts: int, call: int | None
) -> None:
    world.change(doubtful(world), attempts=attempts, claimed_at=int(NOW.timestamp()))
    before = world.read(any_video().id)
    with pytest.raises(CannotResolve, match=f"about paid call {attempts + 1} of 2026-11-22T06:00:00Z"):
        say(world.videos, before.id, NOW, call=call, **options)
    assert world.read(before.id) == before


@pytest.mark.parametrize(("say", "options"), SAID)
@pytest.mark.parametrize(("attempts", "call"), [(0, None), (0, 1), (1, 2), (4, 5)])
def test_what_was_found_about_the_last_paid_call_counts(
    world: "World", say: Any, options: dict[str, Any], attempts: int, call: int | None
) -> None:
    world.change(doubtful(world), attempts=attempts)
    assert say(world.videos, any_video().id, NOW, call=call, **options).status is not Status.UNCONFIRMED


def test_a_command_that_is_run_again_pays_nothing_that_nobody_has_looked_for(world: "World") -> None:
    video = not_charged(world.videos, doubtful(world), NOW)
    world.change(video.id, status="unconfirmed", claim="b", claimed_at=int(NOW.timestamp()) + 40)
    with pytest.raises(CannotResolve, match="--call 2"):
        not_charged(world.videos, video.id, NOW)


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.UNCONFIRMED}))
def test_only_an_unconfirmed_video_can_be_resolved(world: "World", status: Status) -> None:
    video = world.put(any_video(status=status))
    with pytest.raises(CannotResolve, match=status.value):
        adopt(world.videos, video.id, "task-7", NOW)
    assert world.read(video.id) == video


def test_an_unknown_video_id_is_reported_as_unknown(world: "World") -> None:
    with pytest.raises(CannotResolve, match="no video"):
        charged(world.videos, "vid_9", NOW)


@pytest.mark.parametrize("status", OPEN)
def test_an_open_video_of_a_restored_table_becomes_unconfirmed(world: "World", status: Status) -> None:
    video = world.put(any_video(status=status, claim="a"))
    assert distrust_restored(world.videos, video, NOW)
    found = world.read(video.id)
    assert (found.status, found.queued_by, found.must_be_announced) == (Status.UNCONFIRMED, None, True)
    assert (found.error or {})["code"] == "restored"
    assert "restored from a backup" in (found.error or {})["message"]


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_an_ended_video_of_a_restored_table_does_not_change(world: "World", status: Status) -> None:
    video = world.put(any_video(status=status))
    assert distrust_restored(world.videos, video, NOW) is False
    assert world.read(video.id) == video


def with_task(world: "World") -> str:
    return world.put(any_video(status=Status.UNCONFIRMED, claim="a", upstream_id="task-1")).id


def test_a_video_whose_task_is_known_is_never_submitted_again(world: "World") -> None:
    for decide in (not_charged, charged):
        with pytest.raises(CannotResolve, match="task-1"):
            decide(world.videos, with_task(world), NOW)
    with pytest.raises(CannotResolve, match="task-1"):
        adopt(world.videos, with_task(world), "task-2", NOW)
    assert adopt(world.videos, with_task(world), "task-1", NOW).status is Status.RUNNING


def test_evidence_stored_between_read_and_decision_stops_the_decision(world: "World") -> None:
    unsure = world.read(doubtful(world))
    world.videos.record_evidence(unsure, "task-1", NOW)
    assert not world.videos.move(unsure, Status.QUEUED, NOW).won
    assert not world.videos.move(unsure, Status.FAILED, NOW).won
    assert not world.videos.move(unsure, Status.RUNNING, NOW, upstream_id="task-2").won


def test_a_task_of_another_video_cannot_be_adopted(world: "World") -> None:
    other = world.put(any_video(id="vid_other", status=Status.SUBMITTING, claim="b"))
    assert world.videos.record_evidence(other, "task-1", NOW)
    with pytest.raises(CannotResolve, match="another"):
        adopt(world.videos, doubtful(world), "task-1", NOW)


def test_a_task_that_could_not_be_adopted_remains_available_to_its_own_video(world: "World") -> None:
    one, other = doubtful(world), world.put(any_video(id="vid_" + "B" * 26, status=Status.UNCONFIRMED, claim="b")).id

    def late_evidence(real: Any, **kwargs: Any) -> Any:
        world.videos.record_evidence(world.read(one), "task-of-its-own", NOW)
        return real(**kwargs)

    with pytest.raises(CannotResolve, match="moved"):
        adopt(world.videos_over(Meddled(world.dynamodb, transact_write_items=late_evidence)), one, "task-7", NOW)
    assert adopt(world.videos, other, "task-7", NOW).status is Status.RUNNING


def test_a_task_that_the_workflow_has_just_adopted_stays_with_that_video(world: "World") -> None:
    one, other = doubtful(world), world.put(any_video(id="vid_" + "B" * 26, status=Status.UNCONFIRMED, claim="b")).id

    def adopted(real: Any, **kwargs: Any) -> Any:
        world.videos.record_evidence(world.read(one), "task-7", NOW)
        world.change(one, status=Status.RUNNING.value)
        return real(**kwargs)

    with pytest.raises(CannotResolve, match="moved"):
        adopt(world.videos_over(Meddled(world.dynamodb, transact_write_items=adopted)), one, "task-7", NOW)
    with pytest.raises(CannotResolve, match="another"):
        adopt(world.videos, other, "task-7", NOW)


def test_late_evidence_of_an_announced_unconfirmed_video_is_found_by_the_sweep(world: "World") -> None:
    unsure = world.put(any_video(status=Status.UNCONFIRMED, claim="a", event_id="evt_1"))
    assert world.videos.mark_notified(unsure).won
    world.videos.record_evidence(unsure, "task-1", NOW)
    assert list(world.videos.due(UNCONFIRMED, NOW + KEEPER_MARGIN)) == [unsure.id]
    assert not world.videos.mark_notified(unsure).won
    assert list(world.videos.due(UNCONFIRMED, NOW + KEEPER_MARGIN)) == [unsure.id]
