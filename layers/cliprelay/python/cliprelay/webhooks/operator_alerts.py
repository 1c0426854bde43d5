"""Alerts about webhooks for the operator: messages to people, and the dead-letter queue."""

import json
from typing import TYPE_CHECKING

from cliprelay.webhooks.delivery import Delivery

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient


class OperatorAlerts:
    """The alarms topic and the dead-letter queue; both get ids, hosts and codes, never a URL."""

    def __init__(self, sns: "SNSClient", topic_arn: str, sqs: "SQSClient", queue_url: str) -> None:
        self._sns, self._topic_arn, self._sqs, self._queue_url = sns, topic_arn, sqs, queue_url

    def notify_gone(self, delivery: Delivery, reason: str, *, for_all: bool) -> None:
        """Say that an endpoint was disabled, for all events of a tenant or for the one video that named it."""
        whose = f"tenant {delivery.owner}" if for_all else f"the request for {delivery.video_id}"
        why = "answered 410 (gone)" if reason == "gone" else "has accepted no event for five days"
        lines = [f"The webhook of {whose}, at {delivery.host}, {why}. It gets no more events.", ""]
        if for_all:
            lines.append("The tenant can enable it again with PUT /v1/webhook, the operator with `python -m operate webhooks set`.")
        self._publish("ClipRelay: a webhook was disabled", [*lines, *_facts(delivery)])

    def notify_exhausted(self, delivery: Delivery) -> None:
        """Say that an event could not be delivered."""
        lines = [f"An event could not be delivered to {delivery.host} in {len(delivery.attempts)} attempts over three days.", ""]
        lines += [
            "It is in UndeliveredQueue, with any others of the same hour; there is at most one message per hour.",
            "Once the receiver works again, run `python -m operate resend` or POST /v1/videos/{id}/deliveries.",
            "",
        ]
        self._publish("ClipRelay: a webhook event could not be delivered", lines + _facts(delivery))

    def send_to_dead_letter_queue(self, delivery: Delivery) -> None:
        """Send an undeliverable event to the dead-letter queue (at least once)."""
        letter = {
            "delivery": delivery.id,
            "event_id": delivery.event_id,
            "type": delivery.kind,
            "video_id": delivery.video_id,
            "tenant": delivery.owner,
            "url_host": delivery.host,
            "attempts": delivery.attempts,
        }
        self._sqs.send_message(QueueUrl=self._queue_url, MessageBody=json.dumps(letter))

    def _publish(self, subject: str, lines: list[str]) -> None:
        self._sns.publish(TopicArn=self._topic_arn, Subject=subject, Message="\n".join([*lines, ""]))


def _facts(delivery: Delivery) -> list[str]:
    last = delivery.attempts[-1] if delivery.attempts else {}
    answer = last.get("status") or last.get("error") or "none"
    facts = {"Tenant": delivery.owner, "Video": delivery.video_id, "Event": f"{delivery.event_id} ({delivery.kind})", "Last answer": answer}
    return [f"  {name + ':':<13}{value}" for name, value in facts.items()]
