"""`python -m operate videos list` and `show`: what an owner sees of all tenants' videos, and what nobody sees."""

import json
import re
import shlex
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from samtranslator.yaml_helper import yaml_parse

from cliprelay.video.record import ImageSource, Video, iso
from cliprelay.video.states import Status
from cliprelay.video.table import UNCONFIRMED
from operate import stores
from operate.deployment import Deployment
from operate.main import main
from operate.views.video import dossier, step_of
from tests.support.makers import NOW, any_settings, any_video

if TYPE_CHECKING:
    from tests.support.world import World

# A command against the world's stack: its exit status, standard output and standard error.
Operate = Callable[..., tuple[int, str, str]]

OLD, MIDDLE, NEW = (f"vid_01KAN3J9M4S9A5XH7W2T0QZ8R{letter}" for letter in "ABC")
SIGNED = "https://bucket.example/a.mp4?X-Amz-Signature=c0ffee"

# A new session reads all of boto3's models anew, which takes longer than the test.
SESSION = cache(boto3.Session)


@pytest.fixture
def operate(world: "World", monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Operate:
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setattr("boto3.Session", SESSION)
    make_stack(world)

    def run(*words: str) -> tuple[int, str, str]:
        status = main([*words, "--stack", world.name])
        return status, *capsys.readouterr()

    return run


def make_stack(world: "World", **parameters: str) -> None:
    outputs = {"VideosTableName": world.videos_table, "StateMachineArn": world.state_machine()}
    template = {
        "Parameters": {name: {"Type": "String"} for name in parameters},
        "Resources": {"SubmitLogGroup": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": f"{world.name}-log"}}},
        "Outputs": {name: {"Value": value} for name, value in outputs.items()},
    }
    given: Any = [{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()]
    SESSION(region_name="us-east-1").client("cloudformation").create_stack(
        StackName=world.name, TemplateBody=json.dumps(template), Parameters=given
    )


def doubtful(**changes: Any) -> Video:
    error = {"code": "outcome_unknown", "message": "any"}
    return any_video(**{"status": Status.UNCONFIRMED, "due": UNCONFIRMED, "due_at": 0, "claim": "a", "error": error} | changes)


def ids(out: str) -> list[str]:
    return re.findall(r"^vid_\w+", out, re.MULTILINE)


# The list


def test_the_unconfirmed_come_first_then_the_newest(world: "World", operate: Operate) -> None:
    world.put(any_video(id=NEW))
    world.put(doubtful(id=OLD))
    world.put(any_video(id=MIDDLE, status=Status.SUCCEEDED))
    status, out, _ = operate("videos", "list")
    assert status == 0
    assert ids(out) == [OLD, NEW, MIDDLE]


def test_a_line_says_tenant_status_age_error_and_task(world: "World", operate: Operate) -> None:
    error = {"code": "lost_upstream", "message": "any"}
    world.put(any_video(id=OLD, tenant="zoo", status=Status.FAILED, error=error, upstream_id="task-7"))
    _, out, _ = operate("videos", "list")
    assert out.splitlines()[1].split() == [OLD, "zoo", "failed", "2026-11-22T06:00:00Z", "lost_upstream", "task-7"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--status", "queued"], [NEW]),
        (["--tenant", "zoo"], [OLD, MIDDLE]),
        (["--tenant", "zoo", "--status", "succeeded"], [MIDDLE]),
        (["--tenant", "zoo", "--status", "unconfirmed"], [OLD]),
        (["--tenant", "acme", "--status", "unconfirmed"], []),
    ],
)
def test_the_list_can_be_narrowed(options: list[str], expected: list[str], world: "World", operate: Operate) -> None:
    world.put(any_video(id=NEW))
    world.put(doubtful(id=OLD, tenant="zoo"))
    world.put(any_video(id=MIDDLE, tenant="zoo", status=Status.SUCCEEDED))
    assert ids(operate("videos", "list", *options)[1]) == expected


def test_the_unconfirmed_are_read_from_their_index_alone(world: "World", operate: Operate) -> None:
    far_ahead = 4_000_000_000
    world.put(doubtful(id=OLD, due_at=far_ahead))
    world.put(doubtful(id=NEW, due=None, due_at=None))
    assert ids(operate("videos", "list", "--status", "unconfirmed")[1]) == [OLD]


def test_a_tenants_videos_are_read_to_the_last_page(world: "World", operate: Operate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("operate.commands.videos.PAGE", 1)
    for each in (OLD, MIDDLE, NEW):
        world.put(any_video(id=each))
    assert ids(operate("videos", "list", "--tenant", "acme")[1]) == [NEW, MIDDLE, OLD]


def test_what_is_no_video_is_not_listed(world: "World", operate: Operate) -> None:
    world.controls.pause(NOW)
    status, out, err = operate("videos", "list")
    assert (status, out) == (0, "")
    assert "There is no video in stack" in err


# One video


def test_the_prompt_is_shown_only_when_asked_for(world: "World", operate: Operate) -> None:
    world.put(any_video(id=OLD, settings=any_settings(prompt="A quiet harbour.")))
    assert "harbour" not in operate("videos", "show", OLD)[1]
    assert "A quiet harbour." in operate("videos", "show", OLD, "--prompt")[1]


def test_no_signed_address_is_ever_shown(world: "World", operate: Operate) -> None:
    world.put(
        doubtful(
            id=OLD,
            settings=any_settings(prompt=f"like {SIGNED}"),
            image=ImageSource(url=SIGNED),
            last_image=ImageSource(url=SIGNED),
            metadata={"callback": SIGNED},
            upstream_url=SIGNED,
            error={"code": "any", "message": f"at {SIGNED}"},
            waiting_for=SIGNED,
        )
    )
    status, out, err = operate("videos", "show", OLD, "--prompt")
    assert status == 0
    assert "c0ffee" not in out + err


def test_everything_that_decides_is_shown(world: "World", operate: Operate) -> None:
    world.put(doubtful(id=OLD, tenant="zoo", claimed_at=1_795_327_200, attempts=2))
    _, out, _ = operate("videos", "show", OLD)
    shown = dict(re.split(r"\s{2,}", line, maxsplit=1) for line in out.split("\n\n")[0].splitlines())
    assert shown["tenant"] == "zoo"
    assert shown["status"] == "unconfirmed"
    assert shown["money"].startswith("not known")
    assert shown["error"] == "outcome_unknown: any"
    assert shown["claimed"].startswith("2026-11-22T06:00:00Z (")
    assert "duration=5" in shown["settings"]
    assert shown["tries"].startswith("2 before")


def test_each_command_that_is_printed_for_an_unconfirmed_video_resolves_it(
    world: "World", operate: Operate, capsys: pytest.CaptureFixture[str]
) -> None:
    world.put(doubtful(id=OLD))
    commands = re.findall(r"-m operate (videos resolve .*)", operate("videos", "show", OLD)[1])
    results = []
    for command in commands:
        # Commands go by the machine's clock: the video's time in the queue is not over yet.
        world.put(doubtful(id=OLD, created_at=iso(datetime.now(UTC))))
        assert main(shlex.split(command.replace("UPSTREAM_ID", "task-7"))) == 0
        results.append(world.read(OLD).status)
    assert results == [Status.RUNNING, Status.FAILED, Status.QUEUED]
    assert "PAID" in capsys.readouterr().out


def test_an_unconfirmed_video_whose_task_is_known_can_only_go_on_with_it(world: "World", operate: Operate) -> None:
    world.put(doubtful(id=OLD, upstream_id="task-7"))
    commands = re.findall(r"-m operate (videos resolve .*)", operate("videos", "show", OLD)[1])
    assert commands == [f"videos resolve {OLD} --adopt task-7 --stack {world.name}"]


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.UNCONFIRMED}))
def test_other_videos_are_shown_without_a_way_to_resolve_them(status: Status, world: "World", operate: Operate) -> None:
    world.put(any_video(id=OLD, status=status))
    assert "resolve" not in operate("videos", "show", OLD)[1]


