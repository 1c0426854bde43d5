"""Sweep, second half: restart deliveries whose execution has stopped; safe to run concurrently."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from cliprelay.aws.executions import ExecutionState
from cliprelay.webhooks.delivery import Delivery
from cliprelay.webhooks.executions import DeliveryExecutions
from cliprelay.webhooks.table import DeliveryTable

logger = logging.getLogger("cliprelay.sweep")


@dataclass(frozen=True)
class DeliverySweeper:
    """The collaborators of the sweep of deliveries."""

    deliveries: DeliveryTable
    executions: DeliveryExecutions
    clock: Callable[[], datetime]

    def due(self) -> list[str]:
        """Return the names of the deliveries that are due."""
        return list(self.deliveries.due(self.clock()))

    def reconcile(self, name: str) -> bool:
        """Ensure that a delivery has an execution; True if one was started."""
        delivery = self.deliveries.get(name)
        if delivery is None or not delivery.is_pending:
            return False
        state = self.executions.state(delivery)
        if state is ExecutionState.RUNNING:
            self.deliveries.extend_lease(delivery, self.clock())
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
