"""The executions of Step Functions: a keeper per video and run, a carrier per delivery, each named by what it is for."""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from cliprelay.delivery import Delivery

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


class Keeper(StrEnum):
    """How the execution of a name stands."""

    RUNNING = "running"
    CLOSED = "closed"
    ABSENT = "absent"


class Machine:
    """One state machine; a name is taken for 90 days after its execution closed."""

    def __init__(self, client: "SFNClient", state_machine_arn: str) -> None:
        self._client, self._arn = client, state_machine_arn

    def begin(self, name: str, data: Mapping[str, Any]) -> None:
        """Start the execution of that name; starting it again is harmless."""
        try:
            self._client.start_execution(stateMachineArn=self._arn, name=name, input=json.dumps(data))
        except self._client.exceptions.ExecutionAlreadyExists:
            return

    def state(self, name: str) -> Keeper:
        """Whether the execution of that name runs, has closed, or was never started."""
        arn = self._arn.replace(":stateMachine:", ":execution:") + f":{name}"
        try:
            status = self._client.describe_execution(executionArn=arn)["status"]
        except self._client.exceptions.ExecutionDoesNotExist:
            return Keeper.ABSENT
        return Keeper.RUNNING if status in ("RUNNING", "PENDING_REDRIVE") else Keeper.CLOSED


class Executions(Machine):
    """The keepers of videos."""

    def start(self, video_id: str, run: int) -> None:
        """Start the keeper of that run; starting it again is harmless."""
        self.begin(f"{video_id}-{run}", {"video_id": video_id, "run": run})

    def keeper(self, video_id: str, run: int) -> Keeper:
        """Whether that run's execution runs, has closed, or was never started."""
        return self.state(f"{video_id}-{run}")


class DeliveryExecutions(Machine):
    """The carriers of deliveries."""

    def start(self, delivery: Delivery) -> None:
        """Start the execution that makes its attempts; starting it again is harmless."""
        self.begin(delivery.id, {"video_id": delivery.video_id, "event_id": delivery.event_id, "delivery": delivery.number})

    def carrier(self, delivery: Delivery) -> Keeper:
        """Whether its execution runs, has closed, or was never started."""
        return self.state(delivery.id)
