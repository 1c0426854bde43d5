"""Create topics with their policies and subscriptions, queues and rules."""

import json
from typing import Any

from local.account import ACCOUNT_ID, REGION
from local.stack.context import Properties, Rule, StackContext
from local.stack.intrinsics import CreatedResource

SUBSCRIPTION_SETTINGS = ("FilterPolicy", "FilterPolicyScope", "RawMessageDelivery", "RedrivePolicy", "DeliveryPolicy")


def topic(context: StackContext, logical_id: str, properties: Properties) -> CreatedResource:
    sns = context.client("sns")
    name = properties.get("TopicName", context.physical_name(logical_id))
    given = {key: properties[key] for key in ("DisplayName", "KmsMasterKeyId") if key in properties}
    arn = sns.create_topic(Name=name)["TopicArn"]
    for attribute, value in given.items():  # the topic may be that of an earlier start
        sns.set_topic_attributes(TopicArn=arn, AttributeName=attribute, AttributeValue=value)
    for each in properties.get("Subscription", []):
        subscription(context, f"{logical_id} {each['Protocol']} {each['Endpoint']}", {"TopicArn": arn, **each})
    return CreatedResource(arn, {"TopicName": name, "TopicArn": arn})


def topic_policy(context: StackContext, logical_id: str, properties: Properties) -> CreatedResource:
    for arn in properties["Topics"]:
        document = json.dumps(properties["PolicyDocument"])
        context.client("sns").set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=document)
    return CreatedResource(context.physical_name(logical_id))


def subscription(context: StackContext, logical_id: str, properties: Properties) -> CreatedResource:
    """Subscribe an endpoint; e-mail is confirmed at once, HTTP endpoints must confirm as on AWS.

    As with CloudFormation, one that the template has not changed since an earlier start stays as it is, even ended by its subscriber.
    """
    earlier = context.subscriptions.get(logical_id)
    is_same = earlier is not None and earlier["properties"] == properties
    if is_same and not _is_pending(context, earlier["arn"]):
        arn = earlier["arn"]
    else:
        if earlier and not is_same:
            context.client("sns").unsubscribe(SubscriptionArn=earlier["arn"])
        arn = _subscribe(context, properties)
        context.subscriptions.put(logical_id, {"version": 1, "properties": properties, "arn": arn})
    context.present_subscriptions.add(logical_id)
    return CreatedResource(arn, {"Arn": arn})


def _subscribe(context: StackContext, properties: Properties) -> str:
    """Subscribe, or ask an endpoint again that is subscribed but has not confirmed."""
    arn: str = context.client("sns").subscribe(
        TopicArn=properties["TopicArn"],
        Protocol=properties["Protocol"],
        Endpoint=properties["Endpoint"],
        Attributes={key: _attribute(properties[key]) for key in SUBSCRIPTION_SETTINGS if key in properties},
        ReturnSubscriptionArn=True,
    )["SubscriptionArn"]
    return arn


def _is_pending(context: StackContext, arn: str) -> bool:
    sns = context.client("sns")
    try:
        attributes = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    except sns.exceptions.NotFoundException:
        return False
    return bool(attributes["PendingConfirmation"] == "true")


def end_removed_subscriptions(context: StackContext) -> None:
    """End the subscriptions that the stack had at an earlier start and has no longer, as with another `--events-url`."""
    for logical_id, earlier in context.subscriptions.all().items():
        if logical_id not in context.present_subscriptions:
            context.client("sns").unsubscribe(SubscriptionArn=earlier["arn"])
            context.subscriptions.delete(logical_id)


def queue(context: StackContext, logical_id: str, properties: Properties) -> CreatedResource:
    """Create a queue, or give that of an earlier start the template's attributes."""
    sqs = context.client("sqs")
    name = properties.get("QueueName", context.physical_name(logical_id))
    attributes = {key: _attribute(value) for key, value in properties.items() if key not in ("QueueName", "Tags")}
    try:
        url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
        sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)
    except sqs.exceptions.QueueDoesNotExist:
        url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:{name}"
    return CreatedResource(url, {"Arn": arn, "QueueName": name, "QueueUrl": url})


def queue_policy(context: StackContext, logical_id: str, properties: Properties) -> CreatedResource:
    for url in properties["Queues"]:
        document = json.dumps(properties["PolicyDocument"])
        context.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": document})
    return CreatedResource(context.physical_name(logical_id))


def rule(context: StackContext, logical_id: str, properties: Properties) -> CreatedResource:
    """Create a rule; moto only lists it, and the scheduler and event bus trigger it."""
    name = properties.get("Name", context.physical_name(logical_id))
    pattern = json.dumps(properties["EventPattern"]) if "EventPattern" in properties else None
    settings = {
        "EventPattern": pattern,
        "ScheduleExpression": properties.get("ScheduleExpression"),
        "State": properties.get("State", "ENABLED"),
    }
    given = {key: value for key, value in settings.items() if value}
    arn = context.client("events").put_rule(Name=name, **given)["RuleArn"]
    if given["State"] == "ENABLED":
        targets = properties.get("Targets", [])
        context.rules.append(Rule(arn, pattern, properties.get("ScheduleExpression"), targets))
    return CreatedResource(name, {"Arn": arn})


def _attribute(value: Any) -> str:
    """Encode an attribute for SNS or SQS: a string, or JSON for structures."""
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else json.dumps(value)
