"""Executions go on after the service was stopped or killed, end once, and leave nothing behind."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from local.aws.moto import patches
from local.aws.moto.step_functions import start_thread
from local.aws.step_functions import executions as module
from local.aws.step_functions.store import ExecutionStore, StoredExecution
from local.state.database import Database
from tests.support.local_executions import FOREVER, chain, step_functions, task, threads_of_executions, wait
from tests.support.local_service import eventually
from tests.support.paths import ROOT


@pytest.fixture(name="database")
def database_in_memory() -> Iterator[Database]:
    with closing(Database(None)) as database:
        yield database


def fill(database: Database, is_full: bool) -> None:
    """Refuse every further page, as a full disk does, or allow them again."""
    with database.transaction() as connection:
        ((pages,),) = connection.execute("PRAGMA page_count")
        connection.execute(f"PRAGMA max_page_count = {pages if is_full else 1_000_000}")


def test_an_interrupted_execution_begins_again_with_its_name_input_and_start(database: Database) -> None:
    given: list[Any] = []
    definition = chain(task(), wait())

    def step(event: Any) -> Any:
        given.append(event)
        return event

    with step_functions(database, step=step) as first:
        arn = first.start(first.machine(definition), number=1)
        eventually(lambda: first.is_waiting(arn, "2"))
        begun = first.describe(arn)
    with step_functions(database, step=step) as second:
        second.machine(definition)
        assert second.describe(arn) | {"ResponseMetadata": None} == begun | {"ResponseMetadata": None}
        second.resume()
        eventually(lambda: len(given) == 2 and second.is_waiting(arn, "2"))
        assert (given, second.visited(arn)) == ([{"number": 1}] * 2, ["1", "2"])
        assert second.describe(arn)["startDate"] == begun["startDate"]
        assert second.said == ["1 execution interrupted by the last stop goes on"]


def test_a_stop_of_the_service_ends_no_execution_and_publishes_nothing(database: Database) -> None:
    with step_functions(database) as service:
        arn = service.start(service.machine(chain(wait())))
        eventually(lambda: service.is_waiting(arn, "1"))
    eventually(lambda: not threads_of_executions())
    assert (ExecutionStore(database).running()[0].execution_arn, service.events) == (arn, [])


def test_an_execution_goes_on_after_the_service_was_killed(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    command = [sys.executable, "-m", "tests.support.local_executions", str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as killed:  # noqa: S603
        assert killed.stdout
        arn = killed.stdout.readline().strip()
        os.kill(killed.pid, signal.SIGKILL)
    with closing(Database(path)) as database, step_functions(database, time_scale=0) as service:
        service.machine(chain(wait()))
        service.resume()
        assert (service.ended(arn)["status"], service.describe(arn)["input"]) == ("SUCCEEDED", '{"number": 1}')


def stored(number: int, machine: str, age: timedelta = timedelta(0)) -> StoredExecution:
    arn = machine.replace(":stateMachine:", ":execution:") + f":{number}"
    started = datetime.now(UTC) - age + timedelta(seconds=number)
    return StoredExecution(arn, machine, str(number), f'{{"number": {number}}}', started)


MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:machine"


def test_interrupted_executions_begin_in_the_order_of_their_starts_and_some_at_a_time(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RESUMED_AT_ONCE", 3)
    monkeypatch.setattr(module, "PATIENCE", 60)
    store, begun, go = ExecutionStore(database), list[int](), threading.Semaphore(0)
    for number in range(9):
        store.begin(stored(number, MACHINE))

    def step(event: Any) -> Any:
        begun.append(event["number"])
        go.acquire()
        return event

    with step_functions(database, step=step) as service:
        service.machine(chain(task(), wait()))
        service.resume()
        eventually(lambda: len(begun) == 3)
        for done in range(1, 7):
            go.release()
            eventually(lambda done=done: len(begun) == 3 + done)  # type: ignore[misc]
            assert len(threads_of_executions()) <= 3 + done
        assert [sorted(begun[:3]), *begun[3:]] == [[0, 1, 2], *range(3, 9)]
        go.release(9)


def test_a_slow_execution_does_not_hold_up_the_others(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RESUMED_AT_ONCE", 1)
    monkeypatch.setattr(module, "PATIENCE", 0)
    store, go = ExecutionStore(database), threading.Event()
    for number in range(2):
        store.begin(stored(number, MACHINE))
    with step_functions(database, slow=lambda event: go.wait()) as service:
        service.machine(chain(task("slow")))
        service.resume()
        eventually(lambda: len(service.visited(stored(1, MACHINE).execution_arn)) == 1)
        go.set()


def test_an_interrupted_execution_for_which_there_is_no_thread_goes_on_later(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    ExecutionStore(database).begin(stored(1, MACHINE))
    refusals = iter([True, True])

    def start(worker: Any) -> None:
        if next(refusals, False):
            raise RuntimeError("can't start new thread")
        start_thread(worker)

    with step_functions(database, step=lambda event: event) as service:
        holder, name, _ = patches.find("thread")
        monkeypatch.setattr(holder, name, start)
        service.machine(chain(task()))
        service.resume()
        assert service.ended(stored(1, MACHINE).execution_arn)["status"] == "SUCCEEDED"
        monkeypatch.undo()


def test_executions_of_a_machine_that_is_gone_are_named_and_left(database: Database) -> None:
    store = ExecutionStore(database)
    for number in range(2):
        store.begin(stored(number, MACHINE))
    with step_functions(database) as service:
        service.machine(chain(wait()), name="another")
        service.resume()
        assert service.said == ["2 executions of machine cannot go on: the template has no such state machine"]
        assert service.describe(stored(0, MACHINE).execution_arn)["status"] == "RUNNING"


def test_the_time_out_of_a_machine_counts_from_the_first_start(database: Database) -> None:
    old, young = stored(1, MACHINE, timedelta(hours=2)), stored(2, MACHINE)
    for each in (old, young):
        ExecutionStore(database).begin(each)
    with step_functions(database) as service:
        service.machine(chain(wait(), TimeoutSeconds=3600))
        service.resume()
        assert service.ended(old.execution_arn)["status"] == "TIMED_OUT"
        eventually(lambda: service.events)
        eventually(lambda: service.is_waiting(young.execution_arn, "1"))
        assert [event["detail"]["status"] for event in service.events] == ["TIMED_OUT"]


def test_an_end_is_stored_before_it_is_published(database: Database) -> None:
    with step_functions(database, step=lambda event: {"done": True}) as service:
        arn = service.start(service.machine(chain(task())))
        (event,) = eventually(lambda: list(service.events))
        assert event["detail"]["status"] == "SUCCEEDED"
    found = ExecutionStore(database).find(arn)
    assert found
    assert (found.status, found.output) == ("SUCCEEDED", '{"done": true}')


def test_a_failed_function_gives_the_execution_its_error(database: Database) -> None:
    def fail(event: Any) -> Any:
        raise KeyError("a reason")

    with step_functions(database, step=fail) as service:
        ended = service.ended(service.start(service.machine(chain(task()))))
        assert (ended["status"], ended["error"]) == ("FAILED", "KeyError")


def test_a_caller_s_stop_is_an_end_at_once_even_during_a_step(database: Database) -> None:
    go, busy = threading.Event(), threading.Event()

    def step(event: Any) -> Any:
        busy.set()
        go.wait()

    with step_functions(database, step=step) as service:
        arn = service.start(service.machine(chain(task())))
        busy.wait()
        service.sfn.stop_execution(executionArn=arn, error="Check", cause="enough")
        ended = service.describe(arn)
        go.set()
        eventually(lambda: not threads_of_executions())
        assert (ended["status"], ended["error"], ended["cause"]) == ("ABORTED", "Check", "enough")
        assert [event["detail"]["status"] for event in service.events] == ["ABORTED"]
        assert service.describe(arn)["stopDate"] == ended["stopDate"]


def test_an_execution_that_was_stopped_before_it_could_go_on_does_not_begin(database: Database) -> None:
    one, other = stored(1, MACHINE), stored(2, MACHINE)
    for each in (one, other):
        ExecutionStore(database).begin(each)
    begun: list[Any] = []
    with step_functions(database, step=begun.append) as service:
        service.machine(chain(task()))
        service.sfn.stop_execution(executionArn=one.execution_arn)
        service.resume()
        service.ended(other.execution_arn)
        assert (service.describe(one.execution_arn)["status"], begun) == ("ABORTED", [{"number": 2}])


def test_an_execution_that_is_stopped_before_its_first_state_runs_no_step(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    workers: list[Any] = []
    called: list[Any] = []
    with step_functions(database, step=called.append) as service:
        holder, name, _ = patches.find("thread")
        monkeypatch.setattr(holder, name, lambda worker: workers.append(worker))
        arn = service.start(service.machine(chain(task())))
        service.sfn.stop_execution(executionArn=arn)
        start_thread(workers[0])
        eventually(lambda: not service.executions._runs)
        assert (service.describe(arn)["status"], called) == ("ABORTED", [])
        monkeypatch.undo()


def test_a_start_during_the_stop_is_left_to_the_next_service(database: Database) -> None:
    called: list[Any] = []
    with step_functions(database, step=called.append) as service:
        machine = service.machine(chain(task()))
        service.executions.interrupt()
        arn = service.start(machine)
        assert (service.describe(arn)["status"], service.executions._runs, called) == ("RUNNING", {}, [])


def test_an_end_that_cannot_be_stored_is_stored_when_there_is_space_again(database: Database) -> None:
    go, busy = threading.Event(), threading.Event()

    def step(event: Any) -> Any:
        busy.set()
        go.wait()
        return "x" * 100_000

    with step_functions(database, step=step) as service:
        arn = service.start(service.machine(chain(task())))
        busy.wait()
        fill(database, is_full=True)
        go.set()
        eventually(lambda: len(service.visited(arn)) == 1 and service.executions.store.find(arn))
        eventually(lambda: any(event["type"] == "ExecutionSucceeded" for event in service.executions.history(arn) or []))
        assert (service.describe(arn)["status"], service.events) == ("RUNNING", [])
        fill(database, is_full=False)
        assert service.ended(arn)["status"] == "SUCCEEDED"
        assert len(service.events) == 1


def test_an_ended_execution_leaves_neither_threads_nor_objects(database: Database) -> None:
    with step_functions(database, step=lambda event: event) as service:
        machine = service.machine(chain(task(), wait(0), task()))
        for number in range(5):
            service.ended(service.start(machine, name=str(number)))
        eventually(lambda: not service.executions._runs and not threads_of_executions())
        assert service.backend.describe_state_machine(machine).executions == []
        assert patches.find("threads")[2] == []
        assert service.executions._deadlines._set == {}


def test_a_waiting_execution_has_one_thread(database: Database) -> None:
    with step_functions(database) as service:
        machine = service.machine(chain(wait(), TimeoutSeconds=FOREVER))
        before = threading.active_count()
        arns = [service.start(machine, name=str(number)) for number in range(5)]
        eventually(lambda: all(service.is_waiting(arn, "1") for arn in arns))
        assert len(threads_of_executions()) == 5
        # One more for all time-outs, and those of the HTTP requests, which end.
        eventually(lambda: threading.active_count() <= before + 6)


def test_steps_of_parallel_branches_and_maps_run(database: Database) -> None:
    branch = {"StartAt": "A", "States": {"A": {**task(), "End": True}}}
    parallel = {"Type": "Parallel", "Branches": [branch, branch]}
    each = {"Type": "Map", "ItemsPath": "$", "ItemProcessor": branch}
    with step_functions(database, step=lambda event: event) as service:
        ended = service.ended(service.start(service.machine(chain(parallel, each)), number=1))
        assert (ended["status"], ended["output"]) == ("SUCCEEDED", '[{"number": 1}, {"number": 1}]')


def test_a_thousand_executions_at_once_all_end(database: Database) -> None:
    store = ExecutionStore(database)
    for number in range(1_000):
        store.begin(stored(number, MACHINE))
    with step_functions(database, time_scale=0.001, step=lambda event: event) as service:
        service.machine(chain(task(), wait(1_000), task()))
        service.resume()
        eventually(lambda: len(service.events) == 1_000)
        assert {event["detail"]["status"] for event in service.events} == {"SUCCEEDED"}
        assert store.running() == []
