"""The executions that run, from their stored start to their stored end; those that a stop interrupted begin again at their first state."""

import json
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from types import SimpleNamespace
from typing import Any

from moto.stepfunctions.parser.backend.execution import Execution

from local.aws.step_functions.deadlines import Deadlines
from local.aws.step_functions.events import Event, status_change
from local.aws.step_functions.histories import Histories
from local.aws.step_functions.store import End, ExecutionStore, StoredExecution
from local.state.database import StorageError

# As many functions run at once. The next interrupted execution begins when one of these waits or has ended, and in any case after PATIENCE.
RESUMED_AT_ONCE = 10
PATIENCE = 1.0

# Seconds between two attempts to store an end, as on a full disk.
RETRY_SECONDS = 1.0

Say = Callable[[str], None]


@dataclass
class _Run:
    """An execution in the interpreter."""

    stored: StoredExecution
    execution: Execution
    of_machine: list[Any]
    is_over: bool = False  # its end is decided, although its thread may still run
    gate: threading.Semaphore | None = None

    @property
    def env(self) -> Any:
        return self.execution.exec_worker and self.execution.exec_worker.env

    def halt(self) -> None:
        """Stop the interpreter, which stops by itself if it has not begun yet."""
        self.is_over = True
        if self.env:
            self.env.set_stop(stop_date=datetime.now(UTC), error=None, cause=None)

    def settle(self) -> None:
        """Let the next interrupted execution begin."""
        gate, self.gate = self.gate, None
        if gate:
            gate.release()


