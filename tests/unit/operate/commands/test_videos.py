"""`python -m operate videos list` and `show`."""

import re
import shlex
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from cliprelay.video.record import ImageSource, Video, iso
from cliprelay.video.states import Status
from cliprelay.video.table import UNCONFIRMED
from operate import stores
from operate.deployment import Deployment
from operate.views.video import step_of, video_facts
from tests.support.makers import NOW, any_settings, any_video
from tests.support.operate_stack import Operate, StackSession
from tests.support.product_template import product_template

if TYPE_CHECKING:
    from tests.support.world import World

OLD, MIDDLE, NEW = (f"vid_01KAN3J9M4S9A5XH7W2T0QZ8R{letter}" for letter in "ABC")
SIGNED = "https://bucket.example/a.mp4?X-Amz-Signature=c0ffee"


def unconfirmed(**changes: Any) -> Video:
    error = {"code": "outcome_unknown", "message": "any"}
    return any_video(**{"status": Status.UNCONFIRMED, "due": UNCONFIRMED, "due_at": 0, "claim": "a", "error": error} | changes)


def ids(out: str) -> list[str]:
    return re.findall(r"^vid_\w+", out, re.MULTILINE)


# The list


def test_the_unconfirmed_come_first_then_the_newest(world: "World", operate: Operate) -> None:
    world.put(any_video(id=NEW))
    world.put(unconfirmed(id=OLD))
    world.put(any_video(id=MIDDLE, status=Status.SUCCEEDED))
    status, out, _ = operate("videos", "list")
    assert status == 0
    assert ids(out) == [OLD, NEW, MIDDLE]


def test_a_line_shows_tenant_status_age_error_and_task(world: "World", operate: Operate) -> None:
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
def test_the_list_can_be_filtered(options: list[str], expected: list[str], world: "World", operate: Operate) -> None:
    world.put(any_video(id=NEW))
    world.put(unconfirmed(id=OLD, tenant="zoo"))
    world.put(any_video(id=MIDDLE, tenant="zoo", status=Status.SUCCEEDED))
    assert ids(operate("videos", "list", *options)[1]) == expected


def test_the_unconfirmed_are_read_only_from_their_index(world: "World", operate: Operate) -> None:
    far_ahead = 4_000_000_000
    world.put(unconfirmed(id=OLD, due_at=far_ahead))
    world.put(unconfirmed(id=NEW, due=None, due_at=None))
    assert ids(operate("videos", "list", "--status", "unconfirmed")[1]) == [OLD]


def test_a_tenants_videos_are_read_to_the_last_page(world: "World", operate: Operate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("operate.commands.videos.PAGE", 1)
    for each in (OLD, MIDDLE, NEW):
        world.put(any_video(id=each))
    assert ids(operate("videos", "list", "--tenant", "acme")[1]) == [NEW, MIDDLE, OLD]


def test_the_list_shows_only_videos(world: "World", operate: Operate) -> None:
    world.controls.pause(NOW)
    status, out, err = operate("videos", "list")
    assert (status, out) == (0, "")
    assert "There is no video in stack" in err


# One video


def test_the_prompt_is_shown_only_on_request(world: "World", operate: Operate) -> None:
    world.put(any_video(id=OLD, settings=any_settings(prompt="A quiet harbour.")))
    assert "harbour" not in operate("videos", "show", OLD)[1]
    assert "A quiet harbour." in operate("videos", "show", OLD, "--prompt")[1]


def test_signed_urls_are_never_shown(world: "World", operate: Operate) -> None:
    world.put(
        unconfirmed(
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


def test_show_prints_the_important_facts(world: "World", operate: Operate) -> None:
    world.put(unconfirmed(id=OLD, tenant="zoo", claimed_at=1_795_327_200, attempts=2))
    _, out, _ = operate("videos", "show", OLD)
    shown = dict(re.split(r"\s{2,}", line, maxsplit=1) for line in out.split("\n\n")[0].splitlines())
    assert shown["tenant"] == "zoo"
    assert shown["status"] == "unconfirmed"
    assert shown["payment"].startswith("unknown")
    assert shown["error"] == "outcome_unknown: any"
    assert shown["claimed"].startswith("2026-11-22T06:00:00Z (")
    assert "duration=5" in shown["settings"]
    assert shown["attempts"].startswith("2 before")


@pytest.mark.parametrize("attempts", [0, 2])
def test_each_command_printed_for_an_unconfirmed_video_resolves_it(world: "World", operate: Operate, attempts: int) -> None:
    world.put(unconfirmed(id=OLD, attempts=attempts))
    commands = re.findall(r"-m operate (videos resolve .*)", operate("videos", "show", OLD)[1])
    results, said = [], ""
    for command in commands:
        # Commands use the real clock, so the video needs a current creation time.
        world.put(unconfirmed(id=OLD, attempts=attempts, created_at=iso(datetime.now(UTC))))
        *words, option, name = shlex.split(command.replace("UPSTREAM_ID", "task-7"))
        assert (option, name) == ("--stack", world.name)
        status, out, _ = operate(*words)
        assert status == 0
        said += out
        results.append(world.read(OLD).status)
    assert results == [Status.RUNNING, Status.FAILED, Status.QUEUED]
    assert "PAID" in said


def test_an_unconfirmed_video_with_a_known_task_can_only_adopt_it(world: "World", operate: Operate) -> None:
    world.put(unconfirmed(id=OLD, upstream_id="task-7"))
    commands = re.findall(r"-m operate (videos resolve .*)", operate("videos", "show", OLD)[1])
    assert commands == [f"videos resolve {OLD} --adopt task-7 --stack {world.name}"]


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.UNCONFIRMED}))
def test_only_unconfirmed_videos_are_shown_with_a_way_to_resolve_them(status: Status, world: "World", operate: Operate) -> None:
    world.put(any_video(id=OLD, status=status))
    assert "resolve" not in operate("videos", "show", OLD)[1]


