"""The stack: resources in the order in which they need each other, and one plain line for what cannot be made."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from local.account import STACK_NAME
from local.stack.context import StackContext
from local.stack.create import create_stack
from local.stack.template import Template, TemplateError

if TYPE_CHECKING:
    from tests.support.world import World

TOPIC, QUEUE = "AWS::SNS::Topic", "AWS::SQS::Queue"


@pytest.fixture
def context(world: "World") -> Iterator[StackContext]:
    """A stack that is made in the test's own AWS."""
    session = boto3.Session(aws_access_key_id="any", aws_secret_access_key="any", region_name="us-east-1")  # noqa: S106 - moto asks for none
    clients: dict[str, Any] = {"sns": world.sns, "sqs": session.client("sqs"), "cloudformation": session.client("cloudformation")}
    yield StackContext("http://aws", "http://127.0.0.1:8787", Path(), clients=clients)
    clients["cloudformation"].delete_stack(StackName=STACK_NAME)


def _make(context: StackContext, resources: dict[str, Any], **sections: Any) -> dict[str, str]:
    return create_stack(Template(Path(), {"Resources": resources, **sections}), {}, context).outputs


def test_a_resource_that_another_needs_is_made_first(context: StackContext, world: "World") -> None:
    resources = {
        "Second": {"Type": QUEUE, "Properties": {"QueueName": {"Fn::Sub": f"{world.name}-${{First.TopicName}}"}}},
        "First": {"Type": TOPIC, "Properties": {"TopicName": "first"}},
    }
    outputs = _make(context, resources, Outputs={"Name": {"Value": {"Fn::GetAtt": ["Second", "QueueName"]}}})
    assert outputs == {"Name": f"{world.name}-first"}


def test_a_resource_or_output_whose_condition_does_not_hold_is_left_out(context: StackContext, world: "World") -> None:
    resources = {name: {"Type": TOPIC, "Properties": {"TopicName": f"{world.name}-{name}"}} for name in ("Made", "Left")}
    resources["Left"]["Condition"] = "Never"
    outputs = {"Region": {"Value": {"Ref": "AWS::Region"}}, "Left": {"Value": "x", "Condition": "Never"}}
    assert _make(context, resources, Outputs=outputs, Conditions={"Never": {"Fn::Equals": [1, 2]}}) == {"Region": "us-east-1"}
    made = {topic["TopicArn"].rpartition(":")[2] for topic in world.sns.list_topics()["Topics"]}
    assert f"{world.name}-Made" in made
    assert f"{world.name}-Left" not in made


@pytest.mark.parametrize(
    ("resources", "words"),
    [
        ({"A": {"Type": "AWS::EC2::Instance"}}, "A is of type AWS::EC2::Instance"),
        ({"A": {"Type": TOPIC, "Properties": {"TopicName": {"Ref": "Nothing"}}}}, "Nothing is neither a parameter nor a resource"),
        (
            {
                "A": {"Type": TOPIC, "Properties": {"TopicName": {"Ref": "B"}}},
                "B": {"Type": TOPIC, "Properties": {"TopicName": {"Ref": "A"}}},
            },
            "circular dependency: A -> B -> A",
        ),
        ({"A": {"Type": "AWS::SNS::Subscription", "Properties": {}}}, r"A \(AWS::SNS::Subscription\) is missing 'TopicArn'"),
        ({"A": {"Type": TOPIC, "Properties": {"TopicName": "no name!"}}}, r"A \(AWS::SNS::Topic\) cannot be created: "),
    ],
    ids=["type", "reference", "circle", "property", "refusal"],
)
def test_what_cannot_be_made_is_one_plain_line(context: StackContext, resources: dict[str, Any], words: str) -> None:
    with pytest.raises(TemplateError, match=words) as caught:
        _make(context, resources)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"Assertions": [{"Assert": {"Fn::Equals": [{"Ref": "AWS::Partition"}, "aws-cn"]}, "AssertDescription": "Not here."}]}, "Not here"),
        ({"Assertions": [{"Assert": {"Fn::Equals": ["a", "a"]}}, {"Assert": {"Fn::Equals": ["a", "b"]}}]}, "no description"),
        ({"RuleCondition": {"Fn::Equals": ["a", "a"]}, "Assertions": [{"Assert": {"Fn::Equals": ["a", "b"]}}]}, "rule Mine does not hold"),
        ({"Assertions": [{"Assert": {"Fn::Contains": [["a"], "b"]}}]}, "Mine uses a function that the local service does not support"),
    ],
    ids=["pseudo parameter", "second assertion", "condition", "unknown function"],
)
def test_a_rule_that_does_not_hold_stops_the_stack_before_its_first_resource(
    context: StackContext, world: "World", rule: dict[str, Any], words: str
) -> None:
    name = f"{world.name}-ruled"
    with pytest.raises(TemplateError, match=words):
        _make(context, {"Topic": {"Type": TOPIC, "Properties": {"TopicName": name}}}, Rules={"Mine": rule})
    assert [topic for topic in world.sns.list_topics()["Topics"] if topic["TopicArn"].endswith(name)] == []


def test_a_rule_whose_condition_does_not_hold_asserts_nothing(context: StackContext) -> None:
    rule = {"RuleCondition": {"Fn::Equals": ["a", "b"]}, "Assertions": [{"Assert": {"Fn::Equals": ["a", "b"]}}]}
    assert _make(context, {}, Rules={"Mine": rule}) == {}