class Executions:
    """Begins, ends and interrupts executions; `publish` receives an event when an end is on disk."""

    def __init__(self, store: ExecutionStore, publish: Callable[[Event], None], retry_seconds: float = RETRY_SECONDS) -> None:
        self.store = store
        self._publish = publish
        self._retry_seconds = retry_seconds
        # Before anything new can begin.
        self._interrupted = store.running()
        self._lock = threading.Lock()
        self._runs: dict[str, _Run] = {}
        self._stopped_early: set[str] = set()
        self._histories = Histories()
        self._deadlines = Deadlines()
        self._closing = threading.Event()

    # Begin

    def begin(self, backend: Any, machine: Any, stored: StoredExecution, gate: threading.Semaphore | None = None) -> None:
        """Run a stored execution on a thread of its own; raises RuntimeError if the process can have no more threads."""
        run = _Run(stored, _execution(backend, machine, stored), machine.executions, gate=gate)
        with self._lock:
            if stored.execution_arn in self._stopped_early or self._closing.is_set():
                self._stopped_early.discard(stored.execution_arn)
                return run.settle()
            self._runs[stored.execution_arn] = run
        machine.executions.append(run.execution)
        try:
            run.execution.start()
        except RuntimeError:
            run.gate = None  # the caller tries again
            self._remove(run)
            raise

    def resume(self, backend: Any, say: Say) -> None:
        """Begin the interrupted executions again, in the order of their starts and some at a time; returns at once."""
        machines = {machine.arn: machine for machine in backend.state_machines}
        interrupted, self._interrupted = self._interrupted, []
        left = Counter(each.state_machine_arn for each in interrupted if each.state_machine_arn not in machines)
        for arn, count in left.items():
            say(f"{_count(count)} of {arn.rsplit(':', 1)[-1]} cannot go on: the template has no such state machine")
        going = [each for each in interrupted if each.state_machine_arn in machines]
        if going:
            say(f"{_count(len(going))} interrupted by the last stop {'goes' if len(going) == 1 else 'go'} on")
            threading.Thread(target=self._resume, args=(backend, machines, going), name="interrupted executions", daemon=True).start()

    def _resume(self, backend: Any, machines: dict[str, Any], going: list[StoredExecution]) -> None:
        gate = threading.Semaphore(RESUMED_AT_ONCE)
        for stored in going:
            is_counted = gate.acquire(timeout=PATIENCE)
            begin = partial(self.begin, backend, machines[stored.state_machine_arn], stored, gate if is_counted else None)
            while not self._closing.is_set() and not _succeeds(begin):
                self._closing.wait(self._retry_seconds)
            if self._closing.is_set():
                return

    # What the interpreter reports

    def entered(self, env: Any, timeout: float | None) -> None:
        """The first state of the machine or of a branch is next; the machine's time-out counts from the start that was answered."""
        run = self._run_of(env)
        if run is None:
            return
        if timeout:
            self._deadlines.set(run.stored.execution_arn, run.stored.start_date.timestamp() + timeout, lambda: self._time_out(run))
        if run.is_over or self._closing.is_set():
            run.halt()

    def waits(self, env: Any) -> None:
        run = self._run_of(env)
        if run:
            run.settle()

    def terminated(self, execution: Execution) -> None:
        """The thread of the execution is about to end."""
        run = self._runs.get(execution.exec_arn)
        if run is None:
            return
        try:
            # Not a copy, as moto's own answer is: nothing is added any more, and copying takes longer than all else here.
            self._histories.keep(execution.exec_arn, run.env.event_manager._history_event_list)
            self._end(execution.exec_arn, _end(execution))
        finally:
            self._remove(run)

    def _run_of(self, env: Any) -> _Run | None:
        return self._runs.get(env.states.context_object.context_object_data["Execution"]["Id"])

    # End

    def stop(self, execution_arn: str, error: str | None, cause: str | None) -> None:
        """End an execution now, as its caller wishes; raises StorageError if that could not be stored, and then it runs on."""
        ended = self.store.end(execution_arn, End("ABORTED", datetime.now(UTC), error=error, cause=cause))
        if ended is None:
            return
        with self._lock:
            run = self._runs.get(execution_arn)
            if run is None:
                self._stopped_early.add(execution_arn)
        if run:
            run.halt()
        self._publish(status_change(ended))

    def _time_out(self, run: _Run) -> None:
        run.is_over = True
        run.env.set_timed_out()
        self._end(run.stored.execution_arn, End("TIMED_OUT", datetime.now(UTC)))

    def _end(self, execution_arn: str, end: End) -> None:
        """Store an end, however long that takes; it has not happened before."""
        while not self._closing.is_set():
            try:
                ended = self.store.end(execution_arn, end)
            except StorageError:
                self._closing.wait(self._retry_seconds)
            else:
                return self._publish(status_change(ended)) if ended else None
        return None

    def _remove(self, run: _Run) -> None:
        run.settle()
        self._deadlines.drop(run.stored.execution_arn)
        with self._lock:
            self._runs.pop(run.stored.execution_arn, None)
        run.of_machine.remove(run.execution)

    def interrupt(self) -> None:
        """Stop the threads without an end: in the database, what runs still runs, and the next service continues it."""
        self._closing.set()
        self._deadlines.stop()
        with self._lock:
            runs = list(self._runs.values())
        for run in runs:
            run.halt()

    # Questions

    def history(self, execution_arn: str) -> list[Any] | None:
        """Return the events of an execution that runs or was among the last to end."""
        run = self._runs.get(execution_arn)
        if run:
            events: list[Any] = run.execution.to_history_output()["events"]
            return events
        return self._histories.get(execution_arn)


def _succeeds(begin: Callable[[], None]) -> bool:
    """Return whether there was a thread for it."""
    try:
        begin()
    except RuntimeError:
        return False
    return True


def _execution(backend: Any, machine: Any, stored: StoredExecution) -> Execution:
    """Make moto's execution, with the machine as it is now: an update changes only later executions."""
    # No copy of the machine, because moto remembers every machine for ever.
    snapshot: Any = SimpleNamespace(arn=machine.arn, name=machine.name, definition=machine.definition, sm_type=machine.sm_type)
    return Execution(
        name=stored.name,
        sm_type=snapshot.sm_type,
        role_arn=machine.roleArn,
        exec_arn=stored.execution_arn,
        account_id=backend.account_id,
        region_name=backend.region_name,
        state_machine=snapshot,
        start_date=stored.start_date,
        cloud_watch_logging_session=None,
        input_data=stored.execution_input,
        activity_store={},
    )


def _end(execution: Execution) -> End:
    is_success = execution.status == "SUCCEEDED"
    output = json.dumps(execution.output, default=str) if is_success else None
    return End(str(execution.status), execution.stop_date or datetime.now(UTC), output, execution.error, execution.cause)


def _count(number: int) -> str:
    return f"{number} execution{'' if number == 1 else 's'}"
