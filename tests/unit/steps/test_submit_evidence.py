"""Submit stores evidence of a payment first, whatever has happened to the video."""

import logging
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import EndpointConnectionError

from cliprelay.aws.table import INSISTED
from cliprelay.video.states import Status
from cliprelay.workflow.resolution import not_charged
from tests.support.fake_upstream import FakeUpstream
from tests.support.makers import (
    GRACE,
    NOW,
    Meddled,
    any_video,
)
from tests.support.submitting import poll_once, read_back, submit, video_with_faults

if TYPE_CHECKING:
    from tests.support.world import World


@pytest.mark.parametrize("meanwhile", [Status.UNCONFIRMED, Status.FAILED, Status.CANCELED, Status.EXPIRED])
def test_evidence_is_stored_even_if_the_video_has_moved(world: "World", meanwhile: Status) -> None:
    world.put(any_video())
    upstream = FakeUpstream(during=lambda: world.change(any_video().id, status=meanwhile.value, event_id="evt_1"))
    submit(world, upstream)
    assert read_back(world).upstream_id == "task-1"


def test_late_evidence_returns_an_unconfirmed_video_to_running(world: "World") -> None:
    world.put(any_video())
    error = {"code": "outcome_unknown", "message": "Not known."}
    upstream = FakeUpstream(during=lambda: world.change(any_video().id, status="unconfirmed", event_id="evt_1", error=error))
    result = submit(world, upstream)
    assert (result["next"], result["status"]) == ("wait", "running")
    assert (read_back(world).status, read_back(world).error) == (Status.RUNNING, None)


def test_late_evidence_leaves_an_ended_video_ended(world: "World") -> None:
    world.put(any_video())
    upstream = FakeUpstream(during=lambda: world.change(any_video().id, status="failed", event_id="evt_1", told="evt_1"))
    assert submit(world, upstream)["next"] == "done"
    assert (read_back(world).status, read_back(world).upstream_id) == (Status.FAILED, "task-1")


def _away_for(world: "World", tries: int) -> Any:
    """Return a table that is unreachable for the first `tries` attempts to store evidence."""
    left = iter(range(tries))

    def away(real: Any, **kwargs: Any) -> Any:
        if ":set_upstream_id" in repr(kwargs["TransactItems"]) and next(left, None) is not None:
            raise EndpointConnectionError(endpoint_url="https://dynamodb.example.com")
        return real(**kwargs)

    return world.videos_over(Meddled(world.dynamodb, transact_write_items=away))


def test_evidence_survives_30_seconds_without_the_table(world: "World") -> None:
    world.put(any_video())
    assert submit(world, FakeUpstream(), table=_away_for(world, INSISTED))["status"] == "running"
    assert read_back(world).upstream_id == "task-1"
    assert world.clock() == NOW + timedelta(seconds=30)


def test_retries_to_store_evidence_end_within_the_time_of_submit(world: "World") -> None:
    world.put(any_video())
    with pytest.raises(EndpointConnectionError):
        submit(world, FakeUpstream(), table=_away_for(world, INSISTED + 1))
    assert world.clock() <= NOW + timedelta(seconds=30)


def _put_back_as_unpaid(world: "World") -> Any:
    """Return an action that requeues the video as unpaid while the paid call is still in flight."""

    def put_back() -> None:
        if read_back(world).status is Status.SUBMITTING:
            world.videos.move(read_back(world), Status.UNCONFIRMED, NOW)
            not_charged(world.videos, any_video().id, NOW)

    return put_back


def test_late_evidence_of_a_requeued_video_prevents_a_second_payment(world: "World") -> None:
    world.put(any_video())
    upstream = FakeUpstream(during=_put_back_as_unpaid(world))
    assert submit(world, upstream)["next"] == "submit"
    assert (read_back(world).status, read_back(world).upstream_id) == (Status.QUEUED, "task-1")
    assert submit(world, upstream)["next"] == "wait"
    assert (read_back(world).status, len(upstream.ledger)) == (Status.RUNNING, 1)


def test_evidence_stored_between_read_and_claim_stops_the_claim(world: "World") -> None:
    put_back = world.put(any_video(claim="a"))
    world.videos.record_evidence(put_back, "task-1", NOW)
    assert not world.videos.claim(put_back, "b", NOW, put_back.deadline, GRACE, world.permit()).won


