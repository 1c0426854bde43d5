"""Change moto's Step Functions interpreter: scaled waits, cached parsing, serialized starts and published ends."""

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
    """Return a replacement for every Wait's body; moto's own rounds to whole seconds."""

    def wait(state: Any, environment: Any) -> None:
        until = clock() + state._get_wait_seconds(env=environment) * scale
        while environment.is_running():
            left = until - clock()
            if left <= 0:
                return
            # The event also ends the wait when the execution stops.
            environment.program_state_event.wait(left)

    return wait


class ScaledTime:
    """Replaces `time` in the retrier's module, which uses only `sleep`."""

    def __init__(self, scale: float, sleep: Callable[[float], None] = time.sleep) -> None:
        self._scale = scale
        self._sleep = sleep

    def sleep(self, seconds: float) -> None:
        self._sleep(seconds * self._scale)


def cached_parse(parse: Callable[[str], Any]) -> Callable[[str], Any]:
    """Cache parsed definitions: a parse takes 16 ms, and the tree has no state of an execution."""
    return lru_cache(maxsize=64)(parse)


def serialized_start(start: Callable[..., Any]) -> Callable[..., Any]:
    """Make a start atomic, because moto checks for the same name without a lock, and name unnamed executions as AWS does."""
    lock = threading.Lock()

    def start_execution(backend: Any, arn: str, name: str | None = None, *given: Any, **named: Any) -> Any:
        with lock:
            return start(backend, arn, name or str(uuid4()), *given, **named)

    return start_execution


def publishing_ends(terminated: Callable[[Any], None], publish: Callable[[Event], None]) -> Callable[[Any], None]:
    """Publish the end of every execution to EventBridge, which moto does not do."""

    def tell(worker: Any) -> None:
        terminated(worker)
        publish(status_change(worker.execution))

    return tell


def stop_all() -> None:
    """Stop the running executions, whose threads then wake up and end."""
    for regions in stepfunctions_parser_backends.values():
        for backend in regions.values():
            for machine in backend.state_machines:
                running: list[Any] = [execution for execution in machine.executions if execution.status == "RUNNING"]
                for execution in running:
                    if execution.exec_worker.env:
                        execution.stop(datetime.now(UTC), "Service.Stopping", "the local service is stopping")


def status_change(execution: Any) -> Event:
    """Build the event: https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html"""
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
