"""moto's SQS with the messages on disk: the queues are moto's, what they hold is in the database."""

import hashlib
import string
from threading import Condition
from typing import Any, ClassVar
from uuid import uuid4

from moto.core.utils import unix_time_millis
from moto.moto_api._internal import mock_random
from moto.sqs.exceptions import InvalidParameterValue, ReceiptHandleIsInvalid
from moto.sqs.models import MAXIMUM_MESSAGE_DELAY, Message, Queue, SQSBackend, _filter_message_attributes

from local.aws.sqs.message_format import from_stored, new_message, number_in, to_stored
from local.aws.sqs.messages import Counts, Messages, Reading

# How long a waiting reader may oversleep a message that becomes visible by time.
LONGEST_WAIT_SECONDS = 1.0
# SQS's limit for the time that a message is hidden.
LONGEST_VISIBILITY_MS = 43_200_000


class DurableQueue(Queue):
    """A queue without messages in memory; a new queue of the same name has none of the old one's."""

    store: ClassVar[Messages]

    def __new__(cls, *given: Any, **named: Any) -> "DurableQueue":
        return object.__new__(cls)  # moto's own base class remembers every object for ever

    def __init__(self, name: str, region: str, account_id: str, **attributes: Any) -> None:
        self.key = uuid4().hex
        super().__init__(name, region, account_id, **attributes)

    def _set_attributes(self, attributes: dict[str, Any], now: float | None = None) -> None:
        """Keep the policy, which moto removes whenever other attributes are set."""
        policy = self.policy if "_policy_json" in vars(self) else None
        super()._set_attributes(attributes, now)
        if "Policy" not in attributes:
            self.policy = policy

    def counts(self) -> Counts:
        return self.store.counts(self.key, unix_time_millis())

    @property
    def approximate_number_of_messages(self) -> int:
        return self.counts().visible

    @property
    def approximate_number_of_messages_delayed(self) -> int:
        return self.counts().delayed

    @property
    def approximate_number_of_messages_not_visible(self) -> int:
        return self.counts().delayed + self.counts().in_flight

    @property
    def arrivals(self) -> Condition:
        return self._messages_lock

    def add_message(self, message: Message) -> None:
        self.store.send(self.key, to_stored(message))


