"""The service's progress lines: one per step, with ids and states, never contents."""

import json
from pathlib import Path
from typing import Any

import pytest

from local.lambda_runtime.sandbox import InvocationResult, failure
from local.serve.progress import ProgressLog
from local.serve.reasons import Reason
from local.stack.context import Function

VIDEO = "vid_01M81BM8V7KWST3XTH2P9M6ZFS"
SECRET = "a secret prompt https://upstream/signed?token=x"  # noqa: S105


def function(logical_id: str) -> Function:
    return Function(logical_id, "name", "app.handler", Path(), (), {}, 3, 128, "python3.13")


def logged(logical_id: str, event: Any, outcome: InvocationResult, reason: Reason | None = None, time_scale: float = 1) -> list[str]:
    lines: list[str] = []
    progress = ProgressLog({"name": function(logical_id)}, lines.append, lambda video: reason or Reason(), time_scale)
    progress.log_invocation("name", event, outcome)
    return lines


def line(logical_id: str, event: Any, answer: Any, **more: Any) -> str:
    (only,) = logged(logical_id, event, InvocationResult(json.dumps(answer)), **more)
    return only[9:]  # without the time


def test_a_step_prints_its_video_its_name_and_what_it_says() -> None:
    answer = {"status": "running", "next": "wait", "wait": 12}
    assert line("PollFunction", {"video_id": VIDEO}, answer, time_scale=0.5) == f"{VIDEO} poll     running · next question in 6 s"


def test_a_step_prints_the_reason_from_the_record() -> None:
    answer = {"status": "queued", "next": "submit", "wait": 30}
    text = line("SubmitFunction", {"video_id": VIDEO}, answer, reason=Reason("upstream_key"))
    assert text.endswith("queued (upstream_key) · waits for a key that the upstream accepts · tries again in 30 s")


def test_the_record_is_not_read_for_a_result_that_says_all() -> None:
    asked: list[str] = []
    answer = InvocationResult(json.dumps({"status": "succeeded", "next": "notify"}))
    progress = ProgressLog({"name": function("ArchiveFunction")}, asked.append, lambda video: Reason(video), 1)  # type: ignore[arg-type]
    progress.log_invocation("name", {"video_id": VIDEO}, answer)
    assert asked[0].endswith("succeeded · announces it now")


def test_an_accepted_request_is_printed_with_the_video_id() -> None:
    answer = {"statusCode": 202, "body": json.dumps({"id": VIDEO, "request": {"prompt": SECRET}})}
    assert line("ApiFunction", {"rawPath": "/v1/videos"}, answer) == f"{VIDEO} api      accepted · submits it now"


@pytest.mark.parametrize("status", [200, 401, 422])
def test_only_accepted_requests_of_the_api_are_printed(status: int) -> None:
    answer = {"statusCode": status, "body": json.dumps({"id": VIDEO})}
    assert logged("ApiFunction", {}, InvocationResult(json.dumps(answer))) == []


@pytest.mark.parametrize("answer", ["{}", "null", '{"seen": 1, "revived": 0, "unconfirmed": 1}'])
def test_a_sweep_that_has_repaired_nothing_is_not_printed(answer: str) -> None:
    assert logged("SweepFunction", {"detail-type": "Scheduled Event"}, InvocationResult(answer)) == []


def test_a_sweep_that_has_started_something_again_is_printed() -> None:
    text = line("SweepFunction", {"detail-type": "Scheduled Event"}, {"seen": 3, "revived": 2, "unconfirmed": 0})
    assert text.split() == ["-", "sweep", "has", "started", "2", "again", "whose", "execution", "had", "stopped"]


def test_a_failing_step_prints_the_error_type_and_when_it_is_repeated() -> None:
    (only,) = logged("SubmitFunction", {"video_id": VIDEO}, failure("Runtime.ExitError", SECRET))
    assert only[9:] == f"{VIDEO} submit   Runtime.ExitError · its process has ended · tries again in 60 s"


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
    progress = ProgressLog({}, lines.append, lambda video: Reason(), 1)
    progress.log_execution({"detail": {"name": f"{VIDEO}-1", "status": "SUCCEEDED", "error": None}})
    progress.log_execution({"detail": {"name": f"{VIDEO}-1", "status": "FAILED", "error": "UnknownNext"}})
    assert [text[9:] for text in lines] == [f"{VIDEO}-1 run      FAILED UnknownNext · the sweep continues it"]


def test_a_silenced_log_prints_nothing() -> None:
    lines: list[str] = []
    progress = ProgressLog({}, lines.append, lambda video: Reason(), 1)
    progress.silence()
    progress.write("mail", "text")
    assert lines == []
