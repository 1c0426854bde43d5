"""The lines that the service prints: one per step, ids and states, never contents."""

import json
from pathlib import Path
from typing import Any

import pytest

from local.lambda_runtime.sandbox import Outcome, failure
from local.serve.progress import Narrator
from local.stack.context import Function

VIDEO = "vid_01M81BM8V7KWST3XTH2P9M6ZFS"
SECRET = "a secret prompt https://upstream/signed?token=x"  # noqa: S105


def told(logical_id: str, event: Any, outcome: Outcome) -> list[str]:
    lines: list[str] = []
    function = Function(logical_id, "name", "app.handler", Path(), (), {}, 3, 128, "python3.13")
    Narrator({"name": function}, lines.append).tell("name", event, outcome)
    return lines


def line(logical_id: str, event: Any, answer: Any) -> str:
    (only,) = told(logical_id, event, Outcome(json.dumps(answer)))
    return only[9:]  # without the time


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ({"status": "running", "next": "wait", "wait": 12}, "running · next: ask again in 12 s"),
        ({"status": "queued", "next": "submit", "wait": 30}, "queued · next: submit in 30 s"),
        ({"status": "archiving", "next": "archive"}, "archiving · next: archive"),
        ({"status": "succeeded", "next": "done"}, "succeeded · next: done"),
    ],
)
def test_a_step_says_status_and_what_comes_next(answer: dict[str, Any], text: str) -> None:
    assert line("PollFunction", {"video_id": VIDEO}, answer) == f"{VIDEO} poll     {text}"


def test_an_accepted_request_is_said_with_the_id_of_its_video() -> None:
    answer = {"statusCode": 202, "body": json.dumps({"id": VIDEO, "request": {"prompt": SECRET}})}
    assert line("ApiFunction", {"rawPath": "/v1/videos"}, answer) == f"{VIDEO} api      accepted"


@pytest.mark.parametrize("status", [200, 401, 422])
def test_other_answers_of_the_api_are_not_said(status: int) -> None:
    answer = {"statusCode": status, "body": json.dumps({"id": VIDEO})}
    assert told("ApiFunction", {}, Outcome(json.dumps(answer))) == []


def test_an_invocation_without_a_video_is_not_said() -> None:
    assert told("SweepFunction", {"detail-type": "Scheduled Event"}, Outcome("{}")) == []


def test_a_failing_step_says_only_the_name_of_the_error() -> None:
    (only,) = told("SubmitFunction", {"video_id": VIDEO}, failure("Runtime.ExitError", SECRET))
    assert only[9:] == f"{VIDEO} submit   Runtime.ExitError"


@pytest.mark.parametrize(
    ("event", "answer"),
    [
        ({"video_id": VIDEO, "prompt": SECRET}, {"status": SECRET, "next": SECRET, "wait": SECRET}),
        ({"video_id": VIDEO}, {"status": "running", "next": "wait", "wait": SECRET}),
        ({"video_id": VIDEO}, SECRET),
        ({"video_id": VIDEO}, [SECRET]),
        ({"video_id": SECRET}, {"status": "running"}),
    ],
)
def test_contents_never_get_into_a_line(event: Any, answer: Any) -> None:
    lines = told("PollFunction", event, Outcome(json.dumps(answer)))
    assert "secret" not in "".join(lines)
    assert "https" not in "".join(lines)


def test_a_red_run_is_said_and_a_green_one_is_not() -> None:
    lines: list[str] = []
    narrator = Narrator({}, lines.append)
    narrator.tell_run({"detail": {"name": f"{VIDEO}-1", "status": "SUCCEEDED", "error": None}})
    narrator.tell_run({"detail": {"name": f"{VIDEO}-1", "status": "FAILED", "error": "UnknownNext"}})
    assert [text[9:] for text in lines] == [f"{VIDEO}-1 run      FAILED UnknownNext"]


def test_a_silenced_narrator_says_nothing() -> None:
    lines: list[str] = []
    narrator = Narrator({}, lines.append)
    narrator.silence()
    narrator.say("mail", "text")
    assert lines == []
