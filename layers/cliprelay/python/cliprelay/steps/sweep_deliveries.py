"""Sweep, second half: restart deliveries whose execution has stopped; safe to run concurrently."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from cliprelay.aws.executions import ExecutionState
from cliprelay.errors import ClipRelayError
from cliprelay.webhooks.delivery import Delivery
from cliprelay.webhooks.executions import DeliveryExecutions
from cliprelay.webhooks.table import QUEUES, DeliveryTable, keys_of

logger = logging.getLogger("cliprelay.sweep")


class LookAgain(ClipRelayError):
    """Step Functions throttled the question about an execution; it stays due, so the next sweep asks again."""


@dataclass(frozen=True)
class DeliverySweeper:
    """The collaborators of the sweep of deliveries."""

    deliveries: DeliveryTable
    executions: DeliveryExecutions
    clock: Callable[[], datetime]

    def due(self) -> dict[str, Iterator[str]]:
        """Return the names of the deliveries that are due, by the key of a queue, which is read with its first name."""
        return {key: self.deliveries.due(key, self.clock()) for queue in QUEUES for key in keys_of(queue)}

    def stuck(self) -> list[str]:
        """Return the names of the deliveries whose attempts fail to come to an end."""
        return self.deliveries.stuck()

    def count_overlooked(self) -> int:
        """Count the overdue deliveries that no sweep has examined for long."""
        return self.deliveries.count_overlooked(self.clock())

    def reconcile(self, name: str) -> bool:
        """Ensure that a delivery has an execution; True if one was started."""
        delivery = self.deliveries.get(name)
        if delivery is None or not delivery.is_pending:
            return False
        state = self.executions.state(delivery)
        if state is ExecutionState.UNKNOWN:
            raise LookAgain(name)
        if state is ExecutionState.RUNNING:
            self.deliveries.note_failing(delivery, self.clock())
            return False
        successor = delivery if state is ExecutionState.ABSENT else self._successor(delivery)
        if successor is None:
            return False
        self.executions.start(successor)
        logger.warning("delivery revived", extra={"delivery": successor.id, "video_id": successor.video_id})
        return True

    def _successor(self, delivery: Delivery) -> Delivery | None:
        """Continue the delivery under the next name; a closed execution retains its own for 90 days."""
        known = [each.number for each in self.deliveries.of_video(delivery.video_id) if each.event_id == delivery.event_id]
        return self.deliveries.carry_on(delivery, max([delivery.number, *known]) + 1, self.clock())
