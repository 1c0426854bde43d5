"""Change moto's Step Functions interpreter: scaled waits, one thread per execution, and nothing parsed twice."""

import threading
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from moto.stepfunctions.parser.asl.component.eval_component import EvalComponent
from moto.stepfunctions.parser.models import StepFunctionsParserBackend, stepfunctions_parser_backends

from local.account import ACCOUNT_ID, REGION
from local.aws.step_functions.executions import Executions


def interpreter() -> StepFunctionsParserBackend:
    """Return what runs the executions of this account."""
    return stepfunctions_parser_backends[ACCOUNT_ID][REGION]


def scaled_wait(scale: float, waits: Callable[[Any], None], clock: Callable[[], float] = time.monotonic) -> Callable[[Any, Any], None]:
    """Return a replacement for every Wait's body; moto's own rounds to whole seconds."""

    def wait(state: Any, environment: Any) -> None:
        until = clock() + state._get_wait_seconds(env=environment) * scale
        waits(environment)
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
    """Cache what is parsed: a definition takes 16 ms, a path 2 ms, and neither tree has a state of an execution."""
    return lru_cache(maxsize=1024)(parse)


def start_thread(worker: Any) -> None:
    """Start an execution; moto remembers the thread for ever."""
    threading.Thread(target=worker._execution_logic, name="execution", daemon=True).start()


def evaluated_in_place(executions: Executions) -> Callable[[Any, Any], None]:
    """Return a replacement for a program's evaluation: moto's own waits on a second thread only for the machine's time-out."""

    def evaluate(program: Any, environment: Any) -> None:
        environment.next_state_name = program.start_at.start_at_name
        executions.entered(environment, program.timeout_seconds and program.timeout_seconds.timeout_seconds)
        EvalComponent.eval(program, environment)

    return evaluate


def reporting_ends(terminated: Callable[[Any], None], executions: Executions, threads: list[Any]) -> Callable[[Any], None]:
    """Store and publish the end of every execution, and forget its threads."""

    def tell(worker: Any) -> None:
        terminated(worker)
        executions.terminated(worker.execution)
        threads.clear()

    return tell
