"""The delivery state machine file: what is repeated, that every error leads back, and that no way leads out of it unseen."""

import json
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import lint
from samtranslator.yaml_helper import yaml_parse

from cliprelay.webhooks.retry_schedule import JITTER, LONGEST_RETRY_AFTER, STEPS

TEMPLATE: dict[str, Any] = yaml_parse(Path("template.yaml").read_text())
TEXT = Path("statemachine/delivery.asl.json").read_text()
WORKFLOW: dict[str, Any] = json.loads(TEXT)
STATES: dict[str, Any] = WORKFLOW["States"]
DELIVER = STATES["Deliver"]


def test_the_file_is_valid_amazon_states_language() -> None:
    machine = {"DefinitionString": TEXT, "RoleArn": "arn:aws:iam::123456789012:role/any"}
    resources = {"Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": machine}}
    complaints = lint(json.dumps({"Resources": resources}).replace("${", "$ {"))
    assert [str(complaint) for complaint in complaints] == []


def test_every_state_says_what_it_is_for_and_every_way_leads_to_a_state() -> None:
    assert [name for name, state in STATES.items() if len(state.get("Comment", "")) < 20] == []
    ways = [way for state in STATES.values() for way in (state, *state.get("Choices", []), *state.get("Catch", []))]
    reached = {way["Next"] for way in ways if "Next" in way} | {STATES["Next"]["Default"], WORKFLOW["StartAt"]}
    assert reached == set(STATES)


def test_deliver_is_called_with_ids_and_numbers_and_its_answer_goes_on_alone() -> None:
    names = ("video_id", "event_id", "delivery", "attempt")
    assert DELIVER["Parameters"] == {"FunctionName": "${DeliverFunctionArn}", "Payload": {f"{name}.$": f"$.{name}" for name in names}}
    assert DELIVER["OutputPath"] == "$.Payload"
    properties = TEMPLATE["Resources"]["DeliveryStateMachine"]["Properties"]
    assert properties["DefinitionSubstitutions"] == {"DeliverFunctionArn": {"Fn::GetAtt": ["DeliverFunction", "Arn"]}}


def test_every_error_leads_to_a_wait_and_back_and_does_not_travel_on() -> None:
    (catcher,) = DELIVER["Catch"]
    assert (catcher["ErrorEquals"], catcher["ResultPath"]) == (["States.ALL"], None)
    wait = STATES[catcher["Next"]]
    assert (wait["Type"], wait["Seconds"] >= 30, wait["Next"]) == ("Wait", True, "Deliver")
    (retrier,) = DELIVER["Retry"]
    assert (retrier["JitterStrategy"], retrier["MaxDelaySeconds"] <= 60) == ("FULL", True)
    assert all(error.startswith("Lambda.") for error in retrier["ErrorEquals"])


def test_every_word_of_deliver_has_its_way_and_an_unknown_one_ends_red() -> None:
    choices = {choice["StringEquals"]: choice["Next"] for choice in STATES["Next"]["Choices"]}
    ends = {"delivered": "Delivered", "disabled": "Disabled", "exhausted": "Exhausted", "done": "Done"}
    assert choices == {"wait": "Wait", **ends}
    assert {STATES[end]["Type"] for end in ends.values()} == {"Succeed"}
    assert STATES[STATES["Next"]["Default"]]["Type"] == "Fail"
    assert (STATES["Wait"]["SecondsPath"], STATES["Wait"]["Next"]) == ("$.wait", "Deliver")


def test_a_state_waits_longer_than_its_function_can_take() -> None:
    assert DELIVER["TimeoutSeconds"] >= TEMPLATE["Mappings"]["Step"]["Deliver"]["TimeoutSeconds"] + 60


@pytest.mark.parametrize("longest", [sum(max(step * (1 + JITTER), LONGEST_RETRY_AFTER) for step in STEPS[1:])])
def test_the_belt_is_longer_than_the_longest_delivery(longest: float) -> None:
    # And a day in which our own side may fail.
    assert WORKFLOW["TimeoutSeconds"] > longest + 86_400
