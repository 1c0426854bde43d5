"""The executions that carry deliveries: one each."""

from cliprelay.aws.executions import ExecutionState, Machine
from cliprelay.webhooks.delivery import Delivery


class DeliveryExecutions(Machine):
    """The carriers of deliveries."""

    def start(self, delivery: Delivery) -> None:
        """Start the execution that makes its attempts; starting it again is harmless."""
        self.begin(delivery.id, {"video_id": delivery.video_id, "event_id": delivery.event_id, "delivery": delivery.number})

    def carrier(self, delivery: Delivery) -> ExecutionState:
        """Whether its execution runs, has closed, or was never started."""
        return self.state(delivery.id)
