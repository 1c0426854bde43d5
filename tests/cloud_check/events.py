"""The check's own queue behind the topic of events: every message that ClipRelay published."""

import json
from collections import Counter
from threading import Lock
from typing import Any
from uuid import uuid4

from tests.cloud_check.target import Target

# Of SQS.
MOST_MESSAGES = 10


class EventQueue:
    """Subscribes a new queue to the topic; `counts` says how many messages there were for each event of a video."""

    def __init__(self, target: Target) -> None:
        self._sqs, sns = target.clients("sqs"), target.clients("sns")
        tags = {"cliprelay-check": target.stack}
        self.url = self._sqs.create_queue(QueueName=f"cliprelay-check-{uuid4().hex[:8]}", tags=tags)["QueueUrl"]
        self.arn = self._sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        topic = target.outputs["EventsTopicArn"]
        # Without this policy SNS may not send to the queue.
        self._sqs.set_queue_attributes(QueueUrl=self.url, Attributes={"Policy": json.dumps(_policy(self.arn, topic))})
        self.subscription = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=self.arn, ReturnSubscriptionArn=True)["SubscriptionArn"]
        self._sns, self._seen, self._lock = sns, dict[str, dict[str, Any]](), Lock()

    def messages(self) -> list[dict[str, Any]]:
        """Return every message so far; the queue may deliver one twice, which counts once."""
        with self._lock:
            while self._receive():
                pass
            return list(self._seen.values())

    def counts(self) -> Counter[tuple[str, str]]:
        """Return how often each (video, status) was published."""
        return Counter((message["id"], message["status"]) for message in self.messages())

    def remove(self) -> None:
        self._sns.unsubscribe(SubscriptionArn=self.subscription)
        self._sqs.delete_queue(QueueUrl=self.url)

    def _receive(self) -> bool:
        answer = self._sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=MOST_MESSAGES, WaitTimeSeconds=1, VisibilityTimeout=30)
        received = answer.get("Messages", [])
        for each in received:
            envelope = json.loads(each["Body"])
            self._seen[envelope["MessageId"]] = video_of(json.loads(envelope["Message"]))
            self._sqs.delete_message(QueueUrl=self.url, ReceiptHandle=each["ReceiptHandle"])
        return bool(received)


def video_of(message: dict[str, Any]) -> dict[str, Any]:
    """Return the video that an event carries."""
    data: dict[str, Any] = message.get("data", message)
    return data


def _policy(queue: str, topic: str) -> dict[str, Any]:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}
