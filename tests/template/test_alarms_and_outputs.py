"""What the operator sees: parameters, outputs and alarms; and values with a single source."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import lint_file

from cliprelay.steps.sweep import LONGEST
from cliprelay.steps.sweep_lease import LEASE
from tests.support.product_template import product_template

TEMPLATE: dict[str, Any] = product_template()
RESOURCES: dict[str, Any] = TEMPLATE["Resources"]
PARAMETERS: dict[str, Any] = TEMPLATE["Parameters"]
FUNCTIONS = {name: part for name, part in RESOURCES.items() if part["Type"] == "AWS::Serverless::Function"}
ALARMS = {name: part["Properties"] for name, part in RESOURCES.items() if part["Type"] == "AWS::CloudWatch::Alarm"}
CONSTRAINTS = {"AllowedPattern", "AllowedValues", "MinValue"}


def variables(step: str) -> dict[str, Any]:
    found: dict[str, Any] = RESOURCES[f"{step}Function"]["Properties"]["Environment"]["Variables"]
    return found


def find_in_map(value: dict[str, list[str]]) -> int:
    mapping, first, second = value["Fn::FindInMap"]
    return int(TEMPLATE["Mappings"][mapping][first][second])


def test_cfn_lint_reports_nothing() -> None:
    assert [str(complaint) for complaint in lint_file(Path("template.yaml"))] == []


def test_every_resource_opens_with_a_sentence_of_purpose() -> None:
    lines = Path("template.yaml").read_text().splitlines()
    bare = [name for name in RESOURCES if not lines[lines.index(f"  {name}:") - 1].startswith("  # ")]
    assert bare == []


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_every_parameter_has_a_description_a_constraint_and_a_default(parameter: str) -> None:
    properties = PARAMETERS[parameter]
    assert properties["Description"].endswith(".")
    assert "Default" in properties
    assert CONSTRAINTS & set(properties)


def test_the_stack_is_created_in_the_standard_partition_only() -> None:
    (assertion,) = TEMPLATE["Rules"]["StandardPartition"]["Assertions"]
    assert assertion["Assert"] == {"Fn::Equals": [{"Ref": "AWS::Partition"}, "aws"]}
    assert assertion["AssertDescription"].endswith(".")


def test_the_template_names_no_partition_and_no_domain_of_one() -> None:
    text = Path("template.yaml").read_text()
    # The service principals of CloudWatch and others have this domain in every partition.
    written = re.findall(r"arn:aws:\S*|(?<!Service: cloudwatch\.)\bamazonaws\.com\S*", re.sub(r"^ *#.*", "", text, flags=re.MULTILINE))
    assert written == []


def test_the_upstream_key_is_never_a_parameter() -> None:
    names = [name for name in PARAMETERS if any(word in name.lower() for word in ("key", "secret", "token"))]
    assert names == []
    assert not any(parameter.get("NoEcho") for parameter in PARAMETERS.values())


def test_the_upstream_key_travels_over_https_only() -> None:
    assert PARAMETERS["UpstreamUrl"]["AllowedPattern"].startswith("^https://")


def test_submits_timeout_has_one_source_for_the_function_and_the_code() -> None:
    timeout = RESOURCES["SubmitFunction"]["Properties"]["Timeout"]
    assert [variables(step)["SUBMIT_TIMEOUT_SECONDS"] for step in ("Submit", "Poll", "Sweep")] == [timeout] * 3
    # A read time-out of 120 s, plus time to prepare before and to write evidence after.
    assert find_in_map(timeout) == 180


def test_delivers_timeout_has_one_source_for_the_function_and_the_code() -> None:
    timeout = RESOURCES["DeliverFunction"]["Properties"]["Timeout"]
    assert variables("Deliver")["DELIVER_TIMEOUT_SECONDS"] == timeout
    # 15 s for the receiver; the rest is for AWS calls and their retries.
    assert find_in_map(timeout) == 60


def test_archives_storage_has_one_source_for_the_function_and_for_its_size_cap() -> None:
    size = RESOURCES["ArchiveFunction"]["Properties"]["EphemeralStorage"]["Size"]
    assert variables("Archive")["EPHEMERAL_STORAGE_MB"] == size
    assert 512 <= find_in_map(size) <= 10240


def test_allowed_ports_have_one_source_for_all_functions() -> None:
    ruled = [step for step in ("Api", "Submit", "Poll", "Archive", "Notify", "Sweep") if "ADDRESS_RULES" in variables(step)]
    assert {step: variables(step)["ALLOWED_PORTS"] for step in ruled} == {step: {"Ref": "AllowedPorts"} for step in ruled}
    assert PARAMETERS["AllowedPorts"]["Default"] == "443"


@pytest.mark.parametrize(
    ("ports", "legal"), [("443", True), ("443,8443", True), ("", False), ("443, 8443", False), ("0", False), ("all", False)]
)
def test_allowed_ports_are_comma_separated_numbers(ports: str, legal: bool) -> None:
    assert bool(re.fullmatch(PARAMETERS["AllowedPorts"]["AllowedPattern"], ports)) is legal


def test_the_sweep_runs_every_minute() -> None:
    schedule = RESOURCES["SweepFunction"]["Properties"]["Events"]["EveryMinute"]
    assert (schedule["Type"], schedule["Properties"]["Schedule"]) == ("Schedule", "rate(1 minute)")


def test_the_sweep_stops_long_before_its_function_times_out() -> None:
    assert FUNCTIONS["SweepFunction"]["Properties"]["Timeout"] >= LONGEST.total_seconds() + 120


@pytest.mark.parametrize(
    ("metric", "dimension"),
    [
        (("ClipRelay", "UnconfirmedVideos"), {"Name": "service", "Value": "cliprelay"}),
        (("ClipRelay", "RefusedVideos"), {"Name": "service", "Value": "cliprelay"}),
        (("ClipRelay", "DuplicateTasks"), {"Name": "service", "Value": "cliprelay"}),
        (("ClipRelay", "DoubtedUsage"), {"Name": "service", "Value": "cliprelay"}),
        (("AWS/States", "ExecutionsFailed"), {"Name": "StateMachineArn", "Value": {"Ref": "VideoStateMachine"}}),
        (("AWS/States", "ExecutionsTimedOut"), {"Name": "StateMachineArn", "Value": {"Ref": "VideoStateMachine"}}),
        (
            ("AWS/SQS", "ApproximateNumberOfMessagesVisible"),
            {"Name": "QueueName", "Value": {"Fn::GetAtt": ["UndeliveredQueue", "QueueName"]}},
        ),
        (("AWS/States", "ExecutionsFailed"), {"Name": "StateMachineArn", "Value": {"Ref": "DeliveryStateMachine"}}),
        (("AWS/Lambda", "Errors"), {"Name": "FunctionName", "Value": {"Ref": "SweepFunction"}}),
        (("ClipRelay", "Stuck"), {"Name": "service", "Value": "cliprelay"}),
        (("ClipRelay", "SweepRepairs"), {"Name": "service", "Value": "cliprelay"}),
        (("AWS/ApiGateway", "5xx"), {"Name": "ApiId", "Value": {"Ref": "HttpApi"}}),
    ],
    ids=lambda value: value[1] if isinstance(value, tuple) else "",
)
def test_everything_that_needs_a_person_has_an_alarm(metric: tuple[str, str], dimension: dict[str, Any]) -> None:
    watched = [((alarm["Namespace"], alarm["MetricName"]), alarm["Dimensions"]) for alarm in ALARMS.values() if "Metrics" not in alarm]
    assert (metric, [dimension]) in watched


STEPS = ("Submit", "Poll", "Archive", "Thumbnail", "Notify", "Deliver")


@pytest.mark.parametrize(
    ("alarm", "metric", "functions"), [("StepErrorsAlarm", "Errors", STEPS), ("ThrottlesAlarm", "Throttles", (*STEPS, "Sweep", "Api"))]
)
def test_an_alarm_adds_up_a_metric_of_all_these_functions(alarm: str, metric: str, functions: tuple[str, ...]) -> None:
    total, *queries = ALARMS[alarm]["Metrics"]
    stats = {query["Id"]: query["MetricStat"] for query in queries}
    assert {each["Metric"]["Dimensions"][0]["Value"]["Ref"] for each in stats.values()} == {f"{name}Function" for name in functions}
    assert {each["Metric"]["MetricName"] for each in stats.values()} == {metric}
    # A function that was not called in a period has no datapoint.
    assert total["Expression"] == f"SUM([{', '.join(f'FILL({name}, 0)' for name in stats)}])"


def test_the_alarm_on_silent_sweeps_counts_those_that_came_to_their_end() -> None:
    silent = ALARMS["SweepSilentAlarm"]
    assert (silent["MetricName"], silent["Statistic"], silent["TreatMissingData"]) == ("SweepRepairs", "SampleCount", "breaching")
    # Two sweeps that die, even by their time-out, must not ring; and one that died must not cost the next tick.
    assert silent["Period"] * silent["EvaluationPeriods"] > 2 * FUNCTIONS["SweepFunction"]["Properties"]["Timeout"]
    assert FUNCTIONS["SweepFunction"]["Properties"]["Events"]["EveryMinute"]["Properties"]["Schedule"] == "rate(1 minute)"
    assert timedelta(minutes=1) > LEASE


def test_the_alarms_metric_has_the_name_that_the_functions_write() -> None:
    shared = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]
    gauge = ALARMS["UnconfirmedVideosAlarm"]
    assert gauge["Namespace"] == shared["POWERTOOLS_METRICS_NAMESPACE"]
    assert gauge["Dimensions"][0]["Value"] == shared["POWERTOOLS_SERVICE_NAME"]


@pytest.mark.parametrize("alarm", ALARMS)
def test_every_alarm_reaches_the_alarms_topic_and_says_what_to_do(alarm: str) -> None:
    assert ALARMS[alarm]["AlarmActions"] == [{"Ref": "AlarmsTopic"}]
    assert len(ALARMS[alarm]["AlarmDescription"]) > 40


@pytest.mark.parametrize(
    ("subscription", "parameter", "topic"),
    [
        ("EventsEmailSubscription", "NotificationEmail", "EventsTopic"),
        ("EventsHttpsSubscription", "NotificationHttpsUrl", "EventsTopic"),
        ("AlarmsEmailSubscription", "AlarmEmail", "AlarmsTopic"),
    ],
)
def test_a_subscription_exists_when_its_parameter_is_given(subscription: str, parameter: str, topic: str) -> None:
    resource = RESOURCES[subscription]
    condition = TEMPLATE["Conditions"][resource["Condition"]]
    assert condition == {"Fn::Not": [{"Fn::Equals": [{"Ref": parameter}, ""]}]}
    assert resource["Properties"]["Endpoint"] == {"Ref": parameter}
    assert resource["Properties"]["TopicArn"] == {"Ref": topic}


def test_the_outputs_are_those_that_the_operators_commands_read() -> None:
    named = {"ApiUrl", "DocsUrl", "EventsTopicArn", "AlarmsTopicArn", "VideoBucketName", "VideosTableName"}
    named |= {"KeysTableName", "UpstreamSecretArn", "StateMachineArn"}
    assert named <= set(TEMPLATE["Outputs"])
    assert all(output["Description"] for output in TEMPLATE["Outputs"].values())
