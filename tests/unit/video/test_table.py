"""The table accepts and claims a video once, moves it only as permitted, and always stores evidence."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from cliprelay.errors import StoreUncertain
from cliprelay.video.idempotency import Intent, IntentTaken, intent_id
from cliprelay.video.record import Video, iso
from cliprelay.video.states import ANNOUNCED, MOVES, TERMINAL, Status
from cliprelay.video.table import DUE, KEEPER_MARGIN, UNCONFIRMED, TaskOfAnother, Written, due_key
from tests.support.makers import GRACE, NOW, Meddled, any_video, one_at_a_time, twice

if TYPE_CHECKING:
    from tests.support.world import World

INTENT = intent_id("acme", "order-7")
EPOCH = int(NOW.timestamp())
NON_TERMINAL = [status for status in Status if status not in TERMINAL]


def _intent(video: Video) -> Intent:
    return Intent(INTENT, video.id, "hash")


def _vid(letter: str) -> str:
    return "vid_" + letter * 26


# Accepting


def test_a_video_and_its_intent_are_recorded_together(world: "World") -> None:
    video = any_video(intent=INTENT)
    world.videos.accept(video, _intent(video), NOW)
    assert world.read(video.id) == video
    assert world.videos.intent(INTENT, NOW) == _intent(video)


def test_a_video_without_a_key_has_no_intent(world: "World") -> None:
    world.videos.accept(any_video(), None, NOW)
    assert len(world.items()) == 1


def test_the_second_request_with_the_same_key_writes_nothing(world: "World") -> None:
    first, second = any_video(id=_vid("A"), intent=INTENT), any_video(id=_vid("B"), intent=INTENT)
    world.videos.accept(first, _intent(first), NOW)
    with pytest.raises(IntentTaken):
        world.videos.accept(second, _intent(second), NOW)
    assert world.videos.get(second.id) is None
    assert world.videos.intent(INTENT, NOW) == _intent(first)


def test_an_expired_intent_is_ignored_even_while_its_item_still_exists(world: "World") -> None:
    old, new = any_video(id=_vid("A"), intent=INTENT), any_video(id=_vid("B"), intent=INTENT)
    world.videos.accept(old, _intent(old), NOW)
    world.change(INTENT, expires_at=EPOCH - 1)
    assert world.videos.intent(INTENT, NOW) is None
    world.videos.accept(new, _intent(new), NOW)
    assert world.videos.intent(INTENT, NOW) == _intent(new)


@pytest.mark.parametrize(
    "failure", [ClientError({"Error": {"Code": "InternalServerError"}}, "any"), EndpointConnectionError(endpoint_url="any")]
)
def test_a_write_with_an_unknown_outcome_raises_store_uncertain(world: "World", failure: Exception) -> None:
    def lose(real: Any, **kwargs: Any) -> Any:
        real(**kwargs)
        raise failure

    table = world.videos_over(Meddled(world.dynamodb, transact_write_items=lose))
    with pytest.raises(StoreUncertain):
        table.accept(any_video(), None, NOW)


def test_a_repetition_by_the_sdk_is_recognised_by_the_random_part_of_the_id(world: "World") -> None:
    tokens: list[str] = []

    def note(real: Any, **kwargs: Any) -> Any:
        tokens.append(kwargs["ClientRequestToken"])
        return real(**kwargs)

    world.videos_over(Meddled(world.dynamodb, transact_write_items=note)).accept(any_video(), None, NOW)
    assert tokens == [f"{any_video().id}-0"]  # DynamoDB accepts up to 36 characters


def test_an_intent_is_not_read_as_a_video(world: "World") -> None:
    video = any_video(intent=INTENT)
    world.videos.accept(video, _intent(video), NOW)
    assert world.videos.get(INTENT) is None


def test_a_missing_record_is_none(world: "World") -> None:
    assert world.videos.get("vid_nothing") is None
    assert world.videos.intent("intent_nothing", NOW) is None


# Claiming


def _claim(world: "World", video: Video, token: str, table: Any = None) -> Video | None:
    claimed: Written = (table or world.videos).claim(video, token, NOW, EPOCH + 1_000, GRACE, world.permit())
    assert claimed.video == world.read(video.id)
    return claimed.video if claimed.won else None


def test_a_claim_records_its_token_time_and_deadline(world: "World") -> None:
    claimed = _claim(world, world.put(any_video(waiting_for="throttled")), "a")
    assert claimed is not None
    assert (claimed.status, claimed.claim, claimed.claimed_at, claimed.submitted_at) == (Status.SUBMITTING, "a", EPOCH, EPOCH)
    assert claimed.deadline == EPOCH + 1_000
    assert claimed.waiting_for is None


def test_a_claim_is_not_due_before_its_grace_is_over(world: "World") -> None:
    claimed = _claim(world, world.put(any_video()), "a")
    assert claimed is not None
    assert claimed.due_at == int((NOW + GRACE + KEEPER_MARGIN).timestamp())


def test_the_second_of_two_claims_is_lost(world: "World") -> None:
    video = world.put(any_video())
    assert _claim(world, video, "a")
    assert _claim(world, video, "b") is None
    assert world.read(video.id).claim == "a"


def test_exactly_one_of_32_concurrent_claims_wins(world: "World") -> None:
    video, start = world.put(any_video()), Barrier(32)
    table = world.videos_over(Meddled(world.dynamodb, transact_write_items=one_at_a_time()))

    def race(number: int) -> bool:
        start.wait()
        return table.claim(video, f"token-{number}", NOW, EPOCH + 1_000, GRACE, world.permit()).won

    with ThreadPoolExecutor(32) as threads:
        assert sum(threads.map(race, range(32))) == 1


def test_a_claim_whose_first_response_was_lost_recognises_its_own_token(world: "World") -> None:
    video = world.put(any_video())
    table = world.videos_over(Meddled(world.dynamodb, transact_write_items=twice))
    claimed = _claim(world, video, "a", table)
    assert claimed is not None
    assert claimed.claim == "a"


def test_a_claim_whose_response_was_lost_is_lost_if_the_video_has_moved(world: "World") -> None:
    video = world.put(any_video())
    _claim(world, video, "a")
    world.change(video.id, status="unconfirmed")
    assert _claim(world, video, "a") is None


def test_a_requeued_video_can_be_claimed_again_and_the_old_claim_is_fenced_off(world: "World") -> None:
    first = _claim(world, world.put(any_video()), "a")
    assert first is not None
    queued = world.videos.move(first, Status.QUEUED, NOW).video
    assert _claim(world, queued, "b")
    assert not world.videos.move(first, Status.FAILED, NOW).won
    assert not world.videos.record_evidence(first, "task-1", NOW)


# Evidence


@pytest.mark.parametrize("status", Status)
def test_evidence_is_stored_in_any_state_and_does_not_change_it(world: "World", status: Status) -> None:
    video = world.put(any_video(status=status, claim="a"))
    assert world.videos.record_evidence(video, "task-1", NOW)
    looked_at = int((NOW + KEEPER_MARGIN).timestamp())
    assert world.read(video.id) == any_video(status=status, claim="a", upstream_id="task-1", due_at=looked_at)


def test_evidence_can_be_stored_again_when_the_first_response_was_lost(world: "World") -> None:
    video = world.put(any_video(status=Status.SUBMITTING, claim="a"))
    assert world.videos_over(Meddled(world.dynamodb, transact_write_items=twice)).record_evidence(video, "task-1", NOW)


def test_evidence_of_another_claim_or_another_task_changes_nothing(world: "World") -> None:
    video = world.put(any_video(status=Status.RUNNING, claim="a", upstream_id="task-1"))
    for other in (replace(video, claim="b"), video, replace(video, id="vid_nothing")):
        assert not world.videos.record_evidence(other, "task-2", NOW)
    assert world.read(video.id).upstream_id == "task-1"


def test_a_task_can_be_stored_repeatedly_for_one_video_only(world: "World") -> None:
    first, second = (world.put(any_video(id=f"vid_{number}", status=Status.SUBMITTING, claim="a")) for number in (1, 2))
    assert world.videos.record_evidence(first, "task-1", NOW)
    assert world.videos.record_evidence(first, "task-1", NOW)
    with pytest.raises(TaskOfAnother):
        world.videos.record_evidence(second, "task-1", NOW)
    assert world.read(second.id) == second


@pytest.mark.parametrize("days", [0, 1, 7, 29])
def test_a_tasks_owner_is_known_for_longer_than_its_video_is_kept(world: "World", days: int) -> None:
    video = world.put(any_video(status=Status.RUNNING, claim="a"))
    assert world.videos.record_evidence(video, "task-1", NOW)
    (owner,) = [item for item in world.items() if item["id"].startswith("task_")]
    late = datetime.fromtimestamp(video.deadline, UTC) + timedelta(days=days)
    ended = world.videos.move(replace(video, upstream_id="task-1"), Status.FAILED, late)
    assert ended.won
    assert owner["expires_at"] > (ended.video.expires_at or 0)
    assert owner == {"id": owner["id"], "video_id": video.id, "expires_at": owner["expires_at"]}


# Moving


BACK = [(source, target) for source in Status for target in (Status.QUEUED, Status.SUBMITTING) if target in MOVES[source]]


@pytest.mark.parametrize("is_known", [False, True], ids=["stored since", "known"])
@pytest.mark.parametrize(("source", "target"), BACK)
def test_what_was_bought_is_never_moved_to_queued_or_submitting(world: "World", source: Status, target: Status, is_known: bool) -> None:
    bought = world.put(any_video(status=source, claim="a", upstream_id="task-1"))
    read = bought if is_known else replace(bought, upstream_id=None)
    assert world.videos.move(read, target, NOW) == (bought, False)
    assert world.read(bought.id) == bought


@pytest.mark.parametrize(("source", "target"), [(source, target) for source in Status for target in sorted(MOVES[source])])
def test_no_end_ignores_evidence_stored_after_the_look(world: "World", source: Status, target: Status) -> None:
    bought = world.put(any_video(status=source, claim="a", upstream_id="task-1"))
    moved = world.videos.move(replace(bought, upstream_id=None), target, NOW)
    assert moved.won is (target in (Status.RUNNING, Status.UNCONFIRMED))
    assert world.read(bought.id).upstream_id == "task-1"


def test_a_move_outside_the_table_is_refused_before_anything_is_written(world: "World") -> None:
    for source in Status:
        video = world.put(any_video(status=source))
        for target in set(Status) - MOVES[source]:
            with pytest.raises(ValueError, match="may not become"):
                world.videos.move(video, target, NOW)
        assert world.read(video.id) == video


@pytest.mark.parametrize(("source", "target"), [(source, target) for source in Status for target in sorted(MOVES[source])])
def test_a_permitted_move_succeeds_once(world: "World", source: Status, target: Status) -> None:
    video = world.put(any_video(status=source, claim="a"))
    moved = world.videos.move(video, target, NOW).video
    assert moved.status is target
    assert not world.videos.move(video, target, NOW).won


@pytest.mark.parametrize("intent", [None, INTENT])
@pytest.mark.parametrize("permitted", [False, True])
def test_a_move_returns_the_present_record_whether_it_won_or_lost(world: "World", intent: str | None, permitted: bool) -> None:
    video = any_video(intent=intent)
    world.videos.accept(video, _intent(video) if intent else None, NOW)
    target, permit = (Status.SUBMITTING, world.permit()) if permitted else (Status.CANCELED, None)
    won = world.videos.move(video, target, NOW, permit=permit, claim="a")
    assert won == (world.read(video.id), True)
    lost = world.videos.move(video, target, NOW, permit=world.permit() if permitted else None, claim="b")
    assert lost == (world.read(video.id), False)
    assert lost.video.claim == "a"


def test_a_write_to_a_deleted_record_is_lost_and_returns_the_record_last_read(world: "World") -> None:
    assert world.videos.move(any_video(), Status.CANCELED, NOW) == (any_video(), False)


@pytest.mark.parametrize("target", sorted(ANNOUNCED))
def test_every_end_and_an_unconfirmed_payment_get_their_own_event(world: "World", target: Status) -> None:
    source = next(status for status in Status if target in MOVES[status])
    moved = world.videos.move(world.put(any_video(status=source)), target, NOW).video
    assert moved.must_be_announced
    assert moved.event_at == iso(NOW)
    # An unconfirmed video is counted at once, and stays due until it is announced.
    assert moved.due == (UNCONFIRMED if target is Status.UNCONFIRMED else due_key(moved.id))
    assert moved.id in world.videos.due(str(moved.due), NOW + timedelta(hours=1))


def test_an_end_sets_the_expiry_of_video_and_intent_and_drops_the_upstream_link(world: "World") -> None:
    video = any_video(intent=INTENT, status=Status.ARCHIVING, upstream_url="https://media.example.com/1.mp4")
    world.videos.accept(video, _intent(video), NOW)
    moved = world.videos.move(video, Status.SUCCEEDED, NOW).video
    assert moved.ended_at == iso(NOW)
    assert moved.expires_at == world.item(INTENT)["expires_at"] == int((NOW + timedelta(days=30)).timestamp())
    assert moved.upstream_url is None


def test_an_open_video_never_expires(world: "World") -> None:
    for source in NON_TERMINAL:
        for target in sorted(MOVES[source] - TERMINAL):
            moved = world.videos.move(world.put(any_video(status=source)), target, NOW).video
            assert moved.expires_at is None


def test_a_video_ends_even_if_its_intent_is_gone(world: "World") -> None:
    video = world.put(any_video(intent=INTENT, status=Status.ARCHIVING))
    moved = world.videos.move(video, Status.SUCCEEDED, NOW).video
    assert moved.status is Status.SUCCEEDED
    assert world.item(INTENT) == {}


def test_a_video_with_an_intent_ends_once(world: "World") -> None:
    video = any_video(intent=INTENT)
    world.videos.accept(video, _intent(video), NOW)
    assert world.videos.move(video, Status.CANCELED, NOW).won
    assert not world.videos.move(video, Status.FAILED, NOW).won
    assert world.read(video.id).status is Status.CANCELED


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_no_write_of_a_step_leaves_a_terminal_state(world: "World", status: Status) -> None:
    world.put(any_video(status=status, claim="a", event_id="evt_1"))
    for stale in NON_TERMINAL:
        seen = any_video(status=stale, claim="a", event_id="evt_1")
        for target in MOVES[stale]:
            assert not world.videos.move(seen, target, NOW).won
        assert not world.videos.extend_lease(seen, NOW, 5, progress=50).won
    world.videos.record_evidence(any_video(claim="a"), "task-1", NOW)
    world.videos.mark_notified(any_video(status=status, event_id="evt_1"))
    assert world.read(any_video().id).status is status


# Leases and announcements


def test_extending_the_lease_postpones_the_sweep_by_the_wait_and_a_margin(world: "World") -> None:
    video = world.put(any_video(status=Status.RUNNING))
    assert world.videos.extend_lease(video, NOW, 300, waited=318).won
    kept = world.read(video.id)
    assert (kept.waited, kept.due, kept.due_at) == (318, due_key(kept.id), EPOCH + 300 + int(KEEPER_MARGIN.total_seconds()))


@pytest.mark.parametrize("change", [{"run": 2}, {"status": "archiving"}])
def test_a_step_of_an_older_run_or_state_extends_no_lease(world: "World", change: dict[str, Any]) -> None:
    video = world.put(any_video(status=Status.RUNNING))
    world.change(video.id, **change)
    assert not world.videos.extend_lease(video, NOW, 300, progress=50).won
    assert world.read(video.id).progress == 0


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_an_ended_video_leaves_the_index_once_it_is_announced(world: "World", status: Status) -> None:
    video = world.put(any_video(status=status, event_id="evt_1", due=DUE, due_at=EPOCH))
    assert world.videos.mark_notified(video).won
    assert world.read(video.id).due is None
    assert list(world.videos.due(DUE, NOW)) == []


def test_an_unconfirmed_video_waits_for_its_deadline_once_it_is_announced(world: "World") -> None:
    video = world.put(any_video(status=Status.UNCONFIRMED, event_id="evt_1", due=DUE, due_at=EPOCH))
    assert world.videos.mark_notified(video).won
    assert world.videos.count_unconfirmed() == 1
    assert list(world.videos.due(UNCONFIRMED, NOW)) == []
    assert list(world.videos.due(UNCONFIRMED, NOW.fromtimestamp(video.deadline, NOW.tzinfo))) == [video.id]


def test_announcing_an_older_event_marks_nothing(world: "World") -> None:
    video = world.put(any_video(status=Status.UNCONFIRMED, event_id="evt_1", due=DUE, due_at=EPOCH))
    world.change(video.id, event_id="evt_2", status="failed")
    assert not world.videos.mark_notified(video).won
    assert world.read(video.id).must_be_announced


def test_announcing_a_resolved_doubt_leaves_the_running_video_due(world: "World") -> None:
    unsure = world.put(any_video(status=Status.UNCONFIRMED, claim="a", event_id="evt_1"))
    world.videos.move(unsure, Status.RUNNING, NOW)  # late evidence, while Notify was publishing
    world.videos.mark_notified(unsure)
    assert world.read(unsure.id).due == due_key(unsure.id)
    assert world.videos.count_unconfirmed() == 0


def test_a_new_run_makes_the_video_due_again_even_if_it_was_not(world: "World") -> None:
    begun = world.videos.begin_run(world.put(any_video(status=Status.RUNNING)), NOW)
    assert (begun.video.run, begun.video.due, begun.video.due_at) == (2, due_key(begun.video.id), int((NOW + KEEPER_MARGIN).timestamp()))


def test_exactly_one_of_two_sweeps_begins_the_next_run(world: "World") -> None:
    video = world.put(any_video(status=Status.RUNNING, due=DUE, due_at=EPOCH))
    begun = world.videos.begin_run(video, NOW).video
    assert begun.run == 2
    assert not world.videos.begin_run(video, NOW).won


# Finding


def test_only_due_videos_are_found(world: "World") -> None:
    for letter, due_at in (("A", EPOCH - 1), ("B", EPOCH), ("C", EPOCH + 1)):
        world.put(any_video(id=_vid(letter), due=DUE, due_at=due_at))
    assert list(world.videos.due(DUE, NOW)) == [_vid("A"), _vid("B")]


def test_a_tenant_finds_its_own_videos_by_age_in_both_directions(world: "World") -> None:
    for letter in "ABCDE":
        world.put(any_video(id=_vid(letter), tenant="other" if letter == "C" else "acme"))
    newest, after = world.videos.page("acme", after=None, newest_first=True, limit=3)
    assert ([video.id for video in newest], after) == ([_vid("E"), _vid("D"), _vid("B")], _vid("B"))
    oldest, after = world.videos.page("acme", after=_vid("B"), newest_first=False, limit=3)
    assert ([video.id for video in oldest], after) == ([_vid("D"), _vid("E")], None)


def test_intents_are_never_listed(world: "World") -> None:
    video = any_video(intent=INTENT)
    world.videos.accept(video, _intent(video), NOW)
    assert world.videos.page("acme", after=None, newest_first=True, limit=10) == ([video], None)


# What is read and written at once


def test_a_video_is_read_with_another_item_in_one_call(world: "World") -> None:
    video = world.put(any_video())
    world.controls.pause(NOW)
    found, copy = world.videos.get_with(video.id, world.controls.key_for(video.id))
    assert (found, (copy or {})["paused_at"]) == (video, EPOCH)
    assert world.videos.get_with("vid_nothing", "nothing") == (None, None)
    assert world.videos.get_with("controls", video.id)[0] is None


def test_a_record_has_no_attribute_with_its_default_value(world: "World") -> None:
    world.put(any_video(image=None, base_url=""))
    written = {"id", "tenant", "status", "listing", "run", "model", "settings", "created_at", "updated_at", "deadline"}
    assert set(world.item(any_video().id)) == written
    assert world.read(any_video().id) == any_video(image=None, base_url="")


def _run_paid(world: "World", video: Video, task: str = "task-1") -> Written:
    return world.videos.run_paid(video, task, NOW, keep_for=timedelta(seconds=18), waited=18, error=None)


def test_a_paid_video_gets_its_task_and_runs_in_one_write(world: "World") -> None:
    video = world.put(any_video(status=Status.SUBMITTING, claim="a"))
    assert _run_paid(world, video) == (world.read(video.id), True)
    assert (world.read(video.id).status, world.read(video.id).upstream_id) == (Status.RUNNING, "task-1")


@pytest.mark.parametrize("change", [{"status": Status.UNCONFIRMED}, {"claim": "b"}, {"upstream_id": "task-2"}])
def test_a_paid_video_that_has_changed_meanwhile_is_left_as_it_is(world: "World", change: dict[str, Any]) -> None:
    video = any_video(status=Status.SUBMITTING, claim="a")
    changed = world.put(replace(video, **change))
    assert _run_paid(world, video) == (changed, False)
    assert [item["id"] for item in world.items()] == [video.id]


def test_a_task_of_another_video_starts_none(world: "World") -> None:
    first, second = (world.put(any_video(id=f"vid_{number}", status=Status.SUBMITTING, claim="a")) for number in (1, 2))
    assert _run_paid(world, first).won
    with pytest.raises(TaskOfAnother):
        _run_paid(world, second)
    assert world.read(second.id) == second


@pytest.mark.parametrize(
    ("minutes", "is_left"), [(4.9, False), (5, True), (10, True), (20, True), (20.1, False)], ids=lambda each: f"{each} after the need"
)
def test_a_move_leaves_a_lease_that_serves(world: "World", minutes: float, is_left: bool) -> None:
    need = timedelta(seconds=40)
    due_at = int((NOW + need + timedelta(minutes=minutes)).timestamp())
    video = world.put(any_video(status=Status.RUNNING, due=due_key(any_video().id), due_at=due_at))
    moved = world.videos.move(video, Status.ARCHIVING, NOW, keep_for=need).video
    assert moved == world.read(video.id)
    assert moved.due_at == (due_at if is_left else int((NOW + need + KEEPER_MARGIN).timestamp()))


@pytest.mark.parametrize(
    ("queue", "keep_for"), [("stuck", timedelta(0)), (due_key(any_video().id), -KEEPER_MARGIN)], ids=["another queue", "due at once"]
)
def test_a_move_to_another_queue_or_for_the_next_sweep_writes_the_lease(world: "World", queue: str, keep_for: timedelta) -> None:
    video = world.put(any_video(status=Status.RUNNING, due=queue, due_at=EPOCH + 300))
    moved = world.videos.move(video, Status.ARCHIVING, NOW, keep_for=keep_for).video
    assert (moved.due, moved.due_at) == (due_key(video.id), int((NOW + keep_for + KEEPER_MARGIN).timestamp()))


def test_a_move_out_of_an_announced_state_keeps_a_lease_that_notify_changes_meanwhile(world: "World") -> None:
    video = world.put(any_video(status=Status.UNCONFIRMED, event_id="evt_1", claim="a", due=due_key(any_video().id), due_at=EPOCH + 600))
    assert world.videos.mark_notified(video).won
    moved = world.videos.move(video, Status.RUNNING, NOW, upstream_id="task-1").video
    assert (moved.due, moved.due_at) == (due_key(video.id), EPOCH + 600)
    assert (world.read(video.id).due, world.read(video.id).due_at) == (moved.due, moved.due_at)
