"""The service's progress lines: one per step, with ids and states, never contents."""

import json
from pathlib import Path
from typing import Any

import pytest

from local.lambda_runtime.sandbox import InvocationResult, failure
from local.serve.progress import ProgressLog
from local.stack.context import Function

VIDEO = "vid_01M81BM8V7KWST3XTH2P9M6ZFS"
SECRET = "a secret prompt https://upstream/signed?token=x"  # noqa: S105


def logged(logical_id: str, event: Any, outcome: InvocationResult, reason: str = "", time_scale: float = 1) -> list[str]:
    lines: list[str] = []
    function = Function(logical_id, "name", "app.handler", Path(), (), {}, 3, 128, "python3.13")
    ProgressLog({"name": function}, lines.append, lambda video: reason, time_scale).log_invocation("name", event, outcome)
    return lines


def line(logical_id: str, event: Any, answer: Any, **more: Any) -> str:
    (only,) = logged(logical_id, event, InvocationResult(json.dumps(answer)), **more)
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
def test_a_step_prints_its_status_and_the_next_step(answer: dict[str, Any], text: str) -> None:
    assert line("PollFunction", {"video_id": VIDEO}, answer) == f"{VIDEO} poll     {text}"


@pytest.mark.parametrize(
    ("function", "answer", "reason", "text"),
    [
        (
            "SubmitFunction",
            {"status": "queued", "next": "submit", "wait": 30},
            "upstream_key",
            "queued (upstream_key) · next: submit in 30 s",
        ),
        ("PollFunction", {"status": "failed", "next": "notify"}, "moderated", "failed (moderated) · next: notify"),
        ("ArchiveFunction", {"status": "archiving", "next": "wait", "wait": 60}, "", "archiving · next: ask again in 60 s"),
        ("SubmitFunction", {"status": "queued", "next": "submit", "wait": 30}, SECRET, "queued · next: submit in 30 s"),
        ("NotifyFunction", {"status": "failed", "next": "done"}, "moderated", "failed · next: done"),
    ],
)
def test_a_step_prints_why_a_video_waits_or_has_failed(function: str, answer: dict[str, Any], reason: str, text: str) -> None:
    assert line(function, {"video_id": VIDEO}, answer, reason=reason).partition(" ")[2].split(maxsplit=1)[1] == text


@pytest.mark.parametrize(("scale", "seconds"), [(1, "18 s"), (0.2, "3.6 s"), (0.02, "0.36 s"), (2, "36 s"), (0.55, "9.9 s")])
def test_a_wait_is_printed_in_the_seconds_that_pass(scale: float, seconds: str) -> None:
    answer = {"status": "running", "next": "wait", "wait": 18}
    assert line("PollFunction", {"video_id": VIDEO}, answer, time_scale=scale).endswith(f"next: ask again in {seconds}")


def test_an_accepted_request_is_printed_with_the_video_id() -> None:
    answer = {"statusCode": 202, "body": json.dumps({"id": VIDEO, "request": {"prompt": SECRET}})}
    assert line("ApiFunction", {"rawPath": "/v1/videos"}, answer) == f"{VIDEO} api      accepted"


@pytest.mark.parametrize("status", [200, 401, 422])
def test_only_accepted_requests_of_the_api_are_printed(status: int) -> None:
    answer = {"statusCode": status, "body": json.dumps({"id": VIDEO})}
    assert logged("ApiFunction", {}, InvocationResult(json.dumps(answer))) == []


def test_only_invocations_for_a_video_are_printed() -> None:
    assert logged("SweepFunction", {"detail-type": "Scheduled Event"}, InvocationResult("{}")) == []


def test_a_failing_step_prints_only_the_error_type() -> None:
    (only,) = logged("SubmitFunction", {"video_id": VIDEO}, failure("Runtime.ExitError", SECRET))
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
def test_contents_are_never_printed(event: Any, answer: Any) -> None:
    lines = logged("PollFunction", event, InvocationResult(json.dumps(answer)))
    assert "secret" not in "".join(lines)
    assert "https" not in "".join(lines)


def test_only_failed_executions_are_printed() -> None:
    lines: list[str] = []
    progress = ProgressLog({}, lines.append, lambda video: "", 1)
    progress.log_execution({"detail": {"name": f"{VIDEO}-1", "status": "SUCCEEDED", "error": None}})
    progress.log_execution({"detail": {"name": f"{VIDEO}-1", "status": "FAILED", "error": "UnknownNext"}})
    assert [text[9:] for text in lines] == [f"{VIDEO}-1 run      FAILED UnknownNext"]


def test_a_silenced_log_prints_nothing() -> None:
    lines: list[str] = []
    progress = ProgressLog({}, lines.append, lambda video: "", 1)
    progress.silence()
    progress.write("mail", "text")
    assert lines == []
