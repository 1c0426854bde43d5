"""The named fields of moto's queues: their attributes, tags and policies."""

from threading import Condition
from typing import Any

from moto.sqs.models import sqs_backends

from local.aws.moto.durable_state import Fields, fields_of, replace_fields
from local.aws.sqs.messages import Messages
from local.aws.sqs.queues import DurableQueue

FIELDS = (
    "key",
    "_name",
    "region",
    "account_id",
    "tags",
    "permissions",
    "created_timestamp",
    "last_modified_timestamp",
    "last_purged_at",
    "queue_arn",
    "fifo_queue",
    "content_based_deduplication",
    "deduplication_scope",
    "delay_seconds",
    "fifo_throughput_limit",
    "kms_data_key_reuse_period_seconds",
    "kms_master_key_id",
    "maximum_message_size",
    "message_retention_period",
    "receive_message_wait_time_seconds",
    "redrive_policy",
    "visibility_timeout",
    "sqs_managed_sse_enabled",
    "_policy_json",
)
# What a queue holds besides: its messages are on disk, its functions are those of the stack.
REFERENCES = (
    "_messages",
    "_pending_messages",
    "deleted_messages",
    "_messages_lock",
    "dead_letter_queue",
    "lambda_event_source_mappings",
)


class Queues:
    """Queues by ARN; `make` is the class that moto makes them of."""

    def __init__(self, store: Messages, make: type[DurableQueue]) -> None:
        self._store, self._make = store, make

    def capture(self) -> dict[str, Fields]:
        return {queue.queue_arn: fields_of(queue, FIELDS) for queue in _queues()}

    def restore(self, stored: dict[str, Fields]) -> None:
        queues = {queue.queue_arn: queue for queue in _queues()}
        queues = {arn: _filled(queues.get(arn) or self._new(), fields) for arn, fields in stored.items()}
        for _, _, backend in list(sqs_backends.iter_backends()):
            backend.queues.clear()  # type: ignore[attr-defined]  # it is an SQSBackend
        for queue in queues.values():
            policy = queue.redrive_policy
            queue.dead_letter_queue = queues.get(policy["deadLetterTargetArn"]) if policy else None
            sqs_backends[queue.account_id][queue.region].queues[queue.name] = queue

    def forget_removed(self) -> None:
        """Delete the messages of queues that are gone."""
        self._store.keep_only({queue.key for queue in _queues()})

    def _new(self) -> DurableQueue:
        queue = self._make.__new__(self._make)
        queue._messages, queue._pending_messages, queue.deleted_messages = [], set(), set()
        queue._messages_lock, queue.lambda_event_source_mappings = Condition(), {}
        return queue


def _queues() -> list[Any]:
    backends: list[Any] = [backend for _, _, backend in list(sqs_backends.iter_backends())]
    return [queue for backend in backends for queue in list(backend.queues.values())]


def _filled(queue: Any, fields: Fields) -> Any:
    replace_fields(queue, fields, FIELDS)
    return queue
