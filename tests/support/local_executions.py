"""Step Functions of the local service, over a database, with functions of the test; a second one over the same database is a restart.

Run as a program with the path of a database, it begins an execution that waits for ever, says so, and waits to be killed.
"""

import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from local.account import ACCOUNT_ID, REGION, client
from local.aws.moto.patches import Hooks, Patches
from local.aws.s3.store.store import ObjectStore
from local.aws.server import AwsServer
from local.aws.step_functions.executions import Executions
from local.aws.step_functions.store import ExecutionStore
from local.lambda_runtime.sandbox import InvocationResult, failure
from local.state.database import Database
from tests.support.local_service import eventually

ROLE = f"arn:aws:iam::{ACCOUNT_ID}:role/any"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:"
FOREVER = 1_000_000_000

State = dict[str, Any]
Function = Callable[[Any], Any]


def task(function: str = "step", **fields: Any) -> State:
    """Return a state that calls a function with the whole input."""
    invocation = {"FunctionName": FUNCTION + function, "Payload.$": "$"}
    return {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": invocation, "OutputPath": "$.Payload", **fields}


def wait(seconds: int = FOREVER) -> State:
    return {"Type": "Wait", "Seconds": seconds}


def chain(*states: State, **fields: Any) -> str:
    """Return a definition whose states, named by their numbers, follow each other."""
    named = {str(number): {**state, "Next": str(number + 1)} for number, state in enumerate(states, 1)}
    named[str(len(states))].pop("Next")
    if named[str(len(states))]["Type"] not in ("Succeed", "Fail"):
        named[str(len(states))]["End"] = True
    return json.dumps({"StartAt": "1", "States": named, **fields})


class LocalStepFunctions:
    """One run of the service, as far as executions are concerned."""

    def __init__(self, database: Database, functions: dict[str, Function], time_scale: float) -> None:
        self.functions, self.events = functions, list[Any]()
        self.said: list[str] = []
        self._folder = TemporaryDirectory()
        objects = ObjectStore(Database(None), Path(self._folder.name), lambda: datetime.now(UTC))
        self._server, self._patches = AwsServer("127.0.0.1", 0, objects), Patches()
        self.executions = Executions(ExecutionStore(database), self.events.append, retry_seconds=0.01)
        hooks = Hooks(
            time_scale=time_scale,
            endpoint=self._server.url,
            invoke=lambda function, body, *headers: self.call(function.function_name, json.loads(body)).payload.encode(),
            call=self.call,
            functions=functions,
            executions=self.executions,
            moto_tables=False,
        )
        self._patches.apply(hooks)
        self._server.start(SimpleNamespace(certificate=lambda path: None, answer=lambda query: None), None)  # type: ignore[arg-type]
        self.sfn = client("stepfunctions", self._server.url)

    def call(self, name: str, event: Any) -> InvocationResult:
        try:
            return InvocationResult(json.dumps(self.functions[name](event)))
        except Exception as error:
            return failure(type(error).__name__, str(error))

    @property
    def backend(self) -> Any:
        return stepfunctions_parser_backends[ACCOUNT_ID][REGION]

    def machine(self, definition: str, name: str = "machine") -> str:
        return str(self.sfn.create_state_machine(name=name, definition=definition, roleArn=ROLE)["stateMachineArn"])

    def start(self, machine: str, name: str = "one", **data: Any) -> str:
        return str(self.sfn.start_execution(stateMachineArn=machine, name=name, input=json.dumps(data))["executionArn"])

    def describe(self, arn: str) -> dict[str, Any]:
        found: dict[str, Any] = self.sfn.describe_execution(executionArn=arn)
        return found

    def ended(self, arn: str) -> dict[str, Any]:
        return eventually(lambda: found if (found := self.describe(arn))["status"] != "RUNNING" else None) or {}

    def visited(self, arn: str) -> list[str]:
        """Return the names of the states that an execution has entered."""
        events = self.sfn.get_execution_history(executionArn=arn)["events"]
        return [event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event]

    def is_waiting(self, arn: str, state: str) -> bool:
        return self.describe(arn)["status"] == "RUNNING" and self.visited(arn)[-1:] == [state]

    def resume(self) -> None:
        self.executions.resume(self.backend, self.said.append)

    def stop(self) -> None:
        self.executions.interrupt()
        self._server.stop()
        self._patches.restore()
        self._folder.cleanup()


@contextmanager
def step_functions(database: Database, time_scale: float = 1.0, **functions: Function) -> Iterator[LocalStepFunctions]:
    running = LocalStepFunctions(database, functions, time_scale)
    try:
        yield running
    finally:
        running.stop()


def threads_of_executions() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("execution")]


if __name__ == "__main__":
    with step_functions(Database(Path(sys.argv[1]))) as killed:
        print(killed.start(killed.machine(chain(wait())), name="killed", number=1), flush=True)  # noqa: T201
        threading.Event().wait()
