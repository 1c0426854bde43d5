"""The delivery state machine: what is retried, and that every error and every answer has a transition."""

import json
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import lint

from cliprelay.webhooks.retry_schedule import JITTER, LONGEST_RETRY_AFTER, STEPS
from tests.support.product_template import product_template

TEMPLATE: dict[str, Any] = product_template()
TEXT = Path("statemachine/delivery.asl.json").read_text()
WORKFLOW: dict[str, Any] = json.loads(TEXT)
STATES: dict[str, Any] = WORKFLOW["States"]
DELIVER = STATES["Deliver"]


def test_the_file_is_valid_amazon_states_language() -> None:
    machine = {"DefinitionString": TEXT, "RoleArn": "arn:aws:iam::123456789012:role/any"}
    resources = {"Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": machine}}
    complaints = lint(json.dumps({"Resources": resources}).replace("${", "$ {"))
    assert [str(complaint) for complaint in complaints] == []


def test_every_state_has_a_comment_and_every_transition_a_target() -> None:
    assert [name for name, state in STATES.items() if len(state.get("Comment", "")) < 20] == []
    ways = [way for state in STATES.values() for way in (state, *state.get("Choices", []), *state.get("Catch", []))]
    reached = {way["Next"] for way in ways if "Next" in way} | {STATES["Next"]["Default"], WORKFLOW["StartAt"]}
    assert reached == set(STATES)


def test_deliver_gets_ids_and_numbers_and_only_its_answer_is_passed_on() -> None:
    names = ("video_id", "event_id", "delivery", "attempt")
    assert DELIVER["Parameters"] == {"FunctionName": "${DeliverFunctionArn}", "Payload": {f"{name}.$": f"$.{name}" for name in names}}
    assert DELIVER["OutputPath"] == "$.Payload"
    properties = TEMPLATE["Resources"]["DeliveryStateMachine"]["Properties"]
    assert properties["DefinitionSubstitutions"] == {"DeliverFunctionArn": {"Fn::GetAtt": ["DeliverFunction", "Arn"]}}


def test_every_error_leads_to_a_wait_and_a_retry_and_is_not_passed_on() -> None:
    (catcher,) = DELIVER["Catch"]
    assert (catcher["ErrorEquals"], catcher["ResultPath"]) == (["States.ALL"], None)
    wait = STATES[catcher["Next"]]
    assert (wait["Type"], wait["Seconds"] >= 30, wait["Next"]) == ("Wait", True, "Deliver")
    (retrier,) = DELIVER["Retry"]
    assert (retrier["JitterStrategy"], retrier["MaxDelaySeconds"] <= 60) == ("FULL", True)
    assert all(error.startswith("Lambda.") for error in retrier["ErrorEquals"])


def test_every_answer_of_deliver_has_a_transition_and_an_unknown_one_fails() -> None:
    choices = {choice["StringEquals"]: choice["Next"] for choice in STATES["Next"]["Choices"]}
    ends = {"delivered": "Delivered", "disabled": "Disabled", "exhausted": "Exhausted", "done": "Done"}
    assert choices == {"wait": "Wait", **ends}
    assert {STATES[end]["Type"] for end in ends.values()} == {"Succeed"}
    assert STATES[STATES["Next"]["Default"]]["Type"] == "Fail"
    assert (STATES["Wait"]["SecondsPath"], STATES["Wait"]["Next"]) == ("$.wait", "Deliver")


def test_a_states_timeout_is_longer_than_its_functions() -> None:
    assert DELIVER["TimeoutSeconds"] >= int(TEMPLATE["Mappings"]["Step"]["Deliver"]["TimeoutSeconds"]) + 60


@pytest.mark.parametrize("longest", [sum(max(step * (1 + JITTER), LONGEST_RETRY_AFTER) for step in STEPS[1:])])
def test_the_executions_timeout_is_longer_than_the_longest_delivery(longest: float) -> None:
    # Plus a day of internal errors.
    assert WORKFLOW["TimeoutSeconds"] > longest + 86_400
