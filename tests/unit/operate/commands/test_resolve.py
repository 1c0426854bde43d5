"""`python -m operate videos resolve`."""

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from cliprelay.video.cost import cost_of
from cliprelay.video.record import Video, deadline_after, iso
from cliprelay.video.states import Status
from cliprelay.video.table import DUE, UNCONFIRMED
from tests.support.makers import any_spec, any_video
from tests.support.operate_stack import Operate

if TYPE_CHECKING:
    from tests.support.world import World

ID, OTHER = "vid_01KAN3J9M4S9A5XH7W2T0QZ8RA", "vid_01KAN3J9M4S9A5XH7W2T0QZ8RB"
WAYS = [["--adopt", "task-7"], ["--charged"], ["--not-charged", "--yes"], ["--not-charged", "--end"]]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def resolve(operate: Operate) -> Operate:
    """Return a function that resolves the world's one unconfirmed video."""
    return partial(operate, "videos", "resolve", ID)


def unconfirmed(**changes: Any) -> Video:
    """Return a video whose paid call was made a minute ago by the real clock."""
    begun = datetime.now(UTC) - timedelta(minutes=1)
    values = {"id": ID, "status": Status.UNCONFIRMED, "due": UNCONFIRMED, "due_at": 4_000_000_000, "claim": "a"}
    values |= {"created_at": iso(begun), "deadline": deadline_after(begun, any_spec())}
    return any_video(**values | {"error": {"code": "outcome_unknown", "message": "any"}} | changes)


def test_an_adopted_task_runs_and_is_due_for_the_next_sweep(world: "World", resolve: Operate) -> None:
    world.put(unconfirmed())
    status, out, _ = resolve("--adopt", "task-7")
    assert status == 0
    assert (world.read(ID).status, world.read(ID).upstream_id) == (Status.RUNNING, "task-7")
    assert list(world.videos.due(DUE, datetime.now(UTC))) == [ID]
    assert "within a minute" in out


def test_a_charge_ends_the_video_and_the_tenant_is_notified(world: "World", resolve: Operate) -> None:
    world.put(unconfirmed())
    _, out, _ = resolve("--charged")
    assert (world.read(ID).error or {})["code"] == "charged_without_video"
    assert "has failed: charged_without_video" in out
    assert "notifies the tenant" in out


def test_not_charged_says_that_the_video_is_paid_again(world: "World", resolve: Operate) -> None:
    world.put(unconfirmed())
    _, out, _ = resolve("--not-charged", "--yes")
    assert world.read(ID).status is Status.QUEUED
    assert "submitted again and PAID.\nThe sweep picks it up within a minute" in out


