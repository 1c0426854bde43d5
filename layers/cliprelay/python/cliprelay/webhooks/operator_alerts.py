"""What the owner of the deployment hears of webhooks: a message for people, and a queue of what could not be delivered."""

import json
from typing import TYPE_CHECKING

from cliprelay.webhooks.delivery import Delivery

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient


class OperatorAlerts:
    """The topic of alarms, whose subscribers are people, and the dead letter queue. Ids, hosts and codes, never an address."""

    def __init__(self, sns: "SNSClient", topic_arn: str, sqs: "SQSClient", queue_url: str) -> None:
        self._sns, self._topic_arn, self._sqs, self._queue_url = sns, topic_arn, sqs, queue_url

    def notify_gone(self, delivery: Delivery, reason: str, *, for_all: bool) -> None:
        """An endpoint is given up: for all of a tenant's events, or for one video that named it."""
        whose = f"the webhook of tenant {delivery.owner}" if for_all else f"the webhook that the request of {delivery.video_id} named"
        why = "answered 410 (gone)" if reason == "gone" else "took no event for five days"
        lines = [f"At {delivery.host}, {whose} {why}. Nothing more is sent there.", ""]
        lines += (
            ["The tenant switches it on again with PUT /v1/webhook, the owner with `python -m operate webhooks set`."] if for_all else []
        )
        self._publish("ClipRelay: a webhook was switched off", [*lines, *_facts(delivery)])

    def notify_exhausted(self, delivery: Delivery) -> None:
        """An event could not be delivered."""
        lines = [f"{len(delivery.attempts)} attempts over three days did not deliver an event to {delivery.host}.", ""]
        lines += [
            "It lies in the queue UndeliveredQueue, with any others of the hour, for which no message is sent.",
            "When the receiver works again: `python -m operate resend`, or POST /v1/videos/{id}/deliveries.",
            "",
        ]
        self._publish("ClipRelay: a webhook could not be delivered", lines + _facts(delivery))

    def send_to_dead_letter_queue(self, delivery: Delivery) -> None:
        """Lay an event that could not be delivered into the dead letter queue; a crash may lay it there twice."""
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
