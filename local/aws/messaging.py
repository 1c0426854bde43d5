"""SNS, SQS and Secrets Manager: moto with its state in the database."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from local.aws.moto.durable_calls import DurableService, durable_calls
from local.aws.moto.durable_state import DurableState
from local.aws.secretsmanager.secrets import Secrets
from local.aws.sns.deliveries import Deliveries, Invoke, PrintLine
from local.aws.sns.mailbox import Mailbox
from local.aws.sns.outbox import Outbox
from local.aws.sns.publisher import Publisher, complete_batches
from local.aws.sns.signature import Signer
from local.aws.sns.state import Topics
from local.aws.sns.subscriptions import Subscriptions
from local.aws.sqs.messages import Messages
from local.aws.sqs.queues import backend_class, queue_class
from local.aws.sqs.state import Queues
from local.state.database import Database
from local.state.records import Records

# Operations on messages are transactions of their own.
_ON_MESSAGES = (
    "SendMessage",
    "SendMessageBatch",
    "ReceiveMessage",
    "DeleteMessage",
    "DeleteMessageBatch",
    "ChangeMessageVisibility",
    "ChangeMessageVisibilityBatch",
)


class Messaging:
    """Put `replacements` into moto, `load` before the stack is created, and `start` when functions can be invoked."""

    def __init__(self, database: Database, mail: Path, endpoint: str, time_scale: float, print_line: PrintLine, invoke: Invoke) -> None:
        outbox, messages = Outbox(database), Messages(database)
        self._signer = Signer(endpoint, Records(database, "sns signer"))
        self._deliveries = Deliveries(outbox, self._signer, invoke, time_scale, print_line)
        self._publisher = Publisher(Mailbox(mail), outbox, messages, self._deliveries, self._signer, endpoint, print_line)
        self._queue, self._sqs = queue_class(messages), backend_class(messages)
        self._secrets = DurableState(database, "secrets", Secrets())
        self._topics = DurableState(database, "topics", Topics())
        self._queues = DurableState(database, "queues", Queues(messages, self._queue))
        self._subscriptions = Subscriptions(self._topics, outbox, self._deliveries, endpoint, print_line)

    def replacements(self) -> dict[str, Callable[[Any], Any]]:
        """Return what takes the place of moto's names, by their keys in `PATCHED`."""
        services = {
            "sns": DurableService(self._topics, "InternalError", independent=("Publish", "PublishBatch")),
            "sqs": DurableService(self._queues, "InternalFailure", independent=_ON_MESSAGES),
            "secretsmanager": DurableService(self._secrets, "InternalServiceError", stored_afterwards=("RotateSecret",)),
        }
        publish = self._publisher.publish
        return {
            "call": durable_calls(services),
            "queue": lambda original: self._queue,
            "queues": lambda original: self._sqs,
            "subscribe": self._subscriptions.notified,
            "publish": lambda original: lambda topic, *given, **named: publish(topic, *given, **named),
            "publish_batch": complete_batches,
        }

    def load(self) -> None:
        """Put the stored secrets, topics and queues into moto."""
        for state in (self._secrets, self._topics, self._queues):
            state.load()

    def start(self) -> None:
        self._deliveries.start()

    def stop(self) -> None:
        self._deliveries.stop()

    def answer(self, query_string: str) -> str | None:
        """Handle a link in a message of SNS, or return None; raises StorageError."""
        return self._subscriptions.answer(query_string)

    def certificate(self, path: str) -> bytes | None:
        """Return the certificate that SNS's signatures are verified with, if it has this path."""
        return self._signer.certificate if path == self._signer.certificate_path else None
