"""The keepers: one Step Functions execution per video and run, named by both."""

import json
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


class Keeper(StrEnum):
    """How the execution of a name stands."""

    RUNNING = "running"
    CLOSED = "closed"
    ABSENT = "absent"


class Executions:
    """Starts executions and looks at them; a name is taken for 90 days after its execution closed."""

    def __init__(self, client: "SFNClient", state_machine_arn: str) -> None:
        self._client, self._arn = client, state_machine_arn

    def start(self, video_id: str, run: int) -> None:
        """Start the keeper of that run; starting it again is harmless."""
        data = json.dumps({"video_id": video_id, "run": run})
        try:
            self._client.start_execution(stateMachineArn=self._arn, name=f"{video_id}-{run}", input=data)
        except self._client.exceptions.ExecutionAlreadyExists:
            return

    def keeper(self, video_id: str, run: int) -> Keeper:
        """Whether that run's execution runs, has closed, or was never started."""
        arn = self._arn.replace(":stateMachine:", ":execution:") + f":{video_id}-{run}"
        try:
            status = self._client.describe_execution(executionArn=arn)["status"]
        except self._client.exceptions.ExecutionDoesNotExist:
            return Keeper.ABSENT
        return Keeper.RUNNING if status in ("RUNNING", "PENDING_REDRIVE") else Keeper.CLOSED
