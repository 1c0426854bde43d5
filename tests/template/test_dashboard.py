"""The dashboard shows what exists: each metric, dimension, alarm and log field is one of the product or of AWS."""

import json
import re
from typing import Any

import pytest

from cliprelay.video.states import ANNOUNCED
from tests.support.paths import ROOT
from tests.support.product_template import product_template

TEMPLATE: dict[str, Any] = product_template()
RESOURCES: dict[str, Any] = TEMPLATE["Resources"]
DASHBOARD = RESOURCES["OperatorDashboard"]
TEXT: str = DASHBOARD["Properties"]["DashboardBody"]["Fn::Sub"]
WIDGETS: list[dict[str, Any]] = json.loads(TEXT)["widgets"]
METRICS = [(widget["properties"]["title"], metric) for widget in WIDGETS for metric in widget["properties"].get("metrics", [])]
QUERIES = {widget["properties"]["title"]: widget["properties"]["query"] for widget in WIDGETS if widget["type"] == "log"}
SOURCE = "\n".join(path.read_text() for path in (ROOT / "layers/cliprelay/python").rglob("*.py"))
OURS = set(re.findall(r"(?:count|measure)\(\"([A-Z]\w+)\"", SOURCE))
# Namespace -> the metrics that AWS documents, the dimension, and the type of the resource that it names.
LAMBDA, STATES = "AWS::Serverless::Function", "AWS::Serverless::StateMachine"
OF_AWS = {
    "AWS/Lambda": ({"Errors", "Throttles", "Invocations", "Duration"}, "FunctionName", LAMBDA),
    "AWS/States": ({f"Executions{word}" for word in ("Started", "Succeeded", "Failed", "TimedOut", "Aborted")}, "StateMachineArn", STATES),
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
    "AWS/ApiGateway": ({"Count", "4xx", "5xx", "Latency", "IntegrationLatency", "DataProcessed"}, "ApiId", "AWS::Serverless::HttpApi"),
    "AWS/SQS": ({"ApproximateNumberOfMessagesVisible"}, "QueueName", "AWS::SQS::Queue"),
}


@pytest.mark.parametrize(("title", "metric"), METRICS, ids=[f"{title}: {metric[1]}, {metric[3]}" for title, metric in METRICS])
def test_a_metric_is_one_that_the_code_or_aws_publishes_with_this_dimension(title: str, metric: list[Any]) -> None:
    namespace, name, dimension, value = metric[:4]
    if namespace == "ClipRelay":
        assert (name in OURS, dimension, value) == (True, "service", "cliprelay")
        return
    names, expected, kind = OF_AWS[namespace]
    (resource,) = re.findall(r"^\$\{(\w+)(?:\.QueueName)?\}$", value)
    assert (name in names, dimension, RESOURCES[resource]["Type"]) == (True, expected, kind)
    assert value.endswith(".QueueName}") is (kind == "AWS::SQS::Queue")


def test_every_metric_of_the_product_is_shown() -> None:
    shown = {metric[1] for _, metric in METRICS if metric[0] == "ClipRelay"}
    assert sorted(OURS - shown) == []


@pytest.mark.parametrize("metric", ["Errors", "Throttles"])
def test_errors_and_throttles_are_shown_for_every_function(metric: str) -> None:
    functions = {name for name, part in RESOURCES.items() if part["Type"] == LAMBDA}
    assert {each[3].strip("${}") for _, each in METRICS if each[1] == metric} == functions


def test_every_alarm_of_the_template_is_shown() -> None:
    (shown,) = (widget["properties"]["alarms"] for widget in WIDGETS if widget["type"] == "alarm")
    alarms = [name for name, part in RESOURCES.items() if part["Type"] == "AWS::CloudWatch::Alarm"]
    arn = "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:${%s}"
    assert sorted(set(alarms) - {name for name in alarms if arn % name in shown}) == [], "add these to the widget `Alarms`"
    assert len(shown) == len(alarms)


@pytest.mark.parametrize("title", QUERIES)
def test_a_query_reads_fields_that_notify_logs(title: str) -> None:
    group, message = re.findall(r"^SOURCE '\$\{(\w+)\}' \| filter message = '(\w+)' \| stats ", QUERIES[title])[0]
    assert RESOURCES[group]["Type"] == "AWS::Logs::LogGroup"
    (line,) = re.findall(rf'logger\.info\("{message}", extra=(\{{.*\}})\)', SOURCE)
    fields = set(re.findall(r"(?:strcontains|pct)\((\w+),", QUERIES[title]))
    assert fields
    assert fields <= set(re.findall(r'"(\w+)":', line))


def test_the_endings_are_all_that_are_announced() -> None:
    (query,) = (query for title, query in QUERIES.items() if title.startswith("Endings"))
    counted = re.findall(r"strcontains\(status, '(\w+)'\)\) as (\w+)", query)
    assert sorted(counted) == sorted((status.value, status.value) for status in ANNOUNCED)


def test_the_widgets_have_a_title_and_a_place_of_their_own() -> None:
    places = [(widget["x"] + x, widget["y"] + y) for widget in WIDGETS for x in range(widget["width"]) for y in range(widget["height"])]
    assert len(places) == len(set(places))
    assert max(x for x, _ in places) < 24
    assert all(widget["properties"]["title"] for widget in WIDGETS)
    assert [widget for widget in WIDGETS if widget["type"] != "alarm" and widget["properties"]["region"] != "${AWS::Region}"] == []


def test_the_dashboard_is_there_unless_its_parameter_is_false() -> None:
    assert DASHBOARD["Condition"] == TEMPLATE["Outputs"]["DashboardUrl"]["Condition"]
    assert TEMPLATE["Conditions"][DASHBOARD["Condition"]] == {"Fn::Equals": [{"Ref": "Dashboard"}, "true"]}
    assert TEMPLATE["Parameters"]["Dashboard"]["AllowedValues"] == ["true", "false"]


def test_two_stacks_of_one_name_in_two_regions_have_two_dashboards() -> None:
    assert DASHBOARD["Properties"]["DashboardName"] == {"Fn::Sub": "${AWS::StackName}-${AWS::Region}"}
