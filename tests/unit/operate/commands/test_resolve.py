"""`python -m operate videos resolve`: a decision is carried out, or refused for what is known; and the owner hears what follows."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from cliprelay.video.record import Video, deadline_after, iso
from cliprelay.video.states import Status
from cliprelay.video.table import DUE, UNCONFIRMED
from operate.main import main
from tests.support.makers import any_spec, any_video

if TYPE_CHECKING:
    from tests.support.world import World

# A resolution of the world's one video in doubt: its exit status, standard output and standard error.
Resolve = Callable[..., tuple[int, str, str]]

ID, OTHER = "vid_01KAN3J9M4S9A5XH7W2T0QZ8RA", "vid_01KAN3J9M4S9A5XH7W2T0QZ8RB"
WAYS = [["--adopt", "task-7"], ["--charged"], ["--not-charged"], ["--not-charged", "--end"]]

# A new session reads all of boto3's models anew, which takes longer than the test.
SESSION = cache(boto3.Session)


@pytest.fixture
def resolve(world: "World", monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Resolve:
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setattr("boto3.Session", SESSION)
    template = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}, "Outputs": {"VideosTableName": {"Value": world.videos_table}}}
    SESSION(region_name="us-east-1").client("cloudformation").create_stack(StackName=world.name, TemplateBody=json.dumps(template))

    def run(*words: str) -> tuple[int, str, str]:
        status = main(["videos", "resolve", ID, *words, "--stack", world.name])
        return status, *capsys.readouterr()

    return run


def doubtful(**changes: Any) -> Video:
    """A video whose paid call was made a minute ago, by the clock that the command reads."""
    begun = datetime.now(UTC) - timedelta(minutes=1)
    values = {"id": ID, "status": Status.UNCONFIRMED, "due": UNCONFIRMED, "due_at": 4_000_000_000, "claim": "a"}
    values |= {"created_at": iso(begun), "deadline": deadline_after(begun, any_spec())}
    return any_video(**values | {"error": {"code": "outcome_unknown", "message": "any"}} | changes)


def test_an_adopted_task_runs_and_the_next_sweep_finds_it(world: "World", resolve: Resolve) -> None:
    world.put(doubtful())
    status, out, _ = resolve("--adopt", "task-7")
    assert status == 0
    assert (world.read(ID).status, world.read(ID).upstream_id) == (Status.RUNNING, "task-7")
    assert list(world.videos.due(DUE, datetime.now(UTC))) == [ID]
    assert "within a minute, by itself" in out


def test_a_charge_ends_the_video_and_its_owner_will_be_told(world: "World", resolve: Resolve) -> None:
    world.put(doubtful())
    _, out, _ = resolve("--charged")
    assert (world.read(ID).error or {})["code"] == "charged_without_video"
    assert "has failed: charged_without_video" in out
    assert "tells its owner" in out


def test_without_a_charge_it_is_said_that_the_video_is_paid_for_again(world: "World", resolve: Resolve) -> None:
    world.put(doubtful())
    _, out, _ = resolve("--not-charged")
    assert world.read(ID).status is Status.QUEUED
    assert "submitted again and PAID.\nThe sweep takes it up within a minute" in out


def test_without_a_charge_the_video_can_be_ended_unpaid(world: "World", resolve: Resolve) -> None:
    world.put(doubtful())
    _, out, _ = resolve("--not-charged", "--end")
    assert (world.read(ID).error or {})["code"] == "not_submitted"
    assert "PAID" not in out
    assert "nothing was paid" in out


def test_while_paused_it_is_said_that_the_payment_waits_for_resume(world: "World", resolve: Resolve) -> None:
    world.put(doubtful())
    world.controls.pause(datetime.now(UTC))
    out = resolve("--not-charged")[1]
    assert "PAID once you resume" in out
    assert f"operate resume --stack {world.name}" in out


def test_while_the_account_is_refused_it_is_said_that_the_payment_waits_for_it(world: "World", resolve: Resolve) -> None:
    world.put(doubtful())
    world.change("controls", id="controls", refusal="upstream_balance")
    assert "PAID once the upstream takes the account again (upstream_balance)" in resolve("--not-charged")[1]


def test_after_its_time_in_the_queue_it_is_said_that_nothing_is_paid(world: "World", resolve: Resolve) -> None:
    world.put(doubtful(created_at="2020-01-01T00:00:00Z"))
    out = resolve("--not-charged")[1]
    assert "PAID" not in out
    assert "over at 2020-01-03T00:15:00Z" in out


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("status", [Status.QUEUED, Status.RUNNING, Status.FAILED])
def test_what_is_not_in_doubt_is_refused_with_its_state(way: list[str], status: Status, world: "World", resolve: Resolve) -> None:
    video = world.put(any_video(id=ID, status=status))
    code, out, err = resolve(*way)
    assert (code, out) == (1, "")
    assert f"{ID} is {status.value}, not unconfirmed" in err
    assert world.read(ID) == video


@pytest.mark.parametrize("way", [["--adopt", "task-8"], *WAYS[1:]])
def test_nobody_can_deny_a_payment_whose_proof_is_stored(way: list[str], world: "World", resolve: Resolve) -> None:
    video = world.put(doubtful(upstream_id="task-7"))
    code, _, err = resolve(*way)
    assert code == 1
    assert f"videos resolve {ID} --adopt task-7" in err
    assert world.read(ID) == video


def test_the_task_whose_proof_is_stored_can_be_adopted(world: "World", resolve: Resolve) -> None:
    world.put(doubtful(upstream_id="task-7"))
    assert resolve("--adopt", "task-7")[0] == 0
    assert world.read(ID).status is Status.RUNNING


def test_a_task_belongs_to_one_video(world: "World", resolve: Resolve) -> None:
    video = world.put(doubtful())
    world.put(any_video(id=OTHER, tenant="zoo", status=Status.SUCCEEDED, upstream_id="task-7"))
    code, _, err = resolve("--adopt", "task-7")
    assert code == 1
    assert f"task of {OTHER} already (tenant zoo, succeeded)" in err
    assert world.read(ID) == video


def test_an_unknown_video_is_one_line_that_names_it(resolve: Resolve) -> None:
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
    ],
)
def test_a_decision_that_is_none_changes_nothing(words: list[str], world: "World", resolve: Resolve) -> None:
    video = world.put(doubtful())
    with pytest.raises(SystemExit) as stopped:
        resolve(*words)
    assert stopped.value.code == 2
    assert world.read(ID) == video
