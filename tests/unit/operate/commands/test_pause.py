"""`python -m operate pause`, `resume` and `status`."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from cliprelay.admission.controls import PAUSED_CAP, PAUSED_FIRST, Controls, admit
from cliprelay.admission.table import CONTROLS
from cliprelay.video.states import Status
from cliprelay.video.table import UNCONFIRMED
from tests.support.makers import any_video
from tests.support.operate_stack import Operate

if TYPE_CHECKING:
    from tests.support.world import World


@pytest.fixture
def output_of(operate: Operate) -> Callable[..., str]:
    """Return a function that runs a command, which must succeed, and returns its standard output."""

    def run(*words: str) -> str:
        status, out, _ = operate(*words)
        assert status == 0
        return out

    return run


def ago(**span: float) -> datetime:
    """Return a time before now by the real clock, which the commands use."""
    return datetime.now(UTC) - timedelta(**span)


def open_breaker(world: "World", **changes: int) -> None:
    values: dict[str, Any] = {"opened_at": int(ago(minutes=5).timestamp()), "probes": 2, "next_probe_at": 0} | changes
    world.controls.write_breaker(Controls(refusal="upstream_balance", **values))


def test_pause_stops_new_payments(world: "World", output_of: Callable[..., str]) -> None:
    assert "Paused stack" in output_of("pause")
    assert admit(world.controls.read(), datetime.now(UTC)).code == "paused"


def test_pause_prints_what_runs_what_waits_and_how_to_resume(world: "World", output_of: Callable[..., str]) -> None:
    out = output_of("pause")
    assert "What still runs: videos that the upstream has" in out
    assert "What waits: new requests" in out
    assert f"operate resume --stack {world.name}\n" in out


def test_a_second_pause_retains_the_time_of_the_first(world: "World", output_of: Callable[..., str]) -> None:
    world.controls.pause(ago(hours=3))
    before = world.controls.read()
    assert "has been paused since" in output_of("pause")
    assert world.controls.read() == before


def test_a_second_pause_and_a_second_resume_finish_one_that_was_interrupted(world: "World", output_of: Callable[..., str]) -> None:
    world.controls.mirror()
    world.change(CONTROLS, paused_at=int(ago(hours=3).timestamp()))
    assert "in force     not everywhere yet" in output_of("status")
    assert "has been paused since" in output_of("pause")
    assert (world.controls.read_copy("vid_any") or {})["paused_at"] == world.controls.read().paused_at
    assert "in force" not in output_of("status")
    world.change(CONTROLS, paused_at=None)
    assert "Nothing to do" in output_of("resume")
    assert "paused_at" not in (world.controls.read_copy("vid_any") or {})


def test_resume_allows_new_payments(world: "World", output_of: Callable[..., str]) -> None:
    world.controls.pause(ago(minutes=1))
    assert "PAID, again" in output_of("resume")
    assert admit(world.controls.read(), datetime.now(UTC)).wait is None


@pytest.mark.parametrize(("minutes", "seconds"), [(1, PAUSED_FIRST), (600, PAUSED_CAP)])
def test_resume_prints_the_longest_remaining_wait(minutes: int, seconds: int, world: "World", output_of: Callable[..., str]) -> None:
    world.controls.pause(ago(minutes=minutes))
    assert f"within {seconds} seconds" in output_of("resume")


def test_resume_without_a_pause_does_nothing(output_of: Callable[..., str]) -> None:
    assert "Nothing to do" in output_of("resume")


def test_resume_warns_of_a_refused_account(world: "World", output_of: Callable[..., str]) -> None:
    world.controls.pause(ago(minutes=1))
    open_breaker(world)
    out = output_of("resume")
    assert "However, the upstream refuses the account" in out
    assert "during a pause" not in out


def test_status_of_a_healthy_stack(output_of: Callable[..., str]) -> None:
    lines = [line.split(maxsplit=1) for line in output_of("status").splitlines()]
    assert lines == [["paused", "no"], ["breaker", "closed: the upstream accepts the account"], ["unconfirmed", "0 videos"]]


def test_status_shows_the_time_of_the_pause_and_how_to_resume(world: "World", output_of: Callable[..., str]) -> None:
    world.controls.pause(ago(hours=3))
    out = output_of("status")
    assert "(3 h ago)" in out
    assert f"operate resume --stack {world.name}" in out


def test_status_shows_since_when_and_why_the_breaker_is_open(world: "World", output_of: Callable[..., str]) -> None:
    open_breaker(world)
    out = output_of("status")
    assert "open since" in out
    assert "(5 min ago), upstream_balance, refused 2 times" in out


@pytest.mark.parametrize(("left", "words"), [(3_000, "next probe in 50 min"), (-10, "next due video probes the account")])
def test_status_shows_when_the_account_is_probed_next(left: int, words: str, world: "World", output_of: Callable[..., str]) -> None:
    # Allows ten seconds until the command reads the clock.
    open_breaker(world, next_probe_at=int(ago(seconds=-left - 10 * (left > 0)).timestamp()))
    assert words in output_of("status")


def test_status_shows_that_a_pause_stops_probes(world: "World", output_of: Callable[..., str]) -> None:
    world.controls.pause(ago(minutes=1))
    open_breaker(world)
    assert "no probe during a pause" in output_of("status")


def test_status_counts_unconfirmed_videos_and_prints_how_to_list_them(world: "World", output_of: Callable[..., str]) -> None:
    world.put(any_video(status=Status.UNCONFIRMED, due=UNCONFIRMED, due_at=0))
    out = output_of("status")
    assert "unconfirmed  1 video; " in out
    assert f"operate videos list --status unconfirmed --stack {world.name}" in out
