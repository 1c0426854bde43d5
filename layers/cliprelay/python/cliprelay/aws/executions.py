"""Step Functions executions, each named after its video and run or after its delivery."""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


class ExecutionState(StrEnum):
    """State of the execution with a given name."""

    RUNNING = "running"
    CLOSED = "closed"
    ABSENT = "absent"


class Machine:
    """One state machine; an execution's name stays taken for 90 days after it closes."""

    def __init__(self, client: "SFNClient", state_machine_arn: str) -> None:
        self._client, self._arn = client, state_machine_arn

    def begin(self, name: str, data: Mapping[str, Any]) -> None:
        """Start the execution with this name; idempotent."""
        try:
            self._client.start_execution(stateMachineArn=self._arn, name=name, input=json.dumps(data))
        except self._client.exceptions.ExecutionAlreadyExists:
            return

    def execution_state(self, name: str) -> ExecutionState:
        """Return whether the execution is running, closed, or was never started."""
        arn = self._arn.replace(":stateMachine:", ":execution:") + f":{name}"
        try:
            status = self._client.describe_execution(executionArn=arn)["status"]
        except self._client.exceptions.ExecutionDoesNotExist:
            return ExecutionState.ABSENT
        return ExecutionState.RUNNING if status in ("RUNNING", "PENDING_REDRIVE") else ExecutionState.CLOSED
