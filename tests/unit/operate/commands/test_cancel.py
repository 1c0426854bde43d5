"""`python -m operate videos cancel`, and what the other commands say of a canceled video."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

import boto3
import pytest

from cliprelay.video.record import Video, iso
from cliprelay.video.states import Status
from cliprelay.video.table import UNCONFIRMED
from operate.main import main
from operate.views.video import video_facts
from tests.support.makers import NOW, any_video

if TYPE_CHECKING:
    from tests.support.world import World

# Returns exit status, standard output and standard error.
Operate = Callable[..., tuple[int, str, str]]

ID = any_video().id
# Loading boto3's models into a new session takes longer than a test.
SESSION = cache(boto3.Session)
ASKED = {"cancel_requested_at": iso(NOW)}


@pytest.fixture
def operate(world: "World", monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Operate:
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setattr("boto3.Session", SESSION)
    outputs = {"VideosTableName": {"Value": world.videos_table}, "SpendTableName": {"Value": world.spend_table}}
    template = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}, "Outputs": outputs}
    SESSION(region_name="us-east-1").client("cloudformation").create_stack(StackName=world.name, TemplateBody=json.dumps(template))

    def run(*words: str) -> tuple[int, str, str]:
        return main(["videos", *words, "--stack", world.name]), *capsys.readouterr()

    return run


def test_a_queued_video_ends_and_the_sweep_announces_it(world: "World", operate: Operate) -> None:
    world.put(any_video())
    status, out, _ = operate("cancel", ID)
    assert (status, out.splitlines()[0]) == (0, f"{ID} is canceled; billed: no.")
    assert "The sweep picks it up within a minute and notifies the tenant." in out
    video = world.read(ID)
    assert (video.status, video.run, world.started()) == (Status.CANCELED, 2, [])


def test_a_running_video_goes_on_and_may_be_charged(world: "World", operate: Operate) -> None:
    world.put(any_video(status=Status.RUNNING, claim="a", upstream_id="task-1"))
    status, out, _ = operate("cancel", ID, "--discard")
    assert (status, out) == (0, f"{ID} is canceled, and still running: it may be charged, and the tenant is notified when that is known.\n")
    assert (world.read(ID).status, world.read(ID).discard) == (Status.RUNNING, True)


def test_an_ended_video_is_a_one_line_error_with_its_state(world: "World", operate: Operate) -> None:
    world.put(any_video(status=Status.SUCCEEDED))
    status, out, error = operate("cancel", ID)
    assert (status, out, error) == (1, "", f"python -m operate: {ID} is succeeded: it has ended\n")


def test_a_canceled_video_that_was_not_charged_ends_without_a_question(world: "World", operate: Operate) -> None:
    begun = datetime.now(UTC) - timedelta(minutes=1)
    doubtful: Video = any_video(status=Status.UNCONFIRMED, claim="a", due=UNCONFIRMED, due_at=7, created_at=iso(begun), **ASKED)
    world.put(doubtful)
    status, out, _ = operate("resolve", ID, "--not-charged")
    assert (status, out.splitlines()[0]) == (0, f"{ID} is canceled, as its owner asked; nothing was paid.")
    assert world.read(ID).status is Status.CANCELED


@pytest.mark.parametrize(("wanted", "is_listed"), [("canceled", True), ("running", False)])
@pytest.mark.parametrize("tenant", [[], ["--tenant", "acme"]])
def test_a_list_goes_by_what_clients_see_and_shows_what_is_behind_it(
    world: "World", operate: Operate, wanted: str, tenant: list[str], *, is_listed: bool
) -> None:
    world.put(any_video(status=Status.RUNNING, **ASKED))
    assert ("canceled (running)" in operate("list", "--status", wanted, *tenant)[1]) == is_listed


@pytest.mark.parametrize("tenant", [[], ["--tenant", "acme"]])
def test_the_unconfirmed_include_those_that_were_canceled(world: "World", operate: Operate, tenant: list[str]) -> None:
    world.put(any_video(status=Status.UNCONFIRMED, due=UNCONFIRMED, due_at=7, **ASKED))
    assert "canceled (unconfirmed)" in operate("list", "--status", "unconfirmed", *tenant)[1]


def test_show_says_who_sees_what_and_the_limits_of_the_client() -> None:
    video = any_video(status=Status.RUNNING, upstream_id="task-1", discard=True, expires_in=600, not_before="2026-11-22T07:00:00Z", **ASKED)
    facts = dict(video_facts(video, NOW, with_prompt=False))
    assert facts["status"] == "running"
    assert facts["canceled"].endswith("; clients see `canceled`, billed: possibly, and its file is thrown away")
    assert facts["not before"] == "2026-11-22T07:00:00Z (in 60 min)"
    assert facts["expires in"] == "600 s, until 2026-11-22T07:10:00Z (in 70 min)"