def test_the_execution_is_shown_with_its_name_and_status(world: "World", operate: Operate) -> None:
    world.put(any_video(id=OLD, run=2))
    assert "execution none" in operate("videos", "show", OLD)[1]
    world.executions.start(OLD, 2)
    out = operate("videos", "show", OLD)[1]
    assert "execution RUNNING" in out
    assert re.search(rf"execution +arn:aws:states:.*:execution:{world.name}:{OLD}-2\n", out)


def test_the_log_search_uses_the_stacks_log_group(world: "World", operate: Operate) -> None:
    world.put(any_video(id=OLD))
    out = operate("videos", "show", OLD, "--region", "us-east-1")[1]
    search = f"aws logs filter-log-events --log-group-name {world.name}-log --filter-pattern '\"{OLD}\"' --region us-east-1"
    assert search in out


def test_an_unknown_log_group_is_omitted(world: "World", operate: Operate) -> None:
    world.put(any_video(id=OLD, status=Status.RUNNING, upstream_id="task-7"))
    status, out, _ = operate("videos", "show", OLD)
    assert status == 0
    assert "filter-log-events" not in out


def test_the_local_log_is_a_file() -> None:
    session = boto3.Session(region_name="us-east-1")
    local = Deployment(session, "cliprelay", flags=[], endpoint="http://127.0.0.1:1", logs="/tmp/a b")  # noqa: S108  never opened
    assert local.log_search("Poll", OLD) == f"grep {OLD} '/tmp/a b/PollFunction.log'"


def test_an_id_is_accepted_in_any_case(world: "World", operate: Operate) -> None:
    world.put(any_video(id=OLD))
    assert OLD in operate("videos", "show", OLD.upper())[1]
    assert OLD in operate("videos", "show", OLD.lower())[1]


def test_an_unknown_id_is_a_one_line_error_with_the_id(operate: Operate) -> None:
    status, out, err = operate("videos", "show", OLD)
    assert (status, out, err.count("\n")) == (1, "", 1)
    assert f"no video {OLD}" in err


@pytest.mark.parametrize("text", ["vid_1", "intent_" + "a" * 64, "controls", "vid_01KAN3J9M4S9A5XH7W2T0QZ8RB-1"])
def test_an_invalid_id_is_rejected(text: str, operate: Operate) -> None:
    status, _, err = operate("videos", "show", text)
    assert status == 2
    assert "26 letters and digits" in err


# Facts


@pytest.mark.parametrize(
    ("video", "words"),
    [
        (any_video(), "failed: not_submitted"),
        (unconfirmed(), "failed: outcome_unknown"),
        (unconfirmed(upstream_id="task-7"), None),
        (any_video(status=Status.RUNNING, upstream_id="task-7"), None),
    ],
)
def test_the_deadline_shows_how_it_ends_the_video(video: Video, words: str | None) -> None:
    deadline = dict(video_facts(video, NOW, with_prompt=False))["deadline"]
    assert deadline.endswith(words or ")")


def test_an_ended_video_has_no_deadline() -> None:
    assert "deadline" not in dict(video_facts(any_video(status=Status.FAILED), NOW, with_prompt=False))


def test_the_notification_status_is_shown() -> None:
    video = unconfirmed(event_id="evt_2", told="evt_1")
    assert dict(video_facts(video, NOW, with_prompt=False))["notified"].startswith("not yet")
    assert dict(video_facts(replace(video, told="evt_2"), NOW, with_prompt=False))["notified"] == "event evt_2"


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
def test_the_log_is_that_of_the_most_informative_step(status: Status, task: str | None, step: str) -> None:
    assert step_of(any_video(status=status, upstream_id=task)) == step


# Retention


def test_a_video_ended_by_a_command_is_retained_for_the_templates_default(stack: StackSession) -> None:
    default = product_template()["Parameters"]["RetentionDays"]["Default"]
    assert retention_days(stack) == default


def test_a_video_ended_by_a_command_is_retained_for_the_stacks_parameter(stack: StackSession) -> None:
    stack.parameters["RetentionDays"] = "3"
    assert retention_days(stack) == 3


def retention_days(stack: StackSession) -> float:
    deployment = Deployment(boto3.Session(), stack.world.name, flags=[])
    ended = stores.videos(deployment).move(stack.world.put(any_video()), Status.FAILED, NOW).video
    assert ended.expires_at
    return (ended.expires_at - NOW.timestamp()) / 86_400
