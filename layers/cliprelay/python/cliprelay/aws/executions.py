"""The executions of Step Functions: a keeper per video and run, a carrier per delivery, each named by what it is for."""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


class ExecutionState(StrEnum):
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

    def state(self, name: str) -> ExecutionState:
        """Whether the execution of that name runs, has closed, or was never started."""
        arn = self._arn.replace(":stateMachine:", ":execution:") + f":{name}"
        try:
            status = self._client.describe_execution(executionArn=arn)["status"]
        except self._client.exceptions.ExecutionDoesNotExist:
            return ExecutionState.ABSENT
        return ExecutionState.RUNNING if status in ("RUNNING", "PENDING_REDRIVE") else ExecutionState.CLOSED
