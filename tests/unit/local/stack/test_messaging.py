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


def subscriptions(world: "World", topic: str) -> list[tuple[str, str]]:
    found = world.sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    return [(each["Endpoint"], each["SubscriptionArn"]) for each in found]


def start_again(context: StackContext) -> StackContext:
    """Return the context of the next start, which knows the subscriptions of the earlier ones."""
    return StackContext("http://aws", "http://front", Path(), clients=context.clients, subscriptions=context.subscriptions)


def test_the_templates_subscriptions_are_not_doubled_at_the_next_start(context: StackContext, world: "World") -> None:
    properties = {"TopicName": f"{world.name}-events", "Subscription": [{"Protocol": "email", "Endpoint": "inline@example.com"}]}
    topic = messaging.topic(context, "Topic", properties).ref
    made = messaging.subscription(context, "Mail", {"TopicArn": topic, "Protocol": "email", "Endpoint": "you@example.com"})
    before = subscriptions(world, topic)
    again = start_again(context)
    assert messaging.topic(again, "Topic", properties).ref == topic
    assert messaging.subscription(again, "Mail", {"TopicArn": topic, "Protocol": "email", "Endpoint": "you@example.com"}) == made
    messaging.end_removed_subscriptions(again)
    assert subscriptions(world, topic) == before
    assert [endpoint for endpoint, _ in before] == ["inline@example.com", "you@example.com"]


def test_a_subscriber_that_has_ended_its_subscription_stays_away(context: StackContext, world: "World") -> None:
    topic = messaging.topic(context, "Topic", {"TopicName": f"{world.name}-events"}).ref
    properties = {"TopicArn": topic, "Protocol": "email", "Endpoint": "you@example.com"}
    world.sns.unsubscribe(SubscriptionArn=messaging.subscription(context, "Mail", properties).ref)
    messaging.subscription(start_again(context), "Mail", properties)
    assert subscriptions(world, topic) == []


def test_a_subscription_that_the_template_has_changed_replaces_the_earlier_one(context: StackContext, world: "World") -> None:
    topic = messaging.topic(context, "Topic", {"TopicName": f"{world.name}-events"}).ref
    for endpoint in ("https://one.example.com", "https://two.example.com"):
        context = start_again(context)
        messaging.subscription(context, "Hook", {"TopicArn": topic, "Protocol": "https", "Endpoint": endpoint})
    assert [endpoint for endpoint, _ in subscriptions(world, topic)] == ["https://two.example.com"]


def test_a_subscription_that_the_template_no_longer_has_is_ended_and_those_of_others_stay(context: StackContext, world: "World") -> None:
    topic = messaging.topic(context, "Topic", {"TopicName": f"{world.name}-events"}).ref
    messaging.subscription(context, "Hook", {"TopicArn": topic, "Protocol": "https", "Endpoint": "https://one.example.com"})
    world.sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="user@example.com")
    for _ in range(2):
        messaging.end_removed_subscriptions(start_again(context))
    assert [endpoint for endpoint, _ in subscriptions(world, topic)] == ["user@example.com"]


def test_an_endpoint_that_has_not_confirmed_is_asked_again(context: StackContext, world: "World", monkeypatch: pytest.MonkeyPatch) -> None:
    from moto.sns.models import SNSBackend

    asked: list[str] = []
    subscribe = SNSBackend.subscribe

    def asking(backend: SNSBackend, topic_arn: str, endpoint: str, protocol: str) -> object:
        made = subscribe(backend, topic_arn, endpoint, protocol)
        made.attributes["PendingConfirmation"] = "true"
        asked.append(made.arn)
        return made

    monkeypatch.setattr(SNSBackend, "subscribe", asking)
    topic = messaging.topic(context, "Topic", {"TopicName": f"{world.name}-events"}).ref
    for _ in range(2):
        context = start_again(context)
        messaging.subscription(context, "Hook", {"TopicArn": topic, "Protocol": "https", "Endpoint": "https://one.example.com"})
    assert len(asked) == 2
    assert len(set(asked)) == 1


def test_a_queue_of_an_earlier_start_gets_the_templates_attributes_and_keeps_its_messages(context: StackContext, world: "World") -> None:
    name, sqs = f"{world.name}-queue", context.client("sqs")
    first = messaging.queue(context, "Queue", {"QueueName": name, "MessageRetentionPeriod": 600})
    sqs.send_message(QueueUrl=first.ref, MessageBody="one")
    assert messaging.queue(context, "Queue", {"QueueName": name, "MessageRetentionPeriod": 900}) == first
    assert sqs.get_queue_attributes(QueueUrl=first.ref, AttributeNames=["All"])["Attributes"]["MessageRetentionPeriod"] == "900"
    assert [message["Body"] for message in sqs.receive_message(QueueUrl=first.ref)["Messages"]] == ["one"]


def test_a_topic_of_an_earlier_start_gets_the_templates_attributes(context: StackContext, world: "World") -> None:
    for name in ("Old", "New"):
        topic = messaging.topic(context, "Topic", {"TopicName": f"{world.name}-events", "DisplayName": name}).ref
    assert world.sns.get_topic_attributes(TopicArn=topic)["Attributes"]["DisplayName"] == "New"
