"""Each line of the service says what happens next and why, in plain words and in the seconds that really pass."""

import json
import re
from typing import Any

import pytest

from cliprelay.steps import deliver, submit
from cliprelay.video.view import _WAITING
from cliprelay.workflow import contract
from local.lambda_runtime.sandbox import InvocationResult, failure
from local.serve.reasons import Reason
from local.serve.wording import AGAIN_SECONDS, WAITING, needs_record, of_failure, of_result
from tests.support.paths import ROOT

SECRET = "a secret prompt https://upstream/signed?token=x"  # noqa: S105
RESOLVE = "whether it was paid is unknown; `operate videos resolve` decides"


def said(step: str, answer: Any, reason: Reason | None = None, event: Any = None, scale: float = 1) -> str:
    return of_result(step, event or {}, answer, reason or Reason(), scale)


def queued(wait: int = 30) -> dict[str, Any]:
    return {"status": "queued", "next": "submit", "wait": wait}


def waiting(status: str, wait: int = 12) -> dict[str, Any]:
    return {"status": status, "next": "wait", "wait": wait}


def then(status: str, following: str) -> dict[str, Any]:
    return {"status": status, "next": following}


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("paused", "waits until the operator resumes"),
        ("slow_preparation", "preparing it took too long to pay safely"),
        ("throttled", "waits for the upstream's limit"),
        ("upstream_unreachable", "the upstream cannot be reached"),
        ("upstream_balance", "waits for credit at the upstream"),
        ("upstream_quota", "waits for a higher quota at the upstream"),
        ("upstream_key", "waits for a key that the upstream accepts"),
        ("upstream_key_missing", "waits for the upstream's key"),
        ("redirected", "waits for an upstream URL that does not redirect"),
        ("claim_too_late", "its claim came too late, and nothing was sent"),
        ("of_a_newer_version", "waits for the upstream"),
    ],
)
def test_a_queued_video_says_what_it_waits_for_and_when_it_tries_again(code: str, why: str) -> None:
    assert said("submit", queued(), Reason(code)) == f"queued ({code}) · {why} · tries again in 30 s"


def test_every_reason_to_wait_that_the_api_shows_has_words_here() -> None:
    assert _WAITING.keys() <= WAITING.keys()


@pytest.mark.parametrize(
    ("step", "answer", "reason", "text"),
    [
        ("submit", queued(5), Reason(), "queued · submits it in 5 s"),
        ("submit", waiting("running", 18), Reason(), "running · next question in 18 s"),
        ("submit", waiting("submitting", 30), Reason(), "submitting · another Submit holds the claim · looks again in 30 s"),
        ("submit", then("failed", "notify"), Reason("moderated"), "failed (moderated) · announces it now"),
        (
            "submit",
            then("unconfirmed", "notify"),
            Reason("outcome_unknown"),
            f"unconfirmed (outcome_unknown) · {RESOLVE} · announces it now",
        ),
        ("submit", then("archiving", "archive"), Reason(), "archiving · copies the file now"),
        ("poll", waiting("running"), Reason(), "running · next question in 12 s"),
        ("poll", waiting("running"), Reason(is_silent=True), "running · the upstream gives no usable answer · next question in 12 s"),
        (
            "poll",
            waiting("running"),
            Reason(misses=3),
            "running · the upstream's answer has no result (3 in a row) · next question in 12 s",
        ),
        ("poll", waiting("archiving"), Reason(), "archiving · asks for a new link in 12 s"),
        ("poll", waiting("submitting"), Reason(), "submitting · another Submit holds the claim · looks again in 12 s"),
        ("poll", then("archiving", "archive"), Reason(), "archiving · copies the file now"),
        ("poll", then("expired", "notify"), Reason("expired"), "expired (expired) · announces it now"),
        ("poll", queued(1), Reason(), "queued · submits it in 1 s"),
        (
            "archive",
            waiting("archiving", 10),
            Reason(copies=2, refusals=("cut", "empty")),
            "archiving (cut, empty) · copy 2 has failed · asks for a new link in 10 s",
        ),
        ("archive", then("succeeded", "notify"), Reason(), "succeeded · announces it now"),
        ("notify", then("succeeded", "done"), Reason(), "succeeded · announced"),
        ("notify", then("unconfirmed", "done"), Reason(), f"unconfirmed · announced · {RESOLVE}"),
        ("notify", waiting("running", 1), Reason(), "running · next question in 1 s"),
        ("poll", then("succeeded", "done"), Reason(), "succeeded · nothing left to do"),
        ("notify", {"next": "done"}, Reason(), "nothing to do: the video is gone or has a later run"),
        ("poll", {"next": "done"}, Reason(), "nothing to do: the video is gone or has a later run"),
        ("poll", "text", Reason(), "answered"),
        ("poll", {}, Reason(), "answered"),
    ],
)
def test_each_result_of_a_step_says_why_and_what_follows(step: str, answer: Any, reason: Reason, text: str) -> None:
    assert said(step, answer, reason) == text


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ({"next": "wait", "wait": 5, "attempt": 2}, "attempt 2 has failed · tries again in 5 s"),
        ({"next": "wait", "wait": 15, "attempt": 1}, "another invocation is sending · looks again in 15 s"),
        ({"next": "delivered", "attempt": 2}, "the receiver has accepted the event"),
        ({"next": "disabled", "attempt": 2}, "the endpoint is gone or was removed; no more attempts"),
        ({"next": "exhausted", "attempt": 2}, "all attempts have failed; the event is in the dead-letter queue"),
        ({"next": "done", "attempt": 2}, "nothing to do: the delivery is over or goes on under another number"),
    ],
)
def test_each_result_of_a_delivery_says_what_follows(answer: dict[str, Any], text: str) -> None:
    assert said("deliver", answer, event={"attempt": 1}) == text


