"""`python -m operate videos cancel`, and what the other commands say of a canceled video."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from cliprelay.video.record import Video, iso
from cliprelay.video.states import Status
from cliprelay.video.table import UNCONFIRMED
from operate.views.video import video_facts
from tests.support.makers import NOW, any_video
from tests.support.operate_stack import Operate

if TYPE_CHECKING:
    from tests.support.world import World

ID = any_video().id
ASKED = {"cancel_requested_at": iso(NOW)}


def test_a_queued_video_ends_and_the_sweep_announces_it(world: "World", operate: Operate) -> None:
    world.put(any_video())
    status, out, _ = operate("videos", "cancel", ID)
    assert (status, out.splitlines()[0]) == (0, f"{ID} is canceled; billed: no.")
    assert "The sweep picks it up within a minute and notifies the tenant." in out
    video = world.read(ID)
    assert (video.status, video.run, world.started()) == (Status.CANCELED, 2, [])


def test_a_running_video_goes_on_and_may_be_charged(world: "World", operate: Operate) -> None:
    world.put(any_video(status=Status.RUNNING, claim="a", upstream_id="task-1"))
    status, out, _ = operate("videos", "cancel", ID, "--discard")
    assert (status, out) == (0, f"{ID} is canceled, and still running: it may be charged, and the tenant is notified when that is known.\n")
    assert (world.read(ID).status, world.read(ID).discard) == (Status.RUNNING, True)


def test_an_ended_video_is_a_one_line_error_with_its_state(world: "World", operate: Operate) -> None:
    world.put(any_video(status=Status.SUCCEEDED))
    status, out, error = operate("videos", "cancel", ID)
    assert (status, out, error) == (1, "", f"python -m operate: {ID} is succeeded: it has ended\n")


def test_a_canceled_video_that_was_not_charged_ends_without_a_question(world: "World", operate: Operate) -> None:
    begun = datetime.now(UTC) - timedelta(minutes=1)
    doubtful: Video = any_video(status=Status.UNCONFIRMED, claim="a", due=UNCONFIRMED, due_at=7, created_at=iso(begun), **ASKED)
    world.put(doubtful)
    status, out, _ = operate("videos", "resolve", ID, "--not-charged")
    assert (status, out.splitlines()[0]) == (0, f"{ID} is canceled, as its owner asked; nothing was paid.")
    assert world.read(ID).status is Status.CANCELED


@pytest.mark.parametrize(("wanted", "is_listed"), [("canceled", True), ("running", False)])
@pytest.mark.parametrize("tenant", [[], ["--tenant", "acme"]])
def test_a_list_goes_by_what_clients_see_and_shows_what_is_behind_it(
    world: "World", operate: Operate, wanted: str, tenant: list[str], *, is_listed: bool
) -> None:
    world.put(any_video(status=Status.RUNNING, **ASKED))
    assert ("canceled (running)" in operate("videos", "list", "--status", wanted, *tenant)[1]) == is_listed


@pytest.mark.parametrize("tenant", [[], ["--tenant", "acme"]])
def test_the_unconfirmed_include_those_that_were_canceled(world: "World", operate: Operate, tenant: list[str]) -> None:
    world.put(any_video(status=Status.UNCONFIRMED, due=UNCONFIRMED, due_at=7, **ASKED))
    assert "canceled (unconfirmed)" in operate("videos", "list", "--status", "unconfirmed", *tenant)[1]


def test_show_says_who_sees_what_and_the_limits_of_the_client() -> None:
    video = any_video(status=Status.RUNNING, upstream_id="task-1", discard=True, expires_in=600, not_before="2026-11-22T07:00:00Z", **ASKED)
    facts = dict(video_facts(video, NOW, with_prompt=False))
    assert facts["status"] == "running"
    assert facts["canceled"].endswith("; clients see `canceled`, billed: possibly, and its file is thrown away")
    assert facts["not before"] == "2026-11-22T07:00:00Z (in 60 min)"
    assert facts["expires in"] == "600 s, until 2026-11-22T07:10:00Z (in 70 min)"
