"""What subscribers get: the envelope, the event of a function, and the delays of the retries."""

import json
from types import SimpleNamespace
from typing import Any

from local.aws.sns.envelope import lambda_event, retry_delays


def subscription(**attributes: str) -> Any:
    return SimpleNamespace(attributes=attributes)


def test_a_subscriptions_delivery_policy_sets_its_retry_delays() -> None:
    healthy = {"numRetries": 3, "minDelayTarget": 20, "maxDelayTarget": 300, "backoffFunction": "linear"}
    assert retry_delays(subscription(DeliveryPolicy=json.dumps({"healthyRetryPolicy": healthy}))) == [20, 160, 300]
    assert retry_delays(subscription()) == [20, 20, 20]


def test_the_event_of_a_function_has_lambdas_names() -> None:
    signed = {"Type": "Notification", "MessageId": "m", "Message": "x", "UnsubscribeURL": "u", "SigningCertURL": "c"}
    (record,) = lambda_event(signed, "arn:sub")["Records"]
    assert (record["EventSource"], record["EventSubscriptionArn"]) == ("aws:sns", "arn:sub")
    expected: dict[str, Any] = {"UnsubscribeUrl": "u", "SigningCertUrl": "c", "Subject": None, "MessageAttributes": {}}
    assert record["Sns"] == {"Type": "Notification", "MessageId": "m", "Message": "x"} | expected