def test_every_next_of_the_contracts_has_words() -> None:
    for following in (*deliver._NEXT.values(), "wait"):
        assert said("deliver", {"next": following, "wait": 5, "attempt": 2}) != "answered"
    for following in contract.Next.__args__:  # type: ignore[attr-defined]
        assert " · " in said("poll", {"status": "running", "next": following, "wait": 5})
    assert submit._LOGGED.keys() == {"queued", "failed", "unconfirmed"}


@pytest.mark.parametrize(("scale", "passed"), [(1, "18 s"), (0.2, "3.6 s"), (0.02, "0.36 s"), (2, "36 s"), (0.55, "9.9 s")])
def test_a_wait_is_given_in_the_seconds_that_pass(scale: float, passed: str) -> None:
    assert said("poll", waiting("running", 18), scale=scale).endswith(f"next question in {passed}")
    assert said("deliver", {"next": "wait", "wait": 18, "attempt": 2}, scale=scale).endswith(f"tries again in {passed}")


@pytest.mark.parametrize(
    ("failed", "text"),
    [
        (failure("ReadTimeoutError", SECRET), "ReadTimeoutError · AWS did not answer · tries again in 60 s"),
        (
            failure("ClientError", f"An error occurred (InternalServerError) when calling the GetItem operation: {SECRET}"),
            "ClientError · AWS answered InternalServerError to GetItem · tries again in 60 s",
        ),
        (failure("Sandbox.Timedout", SECRET), "Sandbox.Timedout · took longer than its function may · tries again in 60 s"),
        (failure("Sandbox.StartError", SECRET), "Sandbox.StartError · could not be started · tries again in 60 s"),
        (failure("Runtime.ExitError", SECRET), "Runtime.ExitError · its process has ended · tries again in 60 s"),
        (failure("Runtime.ImportModuleError", SECRET), "Runtime.ImportModuleError · cannot be loaded · tries again in 60 s"),
        (failure("KeyError", SECRET), "KeyError · tries again in 60 s"),
    ],
)
def test_a_failed_step_says_why_without_its_message_and_when_it_is_repeated(failed: InvocationResult, text: str) -> None:
    assert of_failure("poll", failed, 1) == text
    assert of_failure("poll", failed, 0.5).endswith("in 30 s")


def test_a_failure_outside_the_workflow_says_what_follows() -> None:
    assert of_failure("api", failure("KeyError", SECRET), 1) == "KeyError · the client gets a 500"
    assert of_failure("sweep", failure("SweepIncomplete", SECRET), 1) == "SweepIncomplete · the next sweep continues"


def test_the_workflows_repeat_a_failed_step_after_the_time_that_is_given() -> None:
    states: dict[str, Any] = {}
    for path in (ROOT / "statemachine").glob("*.json"):
        states |= json.loads(path.read_text())["States"]
    again = {name: state["Seconds"] for name, state in states.items() if re.fullmatch(r"\w+Again", name)}
    assert again == dict.fromkeys(("SubmitAgain", "PollAgain", "ArchiveAgain", "NotifyAgain", "DeliverAgain"), AGAIN_SECONDS)


@pytest.mark.parametrize(
    ("step", "answer", "needs"),
    [
        ("submit", queued(), True),
        ("submit", waiting("running"), False),
        ("poll", waiting("running"), True),
        ("poll", then("archiving", "archive"), False),
        ("poll", then("failed", "notify"), True),
        ("archive", waiting("archiving"), True),
        ("archive", then("succeeded", "notify"), False),
        ("notify", then("failed", "done"), False),
        ("poll", "text", False),
    ],
)
def test_the_record_is_read_only_where_it_says_more_than_the_result(step: str, answer: Any, needs: bool) -> None:
    assert needs_record(step, answer) is needs


@pytest.mark.parametrize(
    "answer",
    [
        {"status": SECRET, "next": SECRET, "wait": SECRET},
        {"status": "running", "next": "wait", "wait": SECRET},
        {"status": "queued", "next": "submit", "wait": 1},
        {"status": "archiving", "next": "wait", "wait": 1},
        {"next": "wait", "wait": SECRET, "attempt": SECRET},
        [SECRET],
    ],
)
@pytest.mark.parametrize("step", ["submit", "poll", "archive", "notify", "deliver"])
def test_contents_are_never_said(step: str, answer: Any) -> None:
    text = said(step, answer, Reason(SECRET, refusals=(SECRET, "cut")), event={"attempt": SECRET})
    assert "secret" not in text
    assert "https" not in text
