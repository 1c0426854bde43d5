"""Step Functions executions, each named after its video and run or after its delivery."""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


# Refusals of a call because of the account's limits, with the codes that botocore itself tries again.
THROTTLED = frozenset({"ThrottlingException", "ThrottledException", "Throttling", "TooManyRequestsException", "RequestLimitExceeded"})


class ExecutionState(StrEnum):
    """State of the execution with a given name."""

    RUNNING = "running"
    CLOSED = "closed"
    ABSENT = "absent"
    UNKNOWN = "unknown"  # Step Functions did not answer, because of its limits


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
        """Return whether the execution is running, closed, or was never started; UNKNOWN while the account is throttled."""
        arn = self._arn.replace(":stateMachine:", ":execution:") + f":{name}"
        try:
            status = self._client.describe_execution(executionArn=arn)["status"]
        except self._client.exceptions.ExecutionDoesNotExist:
            return ExecutionState.ABSENT
        except ClientError as error:
            if error.response["Error"]["Code"] in THROTTLED:
                return ExecutionState.UNKNOWN
            raise
        return ExecutionState.RUNNING if status in ("RUNNING", "PENDING_REDRIVE") else ExecutionState.CLOSED
