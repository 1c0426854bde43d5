"""The video state machine: what pays once, what is retried, and that every answer has a transition."""

import json
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import lint

from cliprelay.orders.not_before import LATEST
from cliprelay.video.states import Status
from cliprelay.video.table import KEEPER_MARGIN
from cliprelay.workflow.contract import NEW_WORDS
from tests.support.product_template import product_template

TEMPLATE: dict[str, Any] = product_template()
TEXT = Path("statemachine/video.asl.json").read_text()
WORKFLOW: dict[str, Any] = json.loads(TEXT)
STATES: dict[str, Any] = WORKFLOW["States"]
TASKS = [name for name, state in STATES.items() if state["Type"] == "Task"]
REPEATABLE = [name for name in TASKS if name != "Submit"]
# Thumbnail is best effort: its answer and its errors change nothing, and Notify follows.
NEEDED = [name for name in TASKS if name != "Thumbnail"]

# The only error that Lambda returns before it starts the function.
# https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html
DID_NOT_START = {"Lambda.TooManyRequestsException"}
HOUR = 3600


def next_states(state: dict[str, Any]) -> set[str]:
    """Return every state that a state can lead to, including by errors."""
    ways = [state, *state.get("Choices", []), *state.get("Catch", [])]
    return {way["Next"] for way in ways if "Next" in way} | ({state["Default"]} if "Default" in state else set())


def reachable_states() -> set[str]:
    found: set[str] = set()
    open_ends = {WORKFLOW["StartAt"]}
    while open_ends:
        found |= open_ends
        open_ends = {name for state in open_ends for name in next_states(STATES[state])} - found
    return found


def function_timeout(step: str) -> int:
    timeout = TEMPLATE["Resources"][f"{step}Function"]["Properties"]["Timeout"]
    if isinstance(timeout, dict):
        mapping, first, second = timeout["Fn::FindInMap"]
        timeout = TEMPLATE["Mappings"][mapping][first][second]
    return int(timeout)


def test_the_file_is_valid_amazon_states_language() -> None:
    machine = {"DefinitionString": TEXT, "RoleArn": "arn:aws:iam::123456789012:role/any"}
    resources = {"Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": machine}}
    # SAM fills in the substitutions, which are checked below.
    complaints = lint(json.dumps({"Resources": resources}).replace("${", "$ {"))
    assert [str(complaint) for complaint in complaints] == []


def test_every_state_has_a_comment() -> None:
    assert [name for name, state in STATES.items() if len(state.get("Comment", "")) < 20] == []
    assert WORKFLOW["Comment"]


def test_every_state_is_reachable_and_every_transition_has_a_target() -> None:
    assert reachable_states() == set(STATES)


def test_every_substitution_is_used_and_every_use_is_substituted() -> None:
    properties = TEMPLATE["Resources"]["VideoStateMachine"]["Properties"]
    assert properties["DefinitionUri"] == "statemachine/video.asl.json"
    used = {f"{name}FunctionArn": {"Fn::GetAtt": [f"{name}Function", "Arn"]} for name in TASKS}
    used["StatusWithPoster"] = {"Fn::If": ["HasPosters", Status.SUCCEEDED.value, "none"]}
    assert properties["DefinitionSubstitutions"] == used
    assert "none" not in set(Status)


@pytest.mark.parametrize("task", TASKS)
def test_every_step_gets_an_id_a_run_and_the_number_of_the_definition_and_only_its_answer_is_passed_on(task: str) -> None:
    state = STATES[task]
    assert state["Resource"] == "arn:aws:states:::lambda:invoke"
    assert state["Parameters"] == {
        "FunctionName": f"${{{task}FunctionArn}}",
        "Payload": {"video_id.$": "$.video_id", "run.$": "$.run", "definition": max(NEW_WORDS)}
        | {"Poll": {"wait.$": "$.wait"}, "Archive": {"poster_of": "${StatusWithPoster}"}}.get(task, {}),
    }
    assert state.get("OutputPath") == (None if task == "Thumbnail" else "$.Payload")


def test_submit_is_retried_only_when_it_certainly_did_not_start() -> None:
    assert {error for retrier in STATES["Submit"]["Retry"] for error in retrier["ErrorEquals"]} <= DID_NOT_START


@pytest.mark.parametrize("task", TASKS)
def test_every_retry_has_full_jitter_and_a_maximum_delay(task: str) -> None:
    for retrier in STATES[task]["Retry"]:
        assert retrier["JitterStrategy"] == "FULL"
        assert retrier["MaxDelaySeconds"] <= 60


