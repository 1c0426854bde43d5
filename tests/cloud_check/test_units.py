"""What a video consumed is compared with what the documents say, from CloudWatch's own figures."""

from typing import Any

import pytest

from tests.cloud_check.checks import units
from tests.cloud_check.registry import Refuted
from tests.cloud_check.run import Run
from tests.cloud_check.target import Target
from tests.cloud_check.upstream.ledger import Ledger


class Figures:
    """CloudWatch, CloudFormation and Step Functions, as far as the check asks them."""

    def __init__(self, value: float) -> None:
        self.value, self.asked = value, list[tuple[str, str, str]]()

    def get_metric_statistics(self, **asked: Any) -> dict[str, Any]:
        assert asked["Statistics"] == ["Sum"]
        ((dimension),) = asked["Dimensions"]
        self.asked.append((asked["Namespace"], asked["MetricName"], dimension["Value"]))
        return {"Datapoints": [{"Sum": self.value}, {"Sum": self.value}]} if self.value else {"Datapoints": []}

    def describe_stack_resource(self, *, StackName: str, LogicalResourceId: str) -> dict[str, Any]:  # noqa: N803  the API's own names
        return {"StackResourceDetail": {"PhysicalResourceId": f"{StackName}-{LogicalResourceId}"}}

    def describe_stacks(self, **_: str) -> dict[str, Any]:
        return {"Stacks": [{"Outputs": [{"OutputKey": "StateMachineArn", "OutputValue": "arn"}]}]}

    def get_paginator(self, name: str) -> Any:
        event = {"stateEnteredEventDetails": {"name": "Submit"}}
        pages: dict[str, Any] = {
            "list_executions": [{"executions": [{"executionArn": "a"}]}],
            "get_execution_history": [{"events": [event, {}]}],
        }
        return type("Paginator", (), {"paginate": staticmethod(lambda **_: pages[name])})


def run_with(figures: Figures, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(units, "LAG_SECONDS", 0)
    run = Run(Target("AWS", "s", lambda _: figures, (), "", Ledger(None), ""))
    run.videos["a"] = "vid_a"
    return run


def test_the_figures_stand_beside_the_documented_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    figures = Figures(2)
    said = units.a_video_costs_what_is_documented(run_with(figures, monkeypatch))
    assert f"DynamoDB, writes: 12 (documented: {units.documented('DynamoDB, writes')})" in said  # three tables, two minutes
    assert "Step Functions: 1 (documented:" in said
    assert ("AWS/DynamoDB", "ConsumedWriteCapacityUnits", "s-VideosTable") in figures.asked
    assert ("AWS/Lambda", "Invocations", "s-PollFunction") in figures.asked


def test_figures_that_are_not_there_are_no_evidence(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Refuted, match="no figures"):
        units.a_video_costs_what_is_documented(run_with(Figures(0), monkeypatch))
