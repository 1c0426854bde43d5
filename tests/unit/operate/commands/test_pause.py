"""`python -m operate pause`, `resume` and `status`."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from cliprelay.admission.controls import PAUSED_CAP, PAUSED_FIRST, Controls, admit
from cliprelay.admission.table import CONTROLS
from cliprelay.video.states import Status
from cliprelay.video.table import UNCONFIRMED
from operate.main import main
from tests.support.makers import any_video

if TYPE_CHECKING:
    from tests.support.world import World

# Runs a command against the world's stack, which must succeed; returns its standard output.
Operate = Callable[[str], str]

# Loading boto3's models into a new session takes longer than a test.
SESSION = cache(boto3.Session)


@pytest.fixture
def operate(world: "World", monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Operate:
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setattr("boto3.Session", SESSION)
    outputs = {"VideosTableName": {"Value": world.videos_table}, "SpendTableName": {"Value": world.spend_table}}
    template = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}, "Outputs": outputs}
    SESSION(region_name="us-east-1").client("cloudformation").create_stack(StackName=world.name, TemplateBody=json.dumps(template))

    def run(command: str) -> str:
        assert main([command, "--stack", world.name]) == 0
        return capsys.readouterr().out

    return run


def ago(**span: float) -> datetime:
    """Return a time before now by the real clock, which the commands use."""
    return datetime.now(UTC) - timedelta(**span)


def open_breaker(world: "World", **changes: int) -> None:
    values: dict[str, Any] = {"opened_at": int(ago(minutes=5).timestamp()), "probes": 2, "next_probe_at": 0} | changes
    world.controls.write_breaker(Controls(refusal="upstream_balance", **values))


def test_pause_stops_new_payments(world: "World", operate: Operate) -> None:
    assert "Paused stack" in operate("pause")
    assert admit(world.controls.read(), datetime.now(UTC)).code == "paused"


def test_pause_prints_what_runs_what_waits_and_how_to_resume(world: "World", operate: Operate) -> None:
    out = operate("pause")
    assert "What still runs: videos that the upstream has" in out
    assert "What waits: new requests" in out
    assert f"operate resume --stack {world.name}\n" in out


def test_a_second_pause_retains_the_time_of_the_first(world: "World", operate: Operate) -> None:
    world.controls.pause(ago(hours=3))
    before = world.controls.read()
    assert "has been paused since" in operate("pause")
    assert world.controls.read() == before


def test_a_second_pause_and_a_second_resume_finish_one_that_was_interrupted(world: "World", operate: Operate) -> None:
    world.controls.mirror()
    world.change(CONTROLS, paused_at=int(ago(hours=3).timestamp()))
    assert "in force     not everywhere yet" in operate("status")
    assert "has been paused since" in operate("pause")
    assert (world.controls.read_copy("vid_any") or {})["paused_at"] == world.controls.read().paused_at
    assert "in force" not in operate("status")
    world.change(CONTROLS, paused_at=None)
    assert "Nothing to do" in operate("resume")
    assert "paused_at" not in (world.controls.read_copy("vid_any") or {})


def test_resume_allows_new_payments(world: "World", operate: Operate) -> None:
    world.controls.pause(ago(minutes=1))
    assert "PAID, again" in operate("resume")
    assert admit(world.controls.read(), datetime.now(UTC)).wait is None


@pytest.mark.parametrize(("minutes", "seconds"), [(1, PAUSED_FIRST), (600, PAUSED_CAP)])
def test_resume_prints_the_longest_remaining_wait(minutes: int, seconds: int, world: "World", operate: Operate) -> None:
    world.controls.pause(ago(minutes=minutes))
    assert f"within {seconds} seconds" in operate("resume")


def test_resume_without_a_pause_does_nothing(operate: Operate) -> None:
    assert "Nothing to do" in operate("resume")


def test_resume_warns_of_a_refused_account(world: "World", operate: Operate) -> None:
    world.controls.pause(ago(minutes=1))
    open_breaker(world)
    out = operate("resume")
    assert "However, the upstream refuses the account" in out
    assert "during a pause" not in out


def test_status_of_a_healthy_stack(operate: Operate) -> None:
    lines = [line.split(maxsplit=1) for line in operate("status").splitlines()]
    assert lines == [["paused", "no"], ["breaker", "closed: the upstream accepts the account"], ["unconfirmed", "0 videos"]]


def test_status_shows_the_time_of_the_pause_and_how_to_resume(world: "World", operate: Operate) -> None:
    world.controls.pause(ago(hours=3))
    out = operate("status")
    assert "(3 h ago)" in out
    assert f"operate resume --stack {world.name}" in out


def test_status_shows_since_when_and_why_the_breaker_is_open(world: "World", operate: Operate) -> None:
    open_breaker(world)
    out = operate("status")
    assert "open since" in out
    assert "(5 min ago), upstream_balance, refused 2 times" in out


@pytest.mark.parametrize(("left", "words"), [(3_000, "next probe in 50 min"), (-10, "next due video probes the account")])
def test_status_shows_when_the_account_is_probed_next(left: int, words: str, world: "World", operate: Operate) -> None:
    # Allows ten seconds until the command reads the clock.
    open_breaker(world, next_probe_at=int(ago(seconds=-left - 10 * (left > 0)).timestamp()))
    assert words in operate("status")


def test_status_shows_that_a_pause_stops_probes(world: "World", operate: Operate) -> None:
    world.controls.pause(ago(minutes=1))
    open_breaker(world)
    assert "no probe during a pause" in operate("status")


def test_status_counts_unconfirmed_videos_and_prints_how_to_list_them(world: "World", operate: Operate) -> None:
    world.put(any_video(status=Status.UNCONFIRMED, due=UNCONFIRMED, due_at=0))
    out = operate("status")
    assert "unconfirmed  1 video; " in out
    assert f"operate videos list --status unconfirmed --stack {world.name}" in out
