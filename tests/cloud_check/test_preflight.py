"""What the validators of AWS are shown is what is deployed: whole definitions, and every role's own policies."""

import json
from typing import Any

import pytest

from tests.cloud_check import preflight
from tests.cloud_check.registry import Refuted
from tests.cloud_check.run import Run
from tests.cloud_check.target import Target
from tests.cloud_check.upstream.ledger import Ledger


def run_with(service: Any) -> Run:
    return Run(Target("AWS", "s", lambda _: service, (), "", Ledger(None), ""))


@pytest.mark.parametrize("name", preflight.MACHINES)
def test_a_definition_has_an_arn_for_every_function(name: str) -> None:
    text = preflight.definition(name)
    json.loads(text)
    assert "${" not in text
    assert ":function:" in text


def test_every_policy_names_complete_arns_of_the_functions_and_machines_roles() -> None:
    found = dict(preflight.policies())
    assert {"ApiFunctionRole", "SubmitFunctionRole", "SweepFunctionRole", "VideoStateMachineRole"} <= set(found)
    resources = [
        resource
        for document in found.values()
        for statement in document["Statement"]
        for resource in ([statement["Resource"]] if isinstance(statement["Resource"], str) else statement["Resource"])
    ]
    assert len(resources) > 30
    assert [resource for resource in resources if not resource.startswith("arn:aws:") or "${" in resource] == []


class Analyzer:
    """Access Analyzer with one kind of finding for every policy."""

    def __init__(self, kind: str) -> None:
        self.kind, self.asked = kind, list[str]()

    def get_paginator(self, name: str) -> "Analyzer":
        assert name == "validate_policy"
        return self

    def paginate(self, *, policyDocument: str, policyType: str) -> list[dict[str, Any]]:  # noqa: N803  the API's own names
        self.asked.append(policyDocument)
        return [{"findings": [{"findingType": self.kind, "issueCode": "ISSUE", "findingDetails": policyType}]}]


@pytest.mark.parametrize("kind", ["SUGGESTION", "WARNING"])
def test_suggestions_are_counted(kind: str) -> None:
    analyzer = Analyzer(kind)
    said = preflight.policies_are_valid(run_with(analyzer))
    assert said == f"{len(analyzer.asked)} policies; {len(analyzer.asked)} {kind}"


@pytest.mark.parametrize("kind", preflight.GRAVE)
def test_an_error_in_a_policy_stops_the_run(kind: str) -> None:
    with pytest.raises(Refuted, match="ApiFunctionRole: ISSUE"):
        preflight.policies_are_valid(run_with(Analyzer(kind)))


class Machines:
    def __init__(self, result: str) -> None:
        self.result = result

    def validate_state_machine_definition(self, **_: str) -> dict[str, Any]:
        return {"result": self.result, "diagnostics": [{"severity": "ERROR", "code": "MISSING_TRANSITION_TARGET", "message": "no"}]}


def test_a_definition_that_is_not_ok_stops_the_run() -> None:
    with pytest.raises(Refuted, match="MISSING_TRANSITION_TARGET"):
        preflight.machines_are_valid(run_with(Machines("FAIL")))


class Functions:
    def __init__(self, limit: int) -> None:
        self.limit = limit

    def get_account_settings(self) -> dict[str, Any]:
        return {"AccountLimit": {"ConcurrentExecutions": self.limit}}


@pytest.mark.parametrize(
    ("limit", "said"), [(1_000, "1,000 functions may run at once"), (10, "10 functions may run at once; ask for 1,000 before real use")]
)
def test_the_limit_of_functions_is_told(limit: int, said: str) -> None:
    assert preflight.limits_are_enough(run_with(Functions(limit))) == said


def test_an_account_that_may_run_hardly_any_function_stops_the_run() -> None:
    with pytest.raises(Refuted, match="only 5"):
        preflight.limits_are_enough(run_with(Functions(5)))
