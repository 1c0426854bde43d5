"""Take a published message: everything that its subscribers get is on disk before the answer."""

import base64
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from moto.sqs.exceptions import SQSException
from moto.sqs.models import sqs_backends

from local.aws.sns.deliveries import Deliveries, PrintLine
from local.aws.sns.envelope import Notification, notification, retry_delays, unsubscribe_url
from local.aws.sns.mailbox import Email, Mailbox
from local.aws.sns.outbox import Delivery, Outbox
from local.aws.sns.signature import Signer
from local.aws.sqs.messages import Messages
from local.state.database import StorageError

# Seconds before each retry of a function: https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
FUNCTION_DELAYS = [60.0, 120.0]


@dataclass
class _Plan:
    """What the subscribers of one message get."""

    emails: list[Email] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    # The ARN of a queue, and the arguments of moto's `send_message`.
    queues: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


class Publisher:
    """The replacement of moto's delivery, which waits for endpoints and forgets."""

    def __init__(
        self, mail: Mailbox, outbox: Outbox, queues: Messages, deliveries: Deliveries, signer: Signer, endpoint: str, print_line: PrintLine
    ) -> None:
        self._mail, self._outbox, self._queues, self._deliveries = mail, outbox, queues, deliveries
        self._signer, self._endpoint, self._print_line = signer, endpoint, print_line

    def publish(
        self,
        topic: Any,
        message: str,
        subject: str | None = None,
        message_attributes: dict[str, Any] | None = None,
        group_id: str | None = None,
        deduplication_id: str | None = None,
        message_structure: str | None = None,
    ) -> str:
        """Return the message's id when all of its deliveries are stored; raise StorageError if none is."""
        message_id, plan = str(uuid4()), _Plan()
        for subscription in list(topic.sns_backend.subscriptions.values()):
            if subscription.topic is topic and _wants(subscription, message, message_attributes):
                text = subscription._parse_message_structure(message, subscription.protocol) if message_structure == "json" else message
                given = Notification(text, message_id, subject, message_attributes)
                self._plan(plan, subscription, given, {"group_id": group_id, "deduplication_id": deduplication_id})
        self._store(plan)
        return message_id

    def _plan(self, plan: _Plan, subscription: Any, given: Notification, order: dict[str, Any]) -> None:
        envelope = notification(subscription, given, self._endpoint)
        target, raw = subscription.endpoint, is_raw(subscription)
        match subscription.protocol:
            case "email" | "email-json":
                body = given.message if subscription.protocol == "email" else json.dumps(envelope, indent=2)
                plan.emails.append(Email(target, given.subject, body, unsubscribe_url(subscription.arn, self._endpoint)))
            case "http" | "https" if subscription.confirmed:
                delays = retry_delays(subscription)
                plan.deliveries.append(Delivery(subscription.protocol, target, subscription.arn, envelope, raw, delays))
            case "lambda":
                plan.deliveries.append(Delivery("lambda", target, subscription.arn, envelope, delays=FUNCTION_DELAYS))
            case "sqs":
                body = given.message if raw else json.dumps(self._signer.signed(envelope), indent=2)
                attributes = _queue_attributes(given.attributes or {}) if raw else {}
                plan.queues.append((target, {"message_body": body, "message_attributes": attributes, **order}))

    def _store(self, plan: _Plan) -> None:
        """Write the e-mails first, because nothing is undone as easily as a file without a name."""
        now = time.time()
        try:
            with self._mail.writing(plan.emails, datetime.now(UTC)) as letters:
                with self._queues.together() as connection:
                    numbers = [self._outbox.insert(connection, each, now) for each in plan.deliveries]
                    announcements = [self._send(arn, arguments) for arn, arguments in plan.queues]
                written = letters.deliver()
        except OSError as error:
            raise StorageError(f"the e-mails could not be stored: {error}") from None
        self._deliveries.begin((number, now) for number in numbers)
        for announce in announcements:
            announce()
        for email, path in written:
            self._print_line("mail", f"to {email.to}: {path}")

    def _send(self, arn: str, arguments: dict[str, Any]) -> Callable[[], None]:
        """Store a message in a queue, if it can be there; return what wakes the queue's readers."""
        region, account, name = arn.split(":")[3:6]
        backend: Any = sqs_backends[account][region]
        try:
            backend.send_message(name, validate_group_id=False, **arguments)
        except SQSException as error:  # as on AWS, it is not the publisher's fault
            self._print_line("events", f"gave up on {arn}: {error.message}")
            return lambda: None
        return lambda: backend.announce(backend.get_queue(name))


def is_raw(subscription: Any) -> bool:
    return str(subscription.attributes.get("RawMessageDelivery")).lower() == "true"


def _wants(subscription: Any, message: str, attributes: dict[str, Any] | None) -> bool:
    matcher = subscription._filter_policy_matcher
    return matcher is None or bool(matcher.matches(attributes, message))


def _queue_attributes(attributes: dict[str, Any]) -> dict[str, Any]:
    """Translate a message's attributes from SNS's format to that of SQS."""
    return {name: {"DataType": value["Type"], **_value(value)} for name, value in attributes.items()}


def _value(value: dict[str, Any]) -> dict[str, Any]:
    if value["Type"].startswith("Binary"):
        return {"BinaryValue": base64.b64decode(value["Value"])}
    return {"StringValue": str(value["Value"])}


def complete_batches(original: Any) -> Any:
    """Return the replacement of moto's `publish_batch`, which does not name the entries that failed for a reason of ours."""

    def publish_batch(
        backend: Any, topic_arn: str, publish_batch_request_entries: list[dict[str, Any]]
    ) -> tuple[list[Any], list[dict[str, Any]]]:
        successful, failed = original(backend, topic_arn, publish_batch_request_entries)
        named = {entry["Id"] for entry in [*successful, *failed]}
        lost = {"Code": "InternalError", "Message": "the message could not be stored", "SenderFault": False}
        return successful, failed + [{"Id": each["Id"], **lost} for each in publish_batch_request_entries if each["Id"] not in named]

    return publish_batch
