"""`python -m operate restore --copy`: the whole procedure after a loss, and what the command says and refuses."""

import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from cliprelay.aws.items import typed
from cliprelay.video.states import Status
from cliprelay.video.table import DUE
from operate.commands import restore_copy
from operate.recovery.report import AGAIN, Outcome
from tests.support.asl_walker import walk
from tests.support.fake_upstream import FakeUpstream
from tests.support.makers import any_body, any_video, tenant_of
from tests.support.operate_stack import Operate
from tests.support.video_walk import steps_of

if TYPE_CHECKING:
    from tests.support.world import World


@pytest.fixture
def world(moto_world: "World") -> "World":
    """Return one in moto, which restores tables."""
    return moto_world


@pytest.fixture(autouse=True)
def _real_time(world: "World") -> None:
    """Let the world's clock agree with that of the commands."""
    world.clock.now = datetime.now(UTC)


def restored(world: "World", table: str) -> str:
    """Restore a table, as DynamoDB does: always to a new one."""
    name = f"{table}-restored"
    world.dynamodb.restore_table_to_point_in_time(SourceTableName=table, TargetTableName=name, UseLatestRestorableTime=True)
    return name


def lose_everything(world: "World") -> None:
    for item in world.items():
        world.dynamodb.delete_item(TableName=world.videos_table, Key={"id": {"S": item["id"]}})


def order(world: "World", key: str) -> Any:
    return world.ask("POST", "/v1/videos", body=any_body(), headers={"Idempotency-Key": key})


def test_after_a_loss_every_video_ends_and_none_is_paid_twice(world: "World", operate: Operate) -> None:
    upstream = FakeUpstream(key="key", asks_with="key")
    steps = steps_of(world, upstream)
    known, unknown = order(world, "first").json["id"], order(world, "second").json["id"]
    steps["Submit"]({"video_id": known, "run": 1})
    table = restored(world, world.videos_table)
    # The loss: the second video is paid after the restore point, then the records go.
    steps["Submit"]({"video_id": unknown, "run": 1})
    lose_everything(world)

    assert operate("pause")[0] == 0
    assert operate("restore", "--table", table, "--yes")[0] == 0
    assert operate("restore", "--table", table, "--copy", "--dry-run")[0] == 0
    assert {item["id"].partition("#")[0] for item in world.items()} == {"controls"}
    assert operate("restore", "--table", table, "--copy", "--yes")[0] == 0
    again = order(world, "second")
    assert (again.json["id"], again.headers["idempotency-replayed"]) == (unknown, "true")
    assert operate("videos", "resolve", unknown, "--adopt", "task-2")[0] == 0
    assert operate("resume")[0] == 0

    assert set(world.videos.due(DUE, datetime.now(UTC))) == {known, unknown}
    for video in (known, unknown):
        walk({"video_id": video, "run": 1}, steps, world.clock)
        assert (world.read(video).status, world.read(video).must_be_announced) == (Status.SUCCEEDED, False)
    assert len(upstream.ledger) == 2


def test_the_deployment_is_paused_before_the_first_video_is_copied(world: "World", operate: Operate) -> None:
    world.dynamodb.put_item(TableName=world.videos_table, Item=typed({"id": "vid_1", "tenant": "acme", "status": "odd"}))
    table = restored(world, world.videos_table)
    lose_everything(world)
    with pytest.raises(ValueError, match="odd"):
        operate("restore", "--table", table, "--copy", "--yes")
    assert {item["id"].partition("#")[0] for item in world.items()} == {"controls"}


def test_the_counts_come_before_the_question_and_no_changes_nothing(
    world: "World", operate: Operate, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.put(any_video())
    table = restored(world, world.videos_table)
    lose_everything(world)
    monkeypatch.setattr("sys.stdin", type("Terminal", (io.StringIO,), {"isatty": lambda self: True})("no\n"))
    status, out, err = operate("restore", "--table", table, "--copy")
    assert (status, world.items()) == (1, [])
    assert "video, queued  1       copied as unconfirmed" in out
    assert f"{world.videos_table} as of 20" in out
    assert f"{table}? Type yes:" in err


def test_a_long_copy_says_how_far_it_is(world: "World", operate: Operate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restore_copy, "PROGRESS", 1)
    world.put(any_video())
    _, _, err = operate("restore", "--table", restored(world, world.videos_table), "--copy", "--yes")
    assert err == "... 1 items examined\n"


def test_an_item_that_must_be_examined_again_is_exit_status_1(world: "World", operate: Operate, monkeypatch: pytest.MonkeyPatch) -> None:
    table = restored(world, world.webhooks_table)
    monkeypatch.setattr(restore_copy, "_copy", lambda *parts: iter([Outcome("webhook settings", AGAIN)]))
    status, out, err = operate("restore", "--table", table, "--copy", "--yes")
    assert (status, AGAIN in out, "repeat the command" in err) == (1, True, True)


def test_keys_come_back_only_by_name_and_revoked_ones_as_revoked(world: "World", operate: Operate) -> None:
    valid, revoked = world.keys.create("acme"), world.keys.create("acme")
    ids = {key.hint: key.key_sha256 for key in world.keys.list()}
    world.keys.revoke(ids[revoked[:8]])
    table = restored(world, world.keys_table)
    for digest in ids.values():
        world.dynamodb.delete_item(TableName=world.keys_table, Key={"key_sha256": {"S": digest}})
    _, out, _ = operate("restore", "--table", table, "--copy", "--yes")
    assert ids[valid[:8]][:12] in out
    assert [tenant_of(world.keys, key) for key in (valid, revoked)] == [None, None]
    world.clock.advance(61)
    assert operate("restore", "--table", table, "--copy", "--yes", "--valid-keys", ids[valid[:8]][:12])[0] == 0
    assert [tenant_of(world.keys, key) for key in (valid, revoked)] == ["acme", None]
    assert world.controls.read().paused_at is None


def test_webhook_settings_come_back(world: "World", operate: Operate) -> None:
    world.webhook_settings.put("acme", url="https://hooks.example.com/", events=None, enabled=True)
    table = restored(world, world.webhooks_table)
    world.dynamodb.delete_item(TableName=world.webhooks_table, Key={"id": {"S": "tenant_acme"}})
    assert operate("restore", "--table", table, "--copy", "--yes")[0] == 0
    assert world.webhook_settings.of("acme").url == "https://hooks.example.com/"


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["--copy"], 1, "name the restored table with --table"),
        (["--copy", "--table", "LIVE"], 1, "is the live table itself"),
        (["--copy", "--table", "RESTORED", "--valid-keys", "all"], 1, "--valid-keys is for a table of API keys"),
        (["--copy", "--table", "not-there"], 1, "AWS refused"),
        (["--table", "RESTORED", "--dry-run"], 2, "need --copy"),
        (["--table", "RESTORED", "--valid-keys", "all"], 2, "need --copy"),
        (["--copy", "--table", "RESTORED", "--valid-keys", "abc"], 2, "at least 4 digits"),
        (["--copy", "--table", "RESTORED", "--valid-keys", ","], 2, "at least 4 digits"),
    ],
)
def test_what_is_not_clear_is_refused_before_any_write(
    words: list[str], status: int, message: str, world: "World", operate: Operate
) -> None:
    world.put(any_video())
    names = {"LIVE": world.videos_table, "RESTORED": restored(world, world.videos_table)}
    before = world.items()
    found, _, err = operate("restore", *(names.get(word, word) for word in words))
    assert (found, message in err) == (status, True)
    assert world.items() == before
