"""Canceling wins or loses against every step, and no step acts on a record from before it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from cliprelay.ids import claim_token
from cliprelay.video.listing import LISTED_AT, SWEEP, listing_of
from cliprelay.video.record import Video, iso
from cliprelay.video.states import Status
from cliprelay.video.table import UNCONFIRMED
from cliprelay.workflow import resolution
from cliprelay.workflow.cancellation import COPIES_OUTLIVED, AlreadyEnded, AlreadySubmitted, Busy, cancel
from cliprelay.workflow.decisions import back_in_queue, judge_time, requeued
from tests.support.fake_upstream import FakeUpstream
from tests.support.makers import GRACE, NOW, Meddled, any_video, twice
from tests.support.submitting import poll_once, read_back, submit, video_with_faults

if TYPE_CHECKING:
    from tests.support.world import World

OPEN = [Status.SUBMITTING, Status.RUNNING, Status.ARCHIVING, Status.UNCONFIRMED]


def _cancel(world: "World", video: Video | None = None, *, discard: bool = False, table: Any = None) -> Video:
    def start(video_id: str, run: int) -> None:
        world.executions.start(video_id, run)

    return cancel(table or world.videos, video or read_back(world), world.clock(), discard=discard, start=start)


def _canceling(world: "World") -> Callable[[], None]:
    def act() -> None:
        _cancel(world)

    return act


def _during(world: "World", operation: str, act: Callable[[], object], **more: Any) -> Any:
    """Return the table through a client that acts once, right before the operation."""
    left = [act]

    def first_act(real: Any, **kwargs: Any) -> Any:
        if left:
            left.pop()()
        return real(**kwargs)

    return world.videos_over(Meddled(world.dynamodb, **{operation: first_act}, **more))


# Queued


def test_a_queued_video_ends_unpaid_with_its_next_run(world: "World") -> None:
    world.put(any_video())
    video = _cancel(world)
    assert (video.status, video.run, video.cancel_requested_at, video.ended_at) == (Status.CANCELED, 2, iso(NOW), iso(NOW))
    assert (video.must_be_announced, video.error, world.started()) == (True, None, [f"{video.id}-2"])
    assert read_back(world) == video


def test_it_is_never_submitted_by_the_run_before(world: "World") -> None:
    world.put(any_video())
    _cancel(world)
    upstream = FakeUpstream()
    assert submit(world, upstream)["next"] == "done"
    assert submit(world, upstream, run=2)["next"] == "notify"
    assert upstream.ledger == []


def test_a_claim_that_was_being_written_loses(world: "World") -> None:
    world.put(any_video())
    upstream = FakeUpstream()
    submit(world, upstream, table=_during(world, "transact_write_items", lambda: _cancel(world)))
    assert (read_back(world).status, upstream.ledger) == (Status.CANCELED, [])


def test_a_cancel_that_loses_against_the_claim_is_noted_instead(world: "World") -> None:
    upstream = FakeUpstream()
    queued = world.put(any_video())
    submit(world, upstream)
    video = _cancel(world, queued)
    assert (video.status, video.cancel_requested_at, video.run, len(upstream.ledger)) == (Status.RUNNING, iso(NOW), 1, 1)


def test_the_sweep_starts_the_run_that_was_not_started(world: "World") -> None:
    world.put(any_video())
    cancel(world.videos, read_back(world), NOW, start=lambda video_id, run: None)
    assert read_back(world).due_at == int(NOW.timestamp()) + 60


def test_a_cancel_whose_answer_was_lost_has_succeeded(world: "World") -> None:
    world.put(any_video())
    video = _cancel(world, table=world.videos_over(Meddled(world.dynamodb, update_item=twice)))
    assert (video.status, video.run, world.started()) == (Status.CANCELED, 2, [f"{video.id}-2"])


def test_a_repeated_cancel_starts_the_run_that_the_first_one_did_not(world: "World") -> None:
    world.put(any_video())
    cancel(world.videos, read_back(world), NOW, start=lambda video_id, run: None)
    _cancel(world)
    assert world.started() == [f"{any_video().id}-2"]


def test_late_evidence_of_a_requeued_video_outweighs_a_cancel(world: "World") -> None:
    world.put(any_video(claim="a", claimed_at=int(NOW.timestamp()), upstream_id="task-1"))
    video = _cancel(world)
    assert video.status is Status.QUEUED
    decision = judge_time(video, NOW, GRACE)
    assert decision is not None
    assert decision.target is Status.RUNNING


def test_what_an_earlier_version_put_back_into_the_queue_ends(world: "World") -> None:
    world.put(any_video(claim="a", cancel_requested_at=iso(NOW)))
    upstream = FakeUpstream()
    assert submit(world, upstream)["status"] == "canceled"
    assert (read_back(world).status, upstream.ledger) == (Status.CANCELED, [])


# Claimed


@pytest.mark.parametrize("status", OPEN)
def test_a_claimed_video_goes_on_with_the_wish_next_to_its_status(world: "World", status: Status) -> None:
    before = world.put(any_video(status=status, claim="a", due="due#1", due_at=7))
    video = _cancel(world)
    changed = {name for name in vars(before) if getattr(before, name) != getattr(video, name)}
    assert changed == {"cancel_requested_at"}
    assert world.item(video.id)["listing"] == listing_of("acme", "canceled", video.id)
    assert world.started() == []


@pytest.mark.parametrize("fault", ["429", "503", "302", "auth", "balance"])
def test_a_refusal_ends_a_canceled_video_instead_of_queueing_it(world: "World", fault: str) -> None:
    world.put(video_with_faults(f"create={fault}"))
    upstream = FakeUpstream(during=_canceling(world))
    answer = submit(world, upstream)
    assert (answer["next"], answer["status"]) == ("notify", "canceled")
    assert (read_back(world).status, upstream.ledger) == (Status.CANCELED, [])


@pytest.mark.parametrize("first", [False, True], ids=["canceled, then distrusted", "distrusted, then canceled"])
def test_a_late_refusal_ends_it_whatever_came_first(world: "World", *, first: bool) -> None:
    world.put(video_with_faults("create=429"))

    def distrust() -> None:
        world.clock.advance(GRACE.total_seconds() + 1)
        poll_once(world, None)

    def meddle() -> None:
        for act in (distrust, lambda: _cancel(world)) if first else (lambda: _cancel(world), distrust):
            act()

    submit(world, FakeUpstream(during=meddle))
    assert read_back(world).status is Status.CANCELED


def test_a_paid_video_runs_although_it_was_canceled_during_the_call(world: "World") -> None:
    world.put(any_video())
    answer = submit(world, FakeUpstream(during=_canceling(world)))
    video = read_back(world)
    assert (answer["next"], video.status, video.upstream_id, video.cancel_requested_at) == ("wait", Status.RUNNING, "task-1", iso(NOW))
    assert world.item(video.id)["listing"] == listing_of("acme", "canceled", video.id)


def test_a_cancel_before_the_call_but_after_the_claim_saves_the_payment(world: "World") -> None:
    world.put(any_video())

    def claim_and_cancel(real: Any, **kwargs: Any) -> Any:
        answer = real(**kwargs)
        if read_back(world).cancel_requested_at is None:
            _cancel(world)
            world.clock.advance(30)
        return answer

    upstream = FakeUpstream()
    submit(world, upstream, table=world.videos_over(Meddled(world.dynamodb, transact_write_items=claim_and_cancel)))
    assert (read_back(world).status, upstream.ledger) == (Status.CANCELED, [])


@pytest.mark.parametrize("status", [Status.SUBMITTING, Status.UNCONFIRMED])
def test_no_move_takes_a_canceled_video_back_to_the_queue(world: "World", status: Status) -> None:
    before = world.put(any_video(status=status, claim="a"))
    video = _cancel(world)
    assert not world.videos.move(before, Status.QUEUED, NOW, **back_in_queue(before, "throttled")).won
    with pytest.raises(ValueError, match="may not become queued"):
        world.videos.move(video, Status.QUEUED, NOW)
    assert requeued(video, "throttled").target is Status.CANCELED


def test_no_claim_holds_for_a_canceled_video(world: "World") -> None:
    before = world.put(any_video(claim="a", upstream_id="task-1"))
    _cancel(world)
    claimed = world.videos.claim(before, claim_token(), NOW, 0, GRACE, world.permit(before.id))
    assert not claimed.won


@pytest.mark.parametrize("target", [Status.RUNNING, Status.FAILED])
def test_a_move_from_a_record_of_before_the_cancel_is_lost_and_shows_it(world: "World", target: Status) -> None:
    before = world.put(any_video(status=Status.SUBMITTING, claim="a"))
    _cancel(world)
    found = world.videos.move(before, target, NOW)
    assert (found.won, found.video.cancel_requested_at) == (False, iso(NOW))
    assert world.videos.move(found.video, target, NOW).won


def test_a_move_from_a_record_of_before_the_discard_is_lost(world: "World") -> None:
    world.put(any_video(status=Status.ARCHIVING, claim="a", upstream_id="task-1"))
    before = _cancel(world)
    _cancel(world, discard=True)
    assert not world.videos.move(before, Status.SUCCEEDED, NOW, object_key="videos/acme/v.mp4").won


def test_the_sweep_does_not_list_anew_what_was_canceled_since(world: "World") -> None:
    before = world.put(any_video(status=Status.RUNNING))
    _cancel(world)
    assert not world.videos.list_anew(before)
    assert world.videos.list_anew(read_back(world))


@pytest.mark.parametrize("is_complete", [True, False], ids=["by its index", "by age"])
def test_a_list_goes_by_what_is_shown(world: "World", *, is_complete: bool) -> None:
    if is_complete:
        world.dynamodb.put_item(TableName=world.videos_table, Item={"id": {"S": SWEEP}, LISTED_AT: {"N": "1"}})
    world.put(any_video(status=Status.RUNNING))
    _cancel(world)
    found = {status: world.videos.page("acme", after=None, newest_first=True, limit=9, status=status)[0] for status in Status}
    assert [status for status, videos in found.items() if videos] == [Status.CANCELED]


# Ended


@pytest.mark.parametrize("status", [Status.SUCCEEDED, Status.FAILED, Status.EXPIRED, Status.CANCELED])
def test_an_ended_video_cannot_be_canceled(world: "World", status: Status) -> None:
    before = world.put(any_video(status=status))
    with pytest.raises(AlreadyEnded, match=status.value):
        _cancel(world)
    assert read_back(world) == before


def test_a_video_that_moves_at_each_look_is_busy(world: "World") -> None:
    world.put(any_video(status=Status.RUNNING, claim="a"))

    def move(real: Any, **kwargs: Any) -> Any:
        is_running = read_back(world).status is Status.RUNNING
        world.change(any_video().id, status="archiving" if is_running else "running")
        return real(**kwargs)

    with pytest.raises(Busy):
        _cancel(world, table=world.videos_over(Meddled(world.dynamodb, update_item=move)))


# In doubt


def test_an_unconfirmed_video_stays_counted_and_resolvable(world: "World") -> None:
    world.put(any_video(status=Status.UNCONFIRMED, claim="a", due=UNCONFIRMED, due_at=7))
    _cancel(world)
    assert world.videos.count_unconfirmed() == 1
    assert resolution.not_charged(world.videos, any_video().id, NOW).status is Status.CANCELED


@pytest.mark.parametrize("discard", [False, True])
def test_a_kept_copy_can_be_delivered_unless_it_is_thrown_away(world: "World", *, discard: bool) -> None:
    world.put(any_video(status=Status.ARCHIVING, upstream_id="task-1"))
    _cancel(world, discard=discard)
    with pytest.raises(resolution.CannotResolve, match="thrown away" if discard else "no unverified copy"):
        resolution.deliver(world.videos, world.store, any_video().id, "", NOW)


# Discard


@pytest.mark.parametrize("status", OPEN)
def test_only_what_is_being_copied_must_wait_for_other_copies(world: "World", status: Status) -> None:
    world.put(any_video(status=status, claim="a"))
    until = int((NOW + COPIES_OUTLIVED).timestamp()) if status is Status.ARCHIVING else None
    assert _cancel(world, discard=True).discard_after == until


# Only what is not paid for


@pytest.mark.parametrize("status", OPEN)
def test_what_may_be_paid_is_left_alone_if_only_unpaid_videos_are_to_be_canceled(world: "World", status: Status) -> None:
    video = world.put(any_video(status=status))
    with pytest.raises(AlreadySubmitted, match=status.value):
        cancel(world.videos, video, world.clock(), only_unpaid=True, start=lambda *_: None)
    assert world.read(video.id) == video


def test_a_queued_video_whose_task_was_found_is_left_alone_too(world: "World") -> None:
    video = world.put(any_video(upstream_id="task-1"))
    with pytest.raises(AlreadySubmitted):
        cancel(world.videos, video, world.clock(), only_unpaid=True, start=lambda *_: None)


def test_a_queued_video_is_canceled_also_when_only_unpaid_ones_are(world: "World") -> None:
    video = world.put(any_video())
    assert cancel(world.videos, video, world.clock(), only_unpaid=True, start=lambda *_: None).status is Status.CANCELED
