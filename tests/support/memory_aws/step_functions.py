"""The API of Step Functions in memory: names, idempotency and the state of executions."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local.aws.errors import AwsError
from tests.support.memory_aws.throttling import TokenBucket

Json = dict[str, Any]
LONGEST_NAME = 80


@dataclass
class Execution:
    """One execution, as the API shows it."""

    arn: str
    name: str
    input: str
    started: float
    status: str = "RUNNING"
    closed: float = 0.0


class MemoryStepFunctions:
    """One state machine; `begin` is called with each new execution."""

    def __init__(self, state_machine_arn: str, now: Callable[[], float]) -> None:
        self.arn, self.now = state_machine_arn, now
        self.executions: dict[str, Execution] = {}
        # DescribeExecution may return a state from some seconds ago.
        self.lag: Callable[[], float] = lambda: 0.0
        # What the account allows of each operation; without an entry, any number.
        self.quotas: dict[str, TokenBucket] = {}
        self.begin: Callable[[Execution], None] = lambda execution: None

    def answer(self, operation: str, request: Json) -> Json:
        """Run one operation; raises AwsError."""
        if operation in self.quotas and not self.quotas[operation].take():
            raise AwsError(400, "ThrottlingException", "Rate exceeded")
        match operation:
            case "StartExecution":
                return self._start(request)
            case "DescribeExecution":
                return self._describe(request)
            case "StopExecution":
                self.close(self._found(request), "ABORTED")
                return {"stopDate": self.now()}
        raise NotImplementedError(f"stepfunctions.{operation}")

    def close(self, execution: Execution, status: str) -> None:
        """End an execution."""
        execution.status, execution.closed = status, self.now()

    def _start(self, request: Json) -> Json:
        if request["stateMachineArn"] != self.arn:
            raise AwsError(400, "StateMachineDoesNotExist", "State Machine Does Not Exist")
        name = request["name"]
        if len(name) > LONGEST_NAME or not all(char.isalnum() or char in "-_" for char in name):
            raise AwsError(400, "InvalidName", f"Invalid Name: '{name}'")
        json.loads(request["input"])
        known = self.executions.get(name)
        if known and (known.status != "RUNNING" or known.input != request["input"]):
            # A name stays taken for 90 days after its execution closes.
            raise AwsError(400, "ExecutionAlreadyExists", f"Execution Already Exists: '{known.arn}'")
        if known is None:
            known = Execution(self.arn.replace(":stateMachine:", ":execution:") + f":{name}", name, request["input"], self.now())
            self.executions[name] = known
            self.begin(known)
        return {"executionArn": known.arn, "startDate": known.started}

    def _describe(self, request: Json) -> Json:
        found, shown = self._found(request), self.now() - self.lag()
        if shown < found.started:
            raise _absent(request)
        return {
            "executionArn": found.arn,
            "stateMachineArn": self.arn,
            "name": found.name,
            "status": found.status if found.closed <= shown else "RUNNING",
            "startDate": found.started,
            "input": found.input,
        }

    def _found(self, request: Json) -> Execution:
        found = self.executions.get(request["executionArn"].rsplit(":", 1)[1])
        if found is None or found.arn != request["executionArn"]:
            raise _absent(request)
        return found


def _absent(request: Json) -> AwsError:
    return AwsError(400, "ExecutionDoesNotExist", f"Execution Does Not Exist: '{request['executionArn']}'")
