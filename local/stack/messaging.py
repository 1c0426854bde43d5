"""Makes the resources that carry messages: topics with their policies and subscriptions, queues, rules."""

import json
from typing import Any

from local.account import ACCOUNT_ID, REGION
from local.stack.context import Properties, Rule, World
from local.stack.intrinsics import Made

SUBSCRIPTION_SETTINGS = ("FilterPolicy", "FilterPolicyScope", "RawMessageDelivery", "RedrivePolicy", "DeliveryPolicy")


def topic(world: World, logical_id: str, properties: Properties) -> Made:
    sns = world.client("sns")
    name = properties.get("TopicName", world.physical_name(logical_id))
    given = {key: properties[key] for key in ("DisplayName", "KmsMasterKeyId") if key in properties}
    arn = sns.create_topic(Name=name, Attributes=given)["TopicArn"]
    for subscription in properties.get("Subscription", []):
        sns.subscribe(TopicArn=arn, Protocol=subscription["Protocol"], Endpoint=subscription["Endpoint"])
    return Made(arn, {"TopicName": name, "TopicArn": arn})


def topic_policy(world: World, logical_id: str, properties: Properties) -> Made:
    for arn in properties["Topics"]:
        document = json.dumps(properties["PolicyDocument"])
        world.client("sns").set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=document)
    return Made(world.physical_name(logical_id))


def subscription(world: World, logical_id: str, properties: Properties) -> Made:
    """Confirmed at once for e-mail; an HTTP endpoint must confirm by itself, as on AWS."""
    given = {key: _attribute(properties[key]) for key in SUBSCRIPTION_SETTINGS if key in properties}
    arn = world.client("sns").subscribe(
        TopicArn=properties["TopicArn"],
        Protocol=properties["Protocol"],
        Endpoint=properties["Endpoint"],
        Attributes=given,
        ReturnSubscriptionArn=True,
    )["SubscriptionArn"]
    return Made(arn, {"Arn": arn})


def queue(world: World, logical_id: str, properties: Properties) -> Made:
    sqs = world.client("sqs")
    name = properties.get("QueueName", world.physical_name(logical_id))
    attributes = {key: _attribute(value) for key, value in properties.items() if key not in ("QueueName", "Tags")}
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:{name}"
    return Made(url, {"Arn": arn, "QueueName": name, "QueueUrl": url})


def queue_policy(world: World, logical_id: str, properties: Properties) -> Made:
    for url in properties["Queues"]:
        document = json.dumps(properties["PolicyDocument"])
        world.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": document})
    return Made(world.physical_name(logical_id))


def rule(world: World, logical_id: str, properties: Properties) -> Made:
    """Put into moto for those who look; the clock of this service is what fires it."""
    name = properties.get("Name", world.physical_name(logical_id))
    pattern = json.dumps(properties["EventPattern"]) if "EventPattern" in properties else None
    settings = {
        "EventPattern": pattern,
        "ScheduleExpression": properties.get("ScheduleExpression"),
        "State": properties.get("State", "ENABLED"),
    }
    given = {key: value for key, value in settings.items() if value}
    arn = world.client("events").put_rule(Name=name, **given)["RuleArn"]
    if given["State"] == "ENABLED":
        targets = properties.get("Targets", [])
        world.rules.append(Rule(arn, pattern, properties.get("ScheduleExpression"), targets))
    return Made(name, {"Arn": arn})


def _attribute(value: Any) -> str:
    """SNS and SQS take every attribute as a string, structures as JSON."""
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else json.dumps(value)