def test_the_execution_is_shown_with_its_name_and_standing(world: "World", operate: Operate) -> None:
    world.put(any_video(id=OLD, run=2))
    assert "its execution: none" in operate("videos", "show", OLD)[1]
    world.executions.start(OLD, 2)
    out = operate("videos", "show", OLD)[1]
    assert "its execution: RUNNING" in out
    assert re.search(rf"execution +arn:aws:states:.*:execution:{world.name}:{OLD}-2\n", out)


def test_the_log_is_searched_where_the_stack_has_it(world: "World", operate: Operate) -> None:
    world.put(any_video(id=OLD))
    out = operate("videos", "show", OLD, "--region", "us-east-1")[1]
    search = f"aws logs filter-log-events --log-group-name {world.name}-log --filter-pattern '\"{OLD}\"' --region us-east-1"
    assert search in out


def test_a_log_group_that_is_not_known_is_not_named(world: "World", operate: Operate) -> None:
    world.put(any_video(id=OLD, status=Status.RUNNING, upstream_id="task-7"))
    status, out, _ = operate("videos", "show", OLD)
    assert status == 0
    assert "filter-log-events" not in out


def test_on_this_machine_the_log_is_a_file() -> None:
    session = boto3.Session(region_name="us-east-1")
    local = Deployment(session, "cliprelay", flags=[], endpoint="http://127.0.0.1:1", logs="/tmp/a b")  # noqa: S108  never opened
    assert local.log_search("Poll", OLD) == f"grep {OLD} '/tmp/a b/PollFunction.log'"


