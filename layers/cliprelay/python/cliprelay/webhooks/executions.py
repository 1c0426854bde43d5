"""Executions of deliveries: one per delivery."""

from cliprelay.aws.executions import ExecutionState, Machine
from cliprelay.webhooks.delivery import Delivery


class DeliveryExecutions(Machine):
    """The state machine of deliveries."""

    def start(self, delivery: Delivery) -> None:
        """Start the execution of a delivery; idempotent."""
        self.begin(delivery.id, {"video_id": delivery.video_id, "event_id": delivery.event_id, "delivery": delivery.number})

    def state(self, delivery: Delivery) -> ExecutionState:
        """Return whether its execution is running, closed, never started, or not known."""
        return self.execution_state(delivery.id)