@pytest.mark.parametrize(("answer", "status"), [("yes\n", Status.QUEUED), ("n\n", Status.UNCONFIRMED), ("", Status.UNCONFIRMED)])
def test_not_charged_asks_at_a_terminal_before_it_pays(
    answer: str, status: Status, world: "World", resolve: Operate, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.put(unconfirmed())
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    _, _, err = resolve("--not-charged")
    assert world.read(ID).status is status
    assert f"{ID} goes back to the queue and is PAID when it is submitted again" in err
    assert f"videos resolve {ID} --not-charged --end --stack {world.name}" in err


@pytest.mark.parametrize("way", [["--charged"], ["--not-charged"], ["--not-charged", "--yes"], ["--not-charged", "--end"]])
def test_the_doubt_about_a_second_call_is_resolved_only_by_its_number(world: "World", resolve: Operate, way: list[str]) -> None:
    world.put(unconfirmed(attempts=1))
    status, out, err = resolve(*way)
    assert (status, out, world.read(ID).status) == (1, "", Status.UNCONFIRMED)
    assert "is about paid call 2" in err
    assert "PAID" not in err
    assert resolve(*way, "--call", "2", *(["--yes"] if way == ["--not-charged"] else []))[0] == 0


def test_not_charged_needs_the_yes_option_where_nobody_can_answer(
    world: "World", resolve: Operate, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.put(unconfirmed())
    monkeypatch.setattr("sys.stdin", io.StringIO("yes\n"))
    status, _, err = resolve("--not-charged")
    assert (status, world.read(ID).status) == (1, Status.UNCONFIRMED)
    assert "in scripts, use --yes" in err


@pytest.mark.parametrize("past", [{"status": Status.RUNNING}, {"deadline": 1}])
def test_not_charged_asks_only_where_a_payment_can_follow(
    past: dict[str, Any], world: "World", resolve: Operate, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.put(unconfirmed(**past))
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert "PAID" not in resolve("--not-charged")[2]


def test_not_charged_can_end_the_video_unpaid(world: "World", resolve: Operate) -> None:
    world.put(unconfirmed())
    _, out, _ = resolve("--not-charged", "--end")
    assert (world.read(ID).error or {})["code"] == "not_submitted"
    assert "PAID" not in out
    assert "nothing was paid" in out


def test_a_pause_makes_the_payment_wait_for_resume(world: "World", resolve: Operate) -> None:
    world.put(unconfirmed())
    world.controls.pause(datetime.now(UTC))
    out = resolve("--not-charged", "--yes")[1]
    assert "PAID once you resume" in out
    assert f"operate resume --stack {world.name}" in out


def test_a_refused_account_makes_the_payment_wait(world: "World", resolve: Operate) -> None:
    world.put(unconfirmed())
    world.change("controls", id="controls", refusal="upstream_balance")
    assert "PAID once the upstream accepts the account again (upstream_balance)" in resolve("--not-charged", "--yes")[1]


def test_a_requeued_video_past_its_deadline_is_reported_as_unpaid(world: "World", resolve: Operate) -> None:
    world.put(unconfirmed(created_at="2020-01-01T00:00:00Z"))
    out = resolve("--not-charged", "--yes")[1]
    assert "PAID" not in out
    assert "Its deadline was 2020-01-03T00:15:00Z" in out


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("status", [Status.QUEUED, Status.RUNNING, Status.FAILED])
def test_a_video_in_another_state_is_rejected_with_that_state(way: list[str], status: Status, world: "World", resolve: Operate) -> None:
    video = world.put(any_video(id=ID, status=status))
    code, out, err = resolve(*way)
    assert (code, out) == (1, "")
    has_ended = status is Status.FAILED and way in (["--charged"], ["--not-charged", "--yes"])
    assert f"{ID} is {status.value}, {'and its charge is released' if has_ended else 'not unconfirmed'}" in err
    assert world.read(ID) == video


# Of a video that has ended

QUOTE = {"tokens": 100_000, "usd": "0.2400", "usd_per_million": "2.4"}


def _doubtful(world: "World", status: Status = Status.FAILED, **changes: Any) -> Video:
    error = {"code": "generation_failed", "message": "any"}
    ended = {"status": status, "error": error, "upstream_id": "task-1", "event_id": "evt_1", "told": "evt_1"}
    return world.put(any_video(id=ID, quote=QUOTE, reserved=250_000, **ended, **changes))


@pytest.mark.parametrize("status", [Status.FAILED, Status.EXPIRED, Status.CANCELED])
@pytest.mark.parametrize(
    ("way", "charge", "usd", "says"),
    [
        ("--charged", "charged", "0.2400", "costs $0.2400: its amount is settled."),
        ("--not-charged", "not_charged", "0.0000", "costs nothing: its amount is released."),
    ],
)
def test_what_the_bill_says_settles_an_ending_in_doubt(
    world: "World", resolve: Operate, status: Status, way: str, charge: str, usd: str, says: str
) -> None:
    before = _doubtful(world, status)
    code, out, _ = resolve(way)
    assert (code, out) == (0, f"{ID} stays {status.value} and {says}\n")
    found = world.read(ID)
    assert found == replace(before, resolved_charge=charge, updated_at=found.updated_at)
    cost = cost_of(world.read(ID)) or {}
    assert (cost["usd"], cost["settled"]) == (usd, True)
    (counter,) = world.spend_items()
    assert counter["doubtful"] == -240_000
    assert counter.get("settled", 0) == (240_000 if way == "--charged" else 0)


def test_the_same_resolution_again_changes_nothing_and_another_one_is_refused(world: "World", resolve: Operate) -> None:
    _doubtful(world)
    resolve("--charged")
    counted = world.spend_items()
    assert resolve("--charged")[0] == 0
    code, _, err = resolve("--not-charged")
    assert (code, world.spend_items()) == (1, counted)
    assert f"{ID} is failed, and its charge is settled, not in doubt: there is nothing to resolve" in err


@pytest.mark.parametrize("way", ["--charged", "--not-charged"])
def test_an_ending_after_a_second_call_is_settled_only_by_its_number(world: "World", resolve: Operate, way: str) -> None:
    before = _doubtful(world, attempts=1)
    code, _, err = resolve(way)
    assert (code, world.read(ID), world.spend_items()) == (1, before, [])
    assert "is about paid call 2" in err
    assert resolve(way, "--call", "2")[0] == 0
    assert resolve(way, "--call", "2")[0] == 0


def test_a_video_that_succeeded_is_not_in_doubt(world: "World", resolve: Operate) -> None:
    world.put(any_video(id=ID, quote=QUOTE, reserved=250_000, status=Status.SUCCEEDED, upstream_id="t", object_key="k"))
    assert "its charge is settled, not in doubt" in resolve("--not-charged")[2]


@pytest.mark.parametrize("way", [["--adopt", "task-8"], *WAYS[1:]])
def test_a_stored_proof_of_payment_allows_only_its_adoption(way: list[str], world: "World", resolve: Operate) -> None:
    video = world.put(unconfirmed(upstream_id="task-7"))
    code, _, err = resolve(*way)
    assert code == 1
    assert f"videos resolve {ID} --adopt task-7" in err
    assert world.read(ID) == video


def test_the_task_with_a_stored_proof_can_be_adopted(world: "World", resolve: Operate) -> None:
    world.put(unconfirmed(upstream_id="task-7"))
    assert resolve("--adopt", "task-7")[0] == 0
    assert world.read(ID).status is Status.RUNNING


def test_a_task_belongs_to_one_video(world: "World", resolve: Operate) -> None:
    video = world.put(unconfirmed())
    world.put(any_video(id=OTHER, tenant="zoo", status=Status.SUCCEEDED, upstream_id="task-7"))
    code, _, err = resolve("--adopt", "task-7")
    assert code == 1
    assert f"task-7 already belongs to {OTHER} (tenant zoo, succeeded)" in err
    assert world.read(ID) == video


def test_an_unknown_video_is_a_one_line_error_with_the_id(resolve: Operate) -> None:
    code, out, err = resolve("--charged")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert f"no video {ID}" in err


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--end"],
        ["--charged", "--end"],
        ["--adopt", "task-7", "--end"],
        ["--charged", "--not-charged"],
        ["--adopt", ""],
        ["--adopt", "x" * 257],
        ["--adopt", "UPSTREAM_ID"],
        ["--adopt", OTHER],
        *(["--not-charged", f"--call={number}"] for number in ("0", "-1", "1.5", "two", "", "1000", "²")),
        ["--adopt", "task-7", "--call", "2"],
        ["--deliver", "--call", "2"],
    ],
)
def test_an_invalid_resolution_changes_nothing(words: list[str], world: "World", resolve: Operate) -> None:
    video = world.put(unconfirmed())
    assert resolve(*words)[0] == 2
    assert world.read(ID) == video