def test_an_id_is_taken_in_any_case(world: "World", operate: Operate) -> None:
    world.put(any_video(id=OLD))
    assert OLD in operate("videos", "show", OLD.upper())[1]
    assert OLD in operate("videos", "show", OLD.lower())[1]


def test_an_unknown_id_is_one_line_that_names_it(operate: Operate) -> None:
    status, out, err = operate("videos", "show", OLD)
    assert (status, out, err.count("\n")) == (1, "", 1)
    assert f"no video {OLD}" in err


@pytest.mark.parametrize("text", ["vid_1", "intent_" + "a" * 64, "controls", "vid_01KAN3J9M4S9A5XH7W2T0QZ8RB-1"])
def test_what_is_no_id_of_a_video_is_refused(text: str, operate: Operate, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        operate("videos", "show", text)
    assert stopped.value.code == 2
    assert "26 letters and digits" in capsys.readouterr().err


# What the record says


@pytest.mark.parametrize(
    ("video", "words"),
    [
        (any_video(), "failed: not_submitted"),
        (doubtful(), "failed: outcome_unknown"),
        (doubtful(upstream_id="task-7"), None),
        (any_video(status=Status.RUNNING, upstream_id="task-7"), None),
    ],
)
def test_the_deadline_says_what_the_clock_alone_will_do(video: Video, words: str | None) -> None:
    deadline = dict(dossier(video, NOW, with_prompt=False))["deadline"]
    assert deadline.endswith(words or ")")


def test_an_ended_video_has_no_deadline() -> None:
    assert "deadline" not in dict(dossier(any_video(status=Status.FAILED), NOW, with_prompt=False))


def test_whether_the_owner_was_told_is_shown() -> None:
    video = doubtful(event_id="evt_2", told="evt_1")
    assert dict(dossier(video, NOW, with_prompt=False))["told"].startswith("not yet")
    assert dict(dossier(replace(video, told="evt_2"), NOW, with_prompt=False))["told"] == "event evt_2"


@pytest.mark.parametrize(
    ("status", "task", "step"),
    [
        (Status.QUEUED, None, "Submit"),
        (Status.UNCONFIRMED, None, "Submit"),
        (Status.FAILED, None, "Submit"),
        (Status.RUNNING, "task-7", "Poll"),
        (Status.FAILED, "task-7", "Poll"),
        (Status.ARCHIVING, "task-7", "Archive"),
        (Status.SUCCEEDED, "task-7", "Archive"),
    ],
)
def test_the_log_of_the_step_that_knows_most_is_named(status: Status, task: str | None, step: str) -> None:
    assert step_of(any_video(status=status, upstream_id=task)) == step


# How long ended videos are kept


@pytest.mark.usefixtures("operate")
def test_a_video_that_a_command_ends_is_kept_for_the_templates_default(world: "World") -> None:
    default = yaml_parse(Path("template.yaml").read_text())["Parameters"]["RetentionDays"]["Default"]
    assert kept_days(world) == default


def test_a_video_that_a_command_ends_is_kept_as_the_stack_says(world: "World") -> None:
    make_stack(world, RetentionDays="3")
    assert kept_days(world) == 3


def kept_days(world: "World") -> float:
    stack = Deployment(boto3.Session(region_name="us-east-1"), world.name, flags=[])
    ended = stores.videos(stack).move(world.put(any_video()), Status.FAILED, NOW).video
    assert ended.expires_at
    return (ended.expires_at - NOW.timestamp()) / 86_400
