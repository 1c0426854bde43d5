"""What moto's Step Functions interpreter does differently here: scaled waits, one parse per definition, known ends."""

import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import uuid4

from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from local.account import ACCOUNT_ID, REGION

Event = dict[str, Any]


def scaled_wait(scale: float, clock: Callable[[], float] = time.monotonic) -> Callable[[Any, Any], None]:
    """Replaces the body of every Wait; moto's own counts whole seconds."""

    def wait(state: Any, environment: Any) -> None:
        until = clock() + state._get_wait_seconds(env=environment) * scale
        while environment.is_running():
            left = until - clock()
            if left <= 0:
                return
            # The event also ends the wait when the execution is stopped.
            environment.program_state_event.wait(left)

    return wait


class ScaledTime:
    """Stands where the retrier's module expects `time`, of which it uses only `sleep`."""

    def __init__(self, scale: float, sleep: Callable[[float], None] = time.sleep) -> None:
        self._scale = scale
        self._sleep = sleep

    def sleep(self, seconds: float) -> None:
        self._sleep(seconds * self._scale)


def parsed_once(parse: Callable[[str], Any]) -> Callable[[str], Any]:
    """A parse costs 16 ms and the tree holds no state of an execution, so all executions can share one."""
    return lru_cache(maxsize=64)(parse)


def started_once(start: Callable[..., Any]) -> Callable[..., Any]:
    """Looking for an execution of the same name and adding the new one must be one step; moto has no lock there.
    And an execution without a name gets one, as on AWS."""
    lock = threading.Lock()

    def start_execution(backend: Any, arn: str, name: str | None = None, *given: Any, **named: Any) -> Any:
        with lock:
            return start(backend, arn, name or str(uuid4()), *given, **named)

    return start_execution


def telling_ends(terminated: Callable[[Any], None], publish: Callable[[Event], None]) -> Callable[[Any], None]:
    """EventBridge hears of every execution that ends; moto tells nobody."""

    def tell(worker: Any) -> None:
        terminated(worker)
        publish(status_change(worker.execution))

    return tell


def stop_all() -> None:
    """Ends the executions that still run: their threads wake from their waits and go."""
    for regions in stepfunctions_parser_backends.values():
        for backend in regions.values():
            for machine in backend.state_machines:
                running: list[Any] = [execution for execution in machine.executions if execution.status == "RUNNING"]
                for execution in running:
                    if execution.exec_worker.env:
                        execution.stop(datetime.now(UTC), "Service.Stopping", "the local service is stopping")


def status_change(execution: Any) -> Event:
    """https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html"""
    return {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": "Step Functions Execution Status Change",
        "source": "aws.states",
        "account": ACCOUNT_ID,
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": REGION,
        "resources": [execution.exec_arn],
        "detail": {
            "executionArn": execution.exec_arn,
            "stateMachineArn": execution.state_machine.arn,
            "name": execution.name,
            "status": str(execution.status),
            "startDate": _milliseconds(execution.start_date),
            "stopDate": _milliseconds(execution.stop_date),
            "input": json.dumps(execution.input_data),
            "output": json.dumps(execution.output) if execution.output is not None else None,
            "error": execution.error,
            "cause": execution.cause,
        },
    }


def _milliseconds(moment: datetime | None) -> int | None:
    return int(moment.timestamp() * 1000) if moment else None