class DurableSqs(SQSBackend):
    """moto's backend; every operation on messages is one transaction."""

    store: ClassVar[Messages]
    queues: dict[str, DurableQueue]  # type: ignore[assignment]  # the queues are made by the replaced class

    def send_message(
        self,
        queue_name: str,
        message_body: str,
        message_attributes: dict[str, Any] | None = None,
        delay_seconds: int | None = None,
        deduplication_id: str | None = None,
        group_id: str | None = None,
        system_attributes: dict[str, Any] | None = None,
        validate_group_id: bool = True,
    ) -> Message:
        """Store a message; moto's own method counts the whole queue for each."""
        queue: Any = self.get_queue(queue_name)
        delay = int(queue.delay_seconds if delay_seconds is None else delay_seconds)
        self._validate_message(queue, message_body, int(delay_seconds or 0), deduplication_id, group_id, validate_group_id)
        if not 0 <= delay <= MAXIMUM_MESSAGE_DELAY:
            reason = f"Reason: DelaySeconds must be >= 0 and <= {MAXIMUM_MESSAGE_DELAY}."
            raise InvalidParameterValue(f"Value {delay} for parameter DelaySeconds is invalid. {reason}")
        message = new_message(message_body, message_attributes or {}, system_attributes)
        message.group_id = group_id
        message.deduplication_id = _deduplication_id(queue, message_body, deduplication_id)
        if deduplication_id is not None:
            message.sequence_number = "".join(mock_random.choice(string.digits) for _ in range(20))
        message.mark_sent(delay)
        queue.add_message(message)
        if not self.store.is_together:
            self.announce(queue)
        return message

    def send_message_batch(self, queue_name: str, entries: dict[str, dict[str, Any]]) -> tuple[list[Message], list[dict[str, Any]]]:
        with self.store.together():
            answer = super().send_message_batch(queue_name, entries)
        self.announce(self.get_queue(queue_name))
        return answer

    def receive_message(
        self,
        queue_name: str,
        count: int,
        wait_seconds_timeout: int,
        visibility_timeout: int,
        message_attribute_names: list[str] | None = None,
    ) -> list[Message]:
        queue = self.get_queue(queue_name)
        until = unix_time_millis() + wait_seconds_timeout * 1000
        while not (found := self._receive(queue, count, visibility_timeout)):
            left = (until - unix_time_millis()) / 1000
            if left <= 0:
                break
            with queue.arrivals:
                queue.arrivals.wait(min(left, LONGEST_WAIT_SECONDS))
        for message in found:
            _filter_message_attributes(message, message_attribute_names or [])
        return found

    def get_queue(self, queue_name: str) -> DurableQueue:
        found: Any = super().get_queue(queue_name)
        return found  # type: ignore[no-any-return]  # made by the replaced class

    def _receive(self, queue: DurableQueue, count: int, visibility_timeout: int) -> list[Message]:
        target = queue.dead_letter_queue
        alive: Any = target if target and self.queues.get(target.name) is target else None
        settings: Any = queue
        now = unix_time_millis()
        reading = Reading(
            queue=queue.key,
            now=now,
            hidden_until=now + int(visibility_timeout) * 1000 if visibility_timeout else None,
            is_fifo=queue.fifo_queue,
            expired_at=now - settings.message_retention_period * 1000,
            dead_letters=(alive.key, settings.redrive_policy["maxReceiveCount"]) if alive and settings.redrive_policy else None,
        )
        found, moved = self.store.receive(reading, count)
        if moved:
            self.announce(alive)
        return [from_stored(each) for each in found]

    def delete_message(self, queue_name: str, receipt_handle: str) -> None:
        queue, number = self.get_queue(queue_name), number_in(receipt_handle)
        if number is None:
            raise ReceiptHandleIsInvalid
        self.store.delete(queue.key, number)

    def delete_message_batch(self, queue_name: str, receipts: list[dict[str, Any]]) -> tuple[list[str], list[dict[str, str]]]:
        with self.store.together():
            return super().delete_message_batch(queue_name, receipts)

    def change_message_visibility(self, queue_name: str, receipt_handle: str, visibility_timeout: int) -> None:
        queue, number = self.get_queue(queue_name), number_in(receipt_handle)
        message = None if number is None else self.store.find(queue.key, number)
        if message is None:
            raise ReceiptHandleIsInvalid
        until = unix_time_millis() + int(visibility_timeout) * 1000
        if until - message.sent_at > LONGEST_VISIBILITY_MS:
            total = "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]"
            raise InvalidParameterValue(f"Value {visibility_timeout} for parameter VisibilityTimeout is invalid. Reason: {total}")
        self.store.show_at(message.number, until)

    def change_message_visibility_batch(self, queue_name: str, entries: list[dict[str, Any]]) -> tuple[list[str], list[dict[str, str]]]:
        with self.store.together():
            return super().change_message_visibility_batch(queue_name, entries)

    def purge_queue(self, queue_name: str) -> None:
        super().purge_queue(queue_name)
        self.store.delete_all(self.get_queue(queue_name).key)

    def announce(self, queue: Queue) -> None:
        """Wake waiting readers, and let functions that read the queue have its messages."""
        with queue._messages_lock:
            queue._messages_lock.notify_all()
        for arn, mapping in list(queue.lambda_event_source_mappings.items()):
            if mapping.enabled:
                self._invoke(queue, arn, mapping.batch_size)

    def _invoke(self, queue: Any, function_arn: str, batch_size: int) -> None:
        """Invoke a function with a batch, as moto does."""
        from moto.awslambda.utils import get_backend

        messages = self.receive_message(queue.name, batch_size, 0, queue.visibility_timeout)
        handles = [{"Id": str(number), "ReceiptHandle": message.receipt_handle} for number, message in enumerate(messages)]
        if not handles:
            return
        if get_backend(self.account_id, self.region_name).send_sqs_batch(function_arn, messages, queue.queue_arn):
            self.delete_message_batch(queue.name, handles)
        else:
            self.change_message_visibility_batch(queue.name, [{**handle, "VisibilityTimeout": 0} for handle in handles])


def _deduplication_id(queue: Any, body: str, given: str | None) -> str | None:
    if given is None and queue.content_based_deduplication:
        return hashlib.sha256(body.encode()).hexdigest()
    return given


def queue_class(store: Messages) -> type[DurableQueue]:
    """Return the class that replaces moto's class of queues."""
    return type("DurableQueue", (DurableQueue,), {"store": store, "__module__": __name__})


def backend_class(store: Messages) -> type[DurableSqs]:
    """Return the class that replaces moto's class of backends, which looks for its routes next to its module."""
    return type("DurableSqs", (DurableSqs,), {"store": store, "__module__": SQSBackend.__module__})
