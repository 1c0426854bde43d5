"""`python -m operate restore`: no restored video is paid before a person has checked it."""

import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from cliprelay.admission.controls import admit
from cliprelay.video.record import Video, iso
from cliprelay.video.states import TERMINAL, Status
from cliprelay.video.table import DUE, UNCONFIRMED, VideoTable
from operate.recovery.marking import mark_unconfirmed
from operate.recovery.tables import INDEXES, LISTS, Kind
from tests.support.makers import NOW, Meddled, any_video
from tests.support.operate_stack import Operate
from tests.support.world import template_resources

if TYPE_CHECKING:
    from tests.support.world import World

OPEN = sorted(set(Status) - TERMINAL)
ALPHABET = "ABCDEFGHJKMNPQRSTVWXYZ"
AHEAD = int((datetime.now(UTC) + timedelta(days=2)).timestamp())


@pytest.fixture
def world(moto_world: "World") -> "World":
    """Return one in moto, which describes tables."""
    return moto_world


@pytest.fixture
def restore(operate: Operate) -> Operate:
    return partial(operate, "restore")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def put(world: "World", number: int, status: Status, **changes: Any) -> Video:
    queue = UNCONFIRMED if status is Status.UNCONFIRMED else DUE
    values = {"status": status, "due": queue, "due_at": 0, "deadline": AHEAD, "created_at": iso(datetime.now(UTC))} | changes
    return world.put(any_video(id=f"vid_01KAN3J9M4S9A5XH7W2T0QZ8R{ALPHABET[number]}", **values))


def rows(out: str) -> list[list[str]]:
    """Return the rows of the table of counts."""
    table = out.split("is now\n", 1)[1]
    return [re.split(r"\s{2,}", line) for line in table.splitlines() if re.match(r"\w+ {2,}\d+ ", line)]


@pytest.mark.parametrize("status", OPEN)
def test_an_open_video_without_proof_of_payment_becomes_unconfirmed(status: Status, world: "World", restore: Operate) -> None:
    video = put(world, 0, status)
    assert restore("--yes")[0] == 0
    found = world.read(video.id)
    assert (found.status, found.queued_by) == (Status.UNCONFIRMED, None)


@pytest.mark.parametrize("status", sorted(set(OPEN) - {Status.QUEUED}))
def test_an_open_video_with_proof_of_payment_runs_and_is_due_for_the_next_sweep(status: Status, world: "World", restore: Operate) -> None:
    video = put(world, 0, status, upstream_id="task-7", claim="a")
    restore("--yes")
    found = world.read(video.id)
    assert (found.status, found.upstream_id, found.must_be_announced) == (Status.RUNNING, "task-7", False)
    assert list(world.videos.due(DUE, datetime.now(UTC))) == [video.id]


def test_ended_videos_stay_unchanged(world: "World", restore: Operate) -> None:
    videos = [put(world, number, status, expires_at=AHEAD) for number, status in enumerate(sorted(TERMINAL))]
    restore("--yes")
    assert [world.read(video.id) for video in videos] == videos


def test_restore_leaves_the_deployment_paused(world: "World", restore: Operate) -> None:
    restore("--yes")
    assert admit(world.controls.read(), datetime.now(UTC)).code == "paused"


def test_an_unreadable_record_leaves_the_deployment_paused(world: "World", restore: Operate) -> None:
    world.dynamodb.put_item(TableName=world.videos_table, Item={"id": {"S": "vid_1"}, "tenant": {"S": "acme"}})
    with pytest.raises(KeyError):
        restore("--yes")
    assert world.controls.read().paused_at is not None


def test_an_older_pause_retains_its_time(world: "World", restore: Operate) -> None:
    world.controls.pause(datetime.now(UTC) - timedelta(days=1))
    before = world.controls.read()
    restore("--yes")
    assert world.controls.read() == before


def test_videos_are_counted_by_former_status(world: "World", restore: Operate) -> None:
    for number, status in enumerate([Status.QUEUED, Status.QUEUED, Status.SUBMITTING, Status.UNCONFIRMED, Status.SUCCEEDED]):
        put(world, number, status)
    put(world, 10, Status.RUNNING, upstream_id="task-7")
    assert rows(restore("--yes")[1]) == [
        ["queued", "2", "unconfirmed"],
        ["submitting", "1", "unconfirmed"],
        ["running", "1", "running, as the upstream's task"],
        ["succeeded", "1", "as before"],
        ["unconfirmed", "1", "unconfirmed, as before"],
    ]


def unconfirmed(world: "World") -> dict[str, Any]:
    """Map each unconfirmed video to its event."""
    return {item["id"]: item["event_id"] for item in world.items() if item.get("status") == "unconfirmed"}


def test_a_second_run_changes_nothing(world: "World", restore: Operate) -> None:
    put(world, 0, Status.QUEUED)
    put(world, 1, Status.RUNNING, upstream_id="task-7")
    restore("--yes")
    before = unconfirmed(world)
    status, out, _ = restore("--yes")
    assert (status, unconfirmed(world)) == (0, before)
    assert rows(out)[-1] == ["unconfirmed", "1", "unconfirmed, as before"]


def test_the_output_ends_with_the_next_commands(world: "World", restore: Operate) -> None:
    put(world, 0, Status.QUEUED)
    out = restore("--yes")[1]
    assert f"operate videos list --status unconfirmed --stack {world.name}\n" in out
    assert out.endswith(f"operate resume --stack {world.name}\n")


