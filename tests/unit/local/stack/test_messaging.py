"""Resources that carry messages: topics, queues and rules as the template describes them."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest

from local.stack import messaging
from local.stack.context import StackContext

if TYPE_CHECKING:
    from tests.support.world import World


@pytest.fixture
def context(world: "World") -> StackContext:
    """A stack that is made in the test's own AWS."""
    session = boto3.Session(aws_access_key_id="any", aws_secret_access_key="any", region_name="us-east-1")  # noqa: S106 - moto asks for none
    clients = {"sns": world.sns, "sqs": session.client("sqs"), "events": session.client("events")}
    return StackContext("http://aws", "http://front", Path(), clients=clients)


def test_a_topic_has_its_subscriptions_and_its_policy(context: StackContext, world: "World") -> None:
    subscriptions = [{"Protocol": "email", "Endpoint": "you@example.com"}]
    topic = messaging.topic(context, "Topic", {"TopicName": f"{world.name}-events", "Subscription": subscriptions})
    assert topic.attributes == {"TopicName": f"{world.name}-events", "TopicArn": topic.ref}
    (found,) = world.sns.list_subscriptions_by_topic(TopicArn=topic.ref)["Subscriptions"]
    assert (found["Protocol"], found["Endpoint"]) == ("email", "you@example.com")
    messaging.topic_policy(context, "Policy", {"Topics": [topic.ref], "PolicyDocument": {"Statement": []}})
    assert json.loads(world.sns.get_topic_attributes(TopicArn=topic.ref)["Attributes"]["Policy"]) == {"Statement": []}


def test_a_subscription_has_its_filter_as_json(context: StackContext, world: "World") -> None:
    topic = messaging.topic(context, "Topic", {"TopicName": f"{world.name}-events"})
    queue = messaging.queue(context, "Queue", {"QueueName": f"{world.name}-queue"})
    where = {"TopicArn": topic.ref, "Protocol": "sqs", "Endpoint": queue.attributes["Arn"]}
    settings = {"FilterPolicy": {"type": ["video.failed"]}, "RawMessageDelivery": True}
    made = messaging.subscription(context, "Subscription", where | settings)
    attributes = world.sns.get_subscription_attributes(SubscriptionArn=made.ref)["Attributes"]
    assert json.loads(attributes["FilterPolicy"]) == {"type": ["video.failed"]}
    assert attributes["RawMessageDelivery"] == "true"


def test_a_queue_has_its_attributes_and_its_policy(context: StackContext, world: "World") -> None:
    queue = messaging.queue(context, "Queue", {"QueueName": f"{world.name}-queue", "MessageRetentionPeriod": 600, "Tags": []})
    policy = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}]}
    messaging.queue_policy(context, "Policy", {"Queues": [queue.ref], "PolicyDocument": policy})
    attributes = context.client("sqs").get_queue_attributes(QueueUrl=queue.ref, AttributeNames=["All"])["Attributes"]
    assert (attributes["MessageRetentionPeriod"], attributes["QueueArn"]) == ("600", queue.attributes["Arn"])
    assert json.loads(attributes["Policy"])["Statement"] == policy["Statement"]


@pytest.mark.parametrize(("state", "fires"), [({}, True), ({"State": "ENABLED"}, True), ({"State": "DISABLED"}, False)])
def test_a_rule_fires_only_while_it_is_enabled(context: StackContext, world: "World", state: dict[str, str], fires: bool) -> None:
    targets = [{"Arn": "arn:function", "Id": "target"}]
    name = f"{world.name}-sweep"
    made = messaging.rule(context, "Rule", {"Name": name, "ScheduleExpression": "rate(1 minute)", "Targets": targets} | state)
    assert [(rule.schedule, rule.pattern, rule.targets) for rule in context.rules] == [("rate(1 minute)", None, targets)] * fires
    assert context.client("events").describe_rule(Name=name)["Arn"] == made.attributes["Arn"]


def test_a_pattern_is_kept_as_json(context: StackContext, world: "World") -> None:
    messaging.rule(context, "Rule", {"Name": f"{world.name}-failed", "EventPattern": {"source": ["aws.states"]}})
    assert [json.loads(rule.pattern or "") for rule in context.rules] == [{"source": ["aws.states"]}]
