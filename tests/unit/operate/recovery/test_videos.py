"""What a live table has lost is copied; nothing is overwritten, and nothing that was perhaps paid can be paid again."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from cliprelay import ids
from cliprelay.aws.items import typed
from cliprelay.aws.table import Table
from cliprelay.video.record import Video, iso
from cliprelay.video.states import TERMINAL, Status
from cliprelay.video.table import DUE, UNCONFIRMED
from cliprelay.workflow.durations import class_of
from operate.recovery.report import AGAIN, COPIED, EXISTS, EXPIRED, UNKNOWN
from operate.recovery.videos import AS_RUNNING, AS_UNCONFIRMED, TAKEN, TASK_ADDED, VideoCopier
from tests.support.makers import NOW, Meddled, OwnedClock, any_video
from tests.support.world import World

OPEN = sorted(set(Status) - TERMINAL)
LATER = int((NOW + timedelta(days=20)).timestamp())
PAST = int(NOW.timestamp())
FIRST, SECOND = "vid_01KAN3J9M4S9A5XH7W2T0QZ8RA", "vid_01KAN3J9M4S9A5XH7W2T0QZ8RB"
KEY = {"id": "intent_7", "video_id": FIRST, "body_sha256": "b"}
_NUMBERS = count(1)


@dataclass
class Loss:
    """A live table that has lost something, and the table restored from an earlier moment."""

    clock: OwnedClock = field(default_factory=OwnedClock)

    def __post_init__(self) -> None:
        name = f"loss-{next(_NUMBERS)}"
        self.live, self.restored = World(self.clock, f"{name}-live"), World(self.clock, f"{name}-restored")

    def copy(self, *, dry_run: bool = False, live_client: Any = None) -> list[tuple[str, str, str | None]]:
        client = live_client or self.live.dynamodb
        tables = Table(self.restored.dynamodb, self.restored.videos_table), Table(client, self.live.videos_table)
        videos = self.restored.videos, self.live.videos_over(client)
        return [tuple(each) for each in VideoCopier(*tables, *videos, ids.event_id, self.clock, dry_run).copy()]  # type: ignore[misc]

    def results(self, **options: Any) -> list[str]:
        return [result for _, result, _ in self.copy(**options)]

    def restore(self, status: Status, **changes: Any) -> Video:
        return self.restored.put(any_video(**{"id": FIRST, "status": status, "due": DUE, "due_at": 0} | changes))


def store(world: World, **item: Any) -> None:
    world.dynamodb.put_item(TableName=world.videos_table, Item=typed(item))


@pytest.fixture
def loss() -> Loss:
    return Loss()


# Lost videos


@pytest.mark.parametrize("status", OPEN)
def test_a_lost_video_without_proof_of_payment_is_copied_as_unconfirmed_and_announced(status: Status, loss: Loss) -> None:
    queue = UNCONFIRMED if status is Status.UNCONFIRMED else DUE
    loss.restore(status, claim="a", queued_by="acme" if status is Status.QUEUED else None, due=queue, event_id="evt_1")
    assert loss.results() == [AS_UNCONFIRMED]
    found = loss.live.read(FIRST)
    assert (found.status, found.queued_by, found.must_be_announced) == (Status.UNCONFIRMED, None, True)
    assert loss.live.videos.count_unconfirmed() == 1


@pytest.mark.parametrize("status", sorted(set(OPEN) - {Status.QUEUED}))
def test_a_lost_video_with_a_task_is_copied_as_running_and_found_by_the_sweep(status: Status, loss: Loss) -> None:
    loss.restore(status, upstream_id="task-7", claim="a")
    assert loss.results()[0] == AS_RUNNING
    found = loss.live.read(FIRST)
    assert (found.status, found.upstream_id) == (Status.RUNNING, "task-7")
    assert list(loss.live.videos.due(DUE, loss.clock())) == [FIRST]


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_a_lost_ended_video_is_copied_as_it_was_with_attributes_of_other_versions(status: Status, loss: Loss) -> None:
    loss.restore(status, expires_at=LATER, told="evt_1", event_id="evt_1", due=None, due_at=None)
    loss.restored.change(FIRST, of_a_newer_version={"n": [1, None]})
    assert loss.results() == [COPIED]
    assert loss.live.item(FIRST) == loss.restored.item(FIRST)


def test_a_deleted_video_is_copied_without_a_place_in_the_lists(loss: Loss) -> None:
    loss.restore(Status.SUCCEEDED, expires_at=LATER, deleted_at=iso(NOW))
    assert loss.results() == [COPIED]
    assert loss.live.videos.unlisted(None, 10) == ([], None)
    assert "listing" not in loss.live.item(FIRST)


def test_what_is_over_its_retention_stays_away(loss: Loss) -> None:
    loss.restore(Status.SUCCEEDED, expires_at=PAST, intent=KEY["id"])
    store(loss.restored, **KEY, expires_at=PAST)
    store(loss.restored, id="task_1", video_id=FIRST, expires_at=PAST)
    assert loss.results() == [EXPIRED, EXPIRED]
    assert loss.live.items() == []


def test_the_pause_the_breaker_what_was_learned_and_unknown_items_are_not_copied(loss: Loss) -> None:
    store(loss.restored, id="controls", refusal="upstream_key")
    store(loss.restored, id=class_of(any_video()), b10=1_000)
    store(loss.restored, id="lease_1", holder="somebody")
    store(loss.restored, id="controls#7", refusal="upstream_key", version=1)
    assert sorted(loss.results()) == sorted([EXISTS, EXISTS, EXISTS, UNKNOWN])
    assert loss.live.items() == []


# What the live table has


@pytest.mark.parametrize("status", sorted(Status))
def test_a_video_of_the_live_table_stays_as_it_is(status: Status, loss: Loss) -> None:
    live = loss.live.put(any_video(id=FIRST, status=status, run=4, upstream_id="task-7"))
    loss.restore(Status.QUEUED)
    assert loss.results() == [EXISTS]
    assert loss.live.items() == [loss.live.item(FIRST)]
    assert loss.live.read(FIRST) == live


@pytest.mark.parametrize("status", OPEN)
def test_a_live_video_that_has_lost_its_task_gets_it_back(status: Status, loss: Loss) -> None:
    loss.live.put(any_video(id=FIRST, status=status, queued_by="acme" if status is Status.QUEUED else None))
    loss.restore(Status.RUNNING, upstream_id="task-7", claim="a")
    assert loss.results() == [TASK_ADDED]
    found = loss.live.read(FIRST)
    assert (found.status, found.upstream_id, found.queued_by) == (Status.RUNNING, "task-7", None)


def test_an_ended_live_video_without_the_task_of_the_backup_is_reported_and_stays(loss: Loss) -> None:
    live = loss.live.put(any_video(id=FIRST, status=Status.FAILED))
    loss.restore(Status.RUNNING, upstream_id="task-7")
    ((_, result, note),) = loss.copy()
    assert result == EXISTS
    assert note is not None
    assert "task-7" in note
    assert loss.live.read(FIRST) == live


# Tasks


def test_the_claim_to_a_task_comes_back_with_its_video_and_alone(loss: Loss) -> None:
    running = loss.restore(Status.RUNNING, upstream_id="task-7", claim="a")
    store(loss.restored, id="task_other", video_id=SECOND, expires_at=LATER)
    loss.copy()
    claims = {item["id"]: item["video_id"] for item in loss.live.items() if item["id"].startswith("task_")}
    own = loss.live.videos.task_part(running, "task-7")["Put"]["Item"]["id"]["S"]
    assert claims == {own: FIRST, "task_other": SECOND}


def test_a_lost_video_whose_task_belongs_to_another_now_is_unconfirmed_without_it(loss: Loss) -> None:
    running = loss.restore(Status.RUNNING, upstream_id="task-7", claim="a", told="evt_1", event_id="evt_1")
    own = loss.live.videos.task_part(running, "task-7")["Put"]["Item"]["id"]["S"]
    store(loss.live, id=own, video_id=SECOND, expires_at=LATER)
    outcomes = loss.copy()
    assert (AS_UNCONFIRMED, True) in [(result, note is not None) for _, result, note in outcomes]
    found = loss.live.read(FIRST)
    assert (found.status, found.upstream_id, found.must_be_announced, found.due) == (Status.UNCONFIRMED, None, True, UNCONFIRMED)
    assert loss.live.item(own)["video_id"] == SECOND


# Idempotency-Keys


def test_a_lost_key_comes_back_with_its_video_so_that_a_repeated_order_pays_nothing(loss: Loss) -> None:
    loss.restore(Status.QUEUED, intent=KEY["id"])
    store(loss.restored, **KEY)
    assert loss.results() == [AS_UNCONFIRMED]
    found = loss.live.videos.intent(KEY["id"], loss.clock())
    assert found is not None
    assert (found.video_id, loss.live.read(FIRST).intent) == (FIRST, KEY["id"])


def test_a_lost_key_of_an_ended_live_video_comes_back_and_expires_with_it(loss: Loss) -> None:
    loss.live.put(any_video(id=FIRST, status=Status.SUCCEEDED, expires_at=LATER, intent=KEY["id"]))
    loss.restore(Status.RUNNING, intent=KEY["id"])
    store(loss.restored, **KEY)
    assert sorted(loss.results()) == sorted([EXISTS, COPIED])
    assert loss.live.item(KEY["id"])["expires_at"] == LATER


@pytest.mark.parametrize("first_is_live", [False, True])
@pytest.mark.parametrize("second", [Status.QUEUED, Status.RUNNING])
def test_a_video_ordered_again_with_a_lost_key_is_not_paid_without_a_decision(second: Status, first_is_live: bool, loss: Loss) -> None:
    loss.restore(Status.RUNNING, intent=KEY["id"])
    store(loss.restored, **KEY)
    if first_is_live:
        loss.live.put(any_video(id=FIRST, status=Status.RUNNING, intent=KEY["id"]))
    loss.live.put(any_video(id=SECOND, status=second, intent=KEY["id"], queued_by="acme" if second is Status.QUEUED else None))
    store(loss.live, **KEY | {"video_id": SECOND})
    for _ in ("the first run", "a second run"):
        notes = [note for _, result, note in loss.copy() if result == TAKEN]
        expected = "unconfirmed instead of queued" if second is Status.QUEUED else "both may have been paid"
        assert [expected in (note or "") for note in notes] == [True]
        assert loss.live.item(KEY["id"])["video_id"] == SECOND
        assert loss.live.read(SECOND).status is (Status.UNCONFIRMED if second is Status.QUEUED else Status.RUNNING)
        # Its end must not set an expiry on a key that is another video's.
        assert first_is_live or loss.live.read(FIRST).intent is None


# Crashes, repetition, concurrent writes, a dry run


def everything(loss: Loss) -> None:
    loss.restore(Status.QUEUED, intent=KEY["id"])
    store(loss.restored, **KEY)
    loss.restore(Status.RUNNING, id=SECOND, upstream_id="task-7", claim="a")
    store(loss.restored, id="task_other", video_id="vid_0", expires_at=LATER)


class Crashed(Exception):
    pass


def dies_after(writes: int) -> Callable[..., Any]:
    left = [writes]

    def write(real: Callable[..., Any], **request: Any) -> Any:
        if not left[0]:
            raise Crashed
        left[0] -= 1
        return real(**request)

    return write


@pytest.mark.parametrize("writes", range(3))
def test_a_second_run_after_a_crash_gives_what_one_run_gives(writes: int, loss: Loss) -> None:
    everything(loss)
    dies = dies_after(writes)
    with pytest.raises(Crashed):
        loss.copy(live_client=Meddled(loss.live.dynamodb, put_item=dies, transact_write_items=dies, update_item=dies))
    loss.copy()
    states = {item["id"]: item["status"] for item in loss.live.items() if "tenant" in item}
    assert states == {FIRST: "unconfirmed", SECOND: "running"}
    assert sorted(item["id"].partition("_")[0] for item in loss.live.items()) == ["intent", "task", "task", "vid", "vid"]


def test_a_second_run_changes_nothing(loss: Loss) -> None:
    everything(loss)
    loss.copy()
    before = loss.live.items()
    assert {result for result in loss.results() if "copied" in result} <= {EXISTS}
    assert loss.live.items() == before


def test_a_dry_run_says_what_a_run_does_and_writes_nothing(loss: Loss) -> None:
    everything(loss)
    before = loss.restored.items()
    planned = loss.copy(dry_run=True)
    assert (loss.live.items(), loss.restored.items()) == ([], before)
    assert [(kind, result) for kind, result, _ in loss.copy()][: len(planned)] == [(kind, result) for kind, result, _ in planned]


def test_a_video_that_appears_meanwhile_is_examined_again_by_the_next_run(loss: Loss) -> None:
    loss.restore(Status.QUEUED)

    def first_somebody_else(real: Callable[..., Any], **request: Any) -> Any:
        loss.live.put(any_video(id=FIRST, status=Status.SUCCEEDED))
        return real(**request)

    assert loss.results(live_client=Meddled(loss.live.dynamodb, transact_write_items=first_somebody_else)) == [AGAIN]
    assert loss.results() == [EXISTS]
    assert loss.live.read(FIRST).status is Status.SUCCEEDED