def test_a_payment_that_the_record_cannot_hold_is_counted_and_logged_as_lost(world: "World", caplog: pytest.LogCaptureFixture) -> None:
    world.put(any_video())
    upstream = FakeUpstream(during=lambda: world.change(any_video().id, claim="another token"))
    counted: list[str] = []
    submit(world, upstream, count=counted.append)
    assert counted == ["LostVideos"]
    assert [record.upstream_id for record in caplog.records if record.message == "lost"] == ["task-1"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("fault", "status", "then"), [("429", "queued", "submit"), ("balance", "queued", "submit"), ("moderation", "failed", "notify")]
)
def test_a_late_refusal_proves_that_an_unconfirmed_video_was_not_paid(world: "World", fault: str, status: str, then: str) -> None:
    world.put(video_with_faults(f"create={fault}"))
    upstream = FakeUpstream(during=lambda: world.change(any_video().id, status="unconfirmed", event_id="evt_1"))
    result = submit(world, upstream)
    assert (result["next"], result["status"]) == (then, status)
    assert upstream.ledger == []


@pytest.mark.parametrize("fault", ["429", "balance", "moderation", "drop"])
def test_a_late_answer_never_touches_the_doubt_of_a_newer_claim(world: "World", fault: str) -> None:
    world.put(video_with_faults(f"create={fault}"))
    newer = {"status": "unconfirmed", "claim": "the newer one", "event_id": "evt_1", "told": "evt_1"}
    upstream = FakeUpstream(during=lambda: world.change(any_video().id, **newer))
    assert submit(world, upstream)["next"] == "done"
    now = read_back(world)
    assert (now.status, now.claim, now.event_id, now.error) == (Status.UNCONFIRMED, "the newer one", "evt_1", None)


def test_a_late_unknown_outcome_leaves_an_unconfirmed_video_unchanged(world: "World") -> None:
    world.put(video_with_faults("create=drop"))
    upstream = FakeUpstream(during=lambda: world.change(any_video().id, status="unconfirmed", event_id="evt_1", told="evt_1"))
    assert submit(world, upstream)["next"] == "done"
    assert (read_back(world).status, read_back(world).event_id) == (Status.UNCONFIRMED, "evt_1")


def test_a_video_runs_when_its_evidence_was_stored_before_a_crash(world: "World") -> None:
    world.put(any_video())
    writes = count(1)

    def crash_at_the_fourth(real: Any, **kwargs: Any) -> Any:
        if next(writes) == 4:  # the claim, the evidence with the move, the evidence alone, the move
            raise SystemExit
        return real(**kwargs)

    upstream = FakeUpstream(during=lambda: world.change(any_video().id, status="unconfirmed", event_id="evt_1"))
    with pytest.raises(SystemExit):
        submit(
            world,
            upstream,
            table=world.videos_over(Meddled(world.dynamodb, update_item=crash_at_the_fourth, transact_write_items=crash_at_the_fourth)),
        )
    assert (read_back(world).status, read_back(world).upstream_id) == (Status.UNCONFIRMED, "task-1")
    assert submit(world, upstream)["next"] == "notify"
    assert poll_once(world, upstream)["status"] == "running"
    assert len(upstream.ledger) == 1


def test_the_log_records_the_task_id_of_a_payment(world: "World", caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="cliprelay")
    world.put(any_video())
    submit(world, FakeUpstream())
    assert [vars(line)["upstream_id"] for line in caplog.records if "upstream_id" in vars(line)] == ["task-1"]


def test_a_task_that_belongs_to_another_video_leaves_this_one_unconfirmed(world: "World", caplog: pytest.LogCaptureFixture) -> None:
    other = world.put(any_video(id="vid_of_another", status=Status.RUNNING, claim="b"))
    assert world.videos.record_evidence(other, "task-1", NOW)
    world.put(any_video())
    counted: list[str] = []
    upstream = FakeUpstream()  # its first id is task-1
    assert submit(world, upstream, count=counted.append)["next"] == "notify"
    assert (read_back(world).status, read_back(world).upstream_id, counted) == (Status.UNCONFIRMED, None, ["DuplicateTasks"])
    assert "another video" in (read_back(world).error or {})["message"]
    assert world.read(other.id).upstream_id == "task-1"
    flagged = [record for record in caplog.records if record.message == "task of another video"]
    assert [(record.video_id, record.upstream_id) for record in flagged] == [(any_video().id, "task-1")]  # type: ignore[attr-defined]