def test_submit_survives_throttling_for_at_least_a_quarter_of_an_hour_on_average() -> None:
    (retrier,) = STATES["Submit"]["Retry"]
    delays = [
        min(retrier["IntervalSeconds"] * retrier["BackoffRate"] ** attempt, retrier["MaxDelaySeconds"])
        for attempt in range(retrier["MaxAttempts"])
    ]
    # Full jitter is uniform between zero and the delay.
    assert sum(delays) / 2 >= HOUR / 4


@pytest.mark.parametrize("task", REPEATABLE)
def test_idempotent_steps_survive_errors_of_lambda_itself(task: str) -> None:
    errors = {error for retrier in STATES[task]["Retry"] for error in retrier["ErrorEquals"]}
    assert errors >= DID_NOT_START | {"Lambda.ServiceException", "Lambda.AWSLambdaException"}
    assert all(error.startswith("Lambda.") for error in errors)


@pytest.mark.parametrize("task", NEEDED)
def test_every_error_of_a_step_leads_to_a_wait_and_back_to_the_same_step(task: str) -> None:
    (catcher,) = STATES[task]["Catch"]
    assert catcher["ErrorEquals"] == ["States.ALL"]
    wait = STATES[catcher["Next"]]
    assert wait["Type"] == "Wait"
    assert wait["Seconds"] >= 30
    assert wait["Next"] == task


@pytest.mark.parametrize("task", TASKS)
def test_an_error_is_not_passed_on_in_the_data(task: str) -> None:
    (catcher,) = STATES[task]["Catch"]
    assert catcher["ResultPath"] is None


def test_every_answer_of_a_step_has_a_transition() -> None:
    choices = [choice for choice in STATES["Next"]["Choices"] if "And" not in choice]
    assert {choice["StringEquals"]: choice["Next"] for choice in choices} == {
        "wait": "Wait",
        "submit": "WaitToSubmit",
        "archive": "Archive",
        "notify": "Notify",
        "done": "Done",
    }
    assert {choice["Variable"] for choice in choices} == {"$.next"}


def test_an_unknown_answer_fails_so_that_the_sweep_starts_the_next_run() -> None:
    assert STATES[STATES["Next"]["Default"]]["Type"] == "Fail"
    pattern = TEMPLATE["Resources"]["SweepFunction"]["Properties"]["Events"]["RunEndedBadly"]["Properties"]["Pattern"]
    assert pattern["detail"]["status"] == ["FAILED", "TIMED_OUT", "ABORTED"]
    assert pattern["detail"]["stateMachineArn"] == [{"Ref": "VideoStateMachine"}]


@pytest.mark.parametrize(("wait", "step"), [("Wait", "Poll"), ("WaitToSubmit", "Submit")])
def test_a_wait_lasts_as_long_as_the_step_said(wait: str, step: str) -> None:
    assert STATES[wait]["SecondsPath"] == "$.wait"
    assert STATES[wait]["Next"] == step


def test_only_a_video_that_has_succeeded_gets_a_poster_before_it_is_announced() -> None:
    first, *_ = (choice for choice in STATES["Next"]["Choices"] if choice["Next"] in ("Thumbnail", "Notify"))
    assert first["Next"] == "Thumbnail"
    assert first["And"] == [
        {"Variable": "$.next", "StringEquals": "notify"},
        {"Variable": "$.status", "StringEquals": "${StatusWithPoster}"},
    ]


def test_nothing_that_happens_to_a_poster_delays_an_announcement_for_long() -> None:
    state = STATES["Thumbnail"]
    (catcher,) = state["Catch"]
    assert (state["ResultPath"], state["Next"]) == (None, "Notify")
    assert catcher == {"ErrorEquals": ["States.ALL"], "ResultPath": None, "Next": "Notify"}
    attempts = 1 + sum(retrier["MaxAttempts"] for retrier in state["Retry"])
    assert state["TimeoutSeconds"] <= 60
    assert attempts * state["TimeoutSeconds"] < KEEPER_MARGIN.total_seconds() / 2
    assert state["TimeoutSeconds"] > function_timeout("Thumbnail")


@pytest.mark.parametrize("task", NEEDED)
def test_a_states_timeout_is_longer_than_its_functions(task: str) -> None:
    assert STATES[task]["TimeoutSeconds"] >= function_timeout(task) + 60


def test_the_executions_timeout_is_longer_than_the_longest_video() -> None:
    ahead, queue = LATEST.total_seconds(), 72 * HOUR
    upstream, archive = 72 * HOUR + 15 * 60, 24 * HOUR
    assert WORKFLOW["TimeoutSeconds"] > ahead + queue + upstream + archive