def test_the_advice_to_resolve_appears_only_with_unconfirmed_videos(world: "World", restore: Operate) -> None:
    put(world, 0, Status.RUNNING, upstream_id="task-7")
    out = restore("--yes")[1]
    assert "continue automatically" in out
    assert "videos list" not in out


def test_videos_past_their_deadline_are_counted(world: "World", restore: Operate) -> None:
    put(world, 0, Status.QUEUED, deadline=1)
    put(world, 1, Status.RUNNING, deadline=1, upstream_id="task-7")
    put(world, 2, Status.QUEUED)
    assert "Past their deadline: 1. Within 11 min they end" in restore("--yes")[1]


def test_a_restored_table_can_be_named_before_the_stack_uses_it(world: "World", restore: Operate) -> None:
    live = put(world, 0, Status.QUEUED)
    status, out, err = restore("--yes", "--table", "not-there")
    assert (status, out) == (1, "")
    assert "AWS refused" in err
    assert world.read(live.id) == live
    assert restore("--yes", "--table", world.videos_table)[0] == 0
    assert world.read(live.id).status is Status.UNCONFIRMED


# Concurrent with a running workflow


def interleaved(world: "World", meanwhile: Callable[[], Any]) -> VideoTable:
    """Return the videos table, with another action before its first write."""
    waiting = [meanwhile]

    def run_first(real: Callable[..., Any], **request: Any) -> Any:
        while waiting:
            waiting.pop()()
        return real(**request)

    return world.videos_over(Meddled(world.dynamodb, update_item=run_first, transact_write_items=run_first))


def test_a_video_that_moves_concurrently_is_marked_anyway(world: "World") -> None:
    video = put(world, 0, Status.QUEUED)
    videos = interleaved(world, lambda: world.change(video.id, status="submitting"))
    found = mark_unconfirmed(videos, video, NOW)
    assert found
    assert found.status is Status.UNCONFIRMED
    assert world.read(video.id) == found


def test_a_proof_stored_concurrently_makes_the_video_run(world: "World") -> None:
    video = put(world, 0, Status.SUBMITTING)
    videos = interleaved(world, lambda: world.change(video.id, upstream_id="task-7"))
    found = mark_unconfirmed(videos, video, NOW)
    assert found
    assert (found.status, found.upstream_id) == (Status.RUNNING, "task-7")


def test_a_video_that_ends_concurrently_stays_unchanged(world: "World") -> None:
    video = put(world, 0, Status.ARCHIVING, upstream_id="task-7")
    videos = interleaved(world, lambda: world.change(video.id, status="succeeded"))
    found = mark_unconfirmed(videos, video, NOW)
    assert found
    assert found.status is Status.SUCCEEDED


def test_a_video_adopted_by_the_workflow_first_stays_unchanged(world: "World") -> None:
    video = put(world, 0, Status.UNCONFIRMED, upstream_id="task-7")
    videos = interleaved(world, lambda: world.change(video.id, status="running", waited=30))
    found = mark_unconfirmed(videos, video, NOW)
    assert found
    assert (found.status, found.waited) == (Status.RUNNING, 30)


def test_a_video_deleted_concurrently_is_skipped(world: "World") -> None:
    video = put(world, 0, Status.QUEUED)
    gone = {"TableName": world.videos_table, "Key": {"id": {"S": video.id}}}
    assert mark_unconfirmed(interleaved(world, lambda: world.dynamodb.delete_item(**gone)), video, NOW) is None


# Confirmation


@pytest.mark.parametrize("answer", ["no\n", "\n", "", "y\n"])
def test_any_answer_but_yes_changes_nothing(answer: str, world: "World", restore: Operate, monkeypatch: pytest.MonkeyPatch) -> None:
    video = put(world, 0, Status.QUEUED)
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    status, out, err = restore()
    assert (status, out) == (1, "")
    assert "nothing was changed" in err
    assert world.read(video.id) == video
    assert world.controls.read().paused_at is None


def test_yes_at_a_terminal_runs_the_restore(world: "World", restore: Operate, monkeypatch: pytest.MonkeyPatch) -> None:
    video = put(world, 0, Status.QUEUED)
    monkeypatch.setattr("sys.stdin", Terminal("Yes\n"))
    status, _, err = restore()
    assert status == 0
    assert world.videos_table in err
    assert world.read(video.id).status is Status.UNCONFIRMED


def test_a_script_needs_the_yes_option(world: "World", restore: Operate, monkeypatch: pytest.MonkeyPatch) -> None:
    video = put(world, 0, Status.QUEUED)
    monkeypatch.setattr("sys.stdin", io.StringIO("yes\n"))
    status, _, err = restore()
    assert status == 1
    assert "--yes" in err
    assert world.read(video.id) == video


@pytest.mark.parametrize("table", ["webhooks_table", "keys_table"])
def test_a_table_without_videos_is_rejected(table: str, world: "World", restore: Operate) -> None:
    name = getattr(world, table)
    status, _, err = restore("--yes", "--table", name)
    assert (status, "not a videos table" in err) == (1, True)
    assert world.dynamodb.scan(TableName=name)["Items"] == []


@pytest.mark.parametrize("tenant_index", ["full", "both", "lean"])
def test_the_template_has_the_required_indexes(tenant_index: str) -> None:
    videos = template_resources(tenant_index)["VideosTable"]["Properties"]
    names = {index["IndexName"] for index in videos["GlobalSecondaryIndexes"]}
    assert names >= INDEXES[Kind.VIDEOS]
    assert names & LISTS
