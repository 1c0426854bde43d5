"""The operations of Step Functions on executions, in the place of moto's."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any, TypeVar
from uuid import uuid4

from moto.core.exceptions import AWSError
from moto.core.responses import ActionResult
from moto.stepfunctions.exceptions import ExecutionAlreadyExists, ExecutionDoesNotExist, InvalidExecutionInput, InvalidToken

from local.aws.step_functions.executions import Executions
from local.aws.step_functions.store import RUNNING, NameTaken, StoredExecution
from local.state.database import StorageError

# https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html
PAGE = 100

Operation = TypeVar("Operation", bound=Callable[..., Any])


def _retryable(operation: Operation) -> Operation:
    """Answer 500 if nothing could be stored; every SDK repeats the request."""

    @wraps(operation)
    def answer(*given: Any, **named: Any) -> Any:
        try:
            return operation(*given, **named)
        except StorageError as error:
            raise AWSError(str(error), "InternalFailure", 500) from None

    return answer  # type: ignore[return-value]


class ExecutionsApi:
    """`backend` is moto's, which has the state machines."""

    def __init__(self, executions: Executions) -> None:
        self._executions, self._store = executions, executions.store

    @_retryable
    def start(
        self, backend: Any, state_machine_arn: str, name: str | None = None, execution_input: str | None = None, trace_header: Any = None
    ) -> StoredExecution:
        """Begin an execution when its start is on disk; one that runs with the same name and input is the answer."""
        machine, name, text = backend.describe_state_machine(state_machine_arn), name or str(uuid4()), execution_input or "{}"
        backend._validate_name(name)
        _check_json(text)
        arn = f"arn:{backend.partition}:states:{backend.region_name}:{backend.account_id}:execution:{machine.name}:{name}"
        new = StoredExecution(arn, machine.arn, name, text, datetime.now(UTC))
        try:
            begun = self._store.begin(new)
        except NameTaken:
            raise ExecutionAlreadyExists(f"Execution Already Exists: '{arn}'") from None
        if begun is new:
            self._begin(backend, machine, new)
        return begun

    def _begin(self, backend: Any, machine: Any, new: StoredExecution) -> None:
        try:
            self._executions.begin(backend, machine, new)
        except RuntimeError as error:  # no more threads
            self._store.withdraw(new.execution_arn)
            raise AWSError(str(error), "ServiceUnavailable", 503) from None

    @_retryable
    def stop(self, response: Any) -> ActionResult:
        """Replace the handler of the request, because moto drops its error and its cause."""
        arn = response._get_param("executionArn")
        self.describe(response.stepfunction_backend, arn)
        self._executions.stop(arn, response._get_param("error"), response._get_param("cause"))
        return ActionResult({"stopDate": self.describe(response.stepfunction_backend, arn).stop_date})

    @_retryable
    def describe(self, backend: Any, execution_arn: str) -> StoredExecution:
        backend._validate_execution_arn(execution_arn)
        found = self._store.find(execution_arn)
        if found is None:
            raise ExecutionDoesNotExist(f"Execution Does Not Exist: '{execution_arn}'")
        return found

    @_retryable
    def list(
        self,
        backend: Any,
        state_machine_arn: str,
        status_filter: str | None = None,
        max_results: int | None = None,
        next_token: str | None = None,
    ) -> tuple[list[StoredExecution], str | None]:
        """Return one page, the latest first, and the token of the next one."""
        machine, limit = backend.describe_state_machine(state_machine_arn), max_results or PAGE
        found = self._store.page(machine.arn, status_filter, limit + 1, _decoded(next_token))
        page = found[:limit]
        return page, _encoded(page[-1]) if len(found) > limit else None

    @_retryable
    def history(self, backend: Any, execution_arn: str) -> dict[str, Any]:
        """Return the events: none before an execution goes on, and no more long after its end, as on AWS after 90 days."""
        found, events = self.describe(backend, execution_arn), self._executions.history(execution_arn)
        if events is None and found.status != RUNNING:
            raise ExecutionDoesNotExist(f"Execution Does Not Exist: '{execution_arn}'")
        return {"events": events or []}

    def machine_of(self, backend: Any, execution_arn: str) -> Any:
        return backend.describe_state_machine(self.describe(backend, execution_arn).state_machine_arn)


def _check_json(text: str) -> None:
    try:
        json.loads(text)
    except ValueError as error:
        raise InvalidExecutionInput(f"Invalid State Machine Execution Input: '{error}'") from None


def _encoded(last: StoredExecution) -> str:
    return base64.urlsafe_b64encode(json.dumps([last.start_date.timestamp(), last.execution_arn]).encode()).decode()


def _decoded(token: str | None) -> tuple[float, str] | None:
    if not token:
        return None
    try:
        moment, arn = json.loads(base64.urlsafe_b64decode(token))
        return float(moment), str(arn)
    except (ValueError, TypeError):
        raise InvalidToken from None
