"""What SNS sends: notifications and confirmation requests, their headers, and events for functions."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

Envelope = dict[str, Any]


@dataclass(frozen=True)
class Notification:
    """A published message, as one subscriber gets it."""

    message: str
    message_id: str
    subject: str | None
    attributes: dict[str, Any] | None


def notification(subscription: Any, given: Notification, endpoint: str) -> Envelope:
    envelope = {
        "Type": "Notification",
        "MessageId": given.message_id,
        "TopicArn": subscription.topic_arn,
        "Message": given.message,
        "Timestamp": _now(),
        "UnsubscribeURL": unsubscribe_url(subscription.arn, endpoint),
    }
    if given.subject:
        envelope["Subject"] = given.subject
    if given.attributes:
        envelope["MessageAttributes"] = given.attributes
    return envelope


def confirmation(subscription: Any, token: str, endpoint: str) -> Envelope:
    link = {"Action": "ConfirmSubscription", "TopicArn": subscription.topic_arn, "Token": token}
    return {
        "Type": "SubscriptionConfirmation",
        "MessageId": str(uuid4()),
        "Token": token,
        "TopicArn": subscription.topic_arn,
        "Message": f"You have chosen to subscribe to the topic {subscription.topic_arn}.\n"
        "To confirm the subscription, visit the SubscribeURL included in this message.",
        "SubscribeURL": f"{endpoint}/?{urlencode(link)}",
        "Timestamp": _now(),
    }


def unsubscribe_url(subscription_arn: str, endpoint: str) -> str:
    return f"{endpoint}/?{urlencode({'Action': 'Unsubscribe', 'SubscriptionArn': subscription_arn})}"


def headers(envelope: Envelope, subscription_arn: str, raw: bool) -> dict[str, str]:
    return {
        "Content-Type": "text/plain; charset=UTF-8",
        "User-Agent": "Amazon Simple Notification Service Agent",
        "x-amz-sns-message-type": envelope["Type"],
        "x-amz-sns-message-id": envelope["MessageId"],
        "x-amz-sns-topic-arn": envelope["TopicArn"],
        "x-amz-sns-subscription-arn": subscription_arn,
        **({"x-amz-sns-rawdelivery": "true"} if raw else {}),
    }


def lambda_event(signed: Envelope, subscription_arn: str) -> dict[str, Any]:
    """Build the event: https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html"""
    renamed = {"UnsubscribeURL": "UnsubscribeUrl", "SigningCertURL": "SigningCertUrl"}
    message = {"Subject": None, "MessageAttributes": {}} | {renamed.get(name, name): value for name, value in signed.items()}
    return {
        "Records": [{"EventSource": "aws:sns", "EventVersion": "1.0", "EventSubscriptionArn": subscription_arn, "Sns": message}],
    }


def retry_delays(subscription: Any) -> list[float]:
    """Return the seconds before each retry of an HTTP endpoint, linear between the policy's limits."""
    policy = json.loads(subscription.attributes.get("DeliveryPolicy") or "{}").get("healthyRetryPolicy", RETRY_POLICY)
    count = int(policy["numRetries"])
    shortest, longest = float(policy["minDelayTarget"]), float(policy["maxDelayTarget"])
    return [shortest + (longest - shortest) * number / max(count - 1, 1) for number in range(count)]


# SNS's defaults for HTTP endpoints, for subscriptions without a DeliveryPolicy.
RETRY_POLICY = {"numRetries": 3, "minDelayTarget": 20, "maxDelayTarget": 20}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
