"""Step Functions' operations on executions, over HTTP as boto3 calls them."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.aws.step_functions import histories
from local.state.database import Database
from tests.support.local_executions import LocalStepFunctions, chain, step_functions, task, wait
from tests.support.local_service import eventually


@pytest.fixture(name="database")
def database_in_memory() -> Iterator[Database]:
    with closing(Database(None)) as database:
        yield database


@pytest.fixture(name="service")
def running_service(database: Database) -> Iterator[LocalStepFunctions]:
    with step_functions(database, step=lambda event: event) as service:
        yield service


def refused(operation: Any, **parameters: Any) -> tuple[str, int]:
    with pytest.raises(ClientError) as refusal:
        operation(**parameters)
    answer: Any = refusal.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]


def names(page: dict[str, Any]) -> list[str]:
    return [execution["name"] for execution in page["executions"]]


def test_a_repeated_start_is_answered_with_the_execution_that_runs(service: LocalStepFunctions) -> None:
    machine = service.machine(chain(wait()))
    first, second = (service.sfn.start_execution(stateMachineArn=machine, name="one", input="{}") for _ in range(2))
    assert (first["executionArn"], first["startDate"]) == (second["executionArn"], second["startDate"])
    assert refused(service.sfn.start_execution, stateMachineArn=machine, name="one", input='{"a": 1}') == ("ExecutionAlreadyExists", 400)


def test_an_execution_without_a_name_gets_one(service: LocalStepFunctions) -> None:
    started = service.sfn.start_execution(stateMachineArn=service.machine(chain(wait())))
    assert len(service.describe(started["executionArn"])["name"]) == 36


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"name": "a b"}, "InvalidName"),
        ({"input": "{"}, "InvalidExecutionInput"),
        ({"stateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:none"}, "StateMachineDoesNotExist"),
    ],
)
def test_an_invalid_start_is_refused(service: LocalStepFunctions, parameters: dict[str, str], code: str) -> None:
    machine = {"stateMachineArn": service.machine(chain(wait()))}
    assert refused(service.sfn.start_execution, **machine | parameters) == (code, 400)
    assert service.executions.store.running() == []


def test_ended_executions_are_known_after_a_restart(database: Database) -> None:
    definition = chain(task())
    with step_functions(database, step=lambda event: {"done": True}) as first:
        machine = first.machine(definition)
        ended = first.ended(first.start(machine, number=1))
    with step_functions(database) as second:
        second.machine(definition)
        known = second.describe(ended["executionArn"])
        assert (known["status"], known["output"], known["stopDate"]) == ("SUCCEEDED", '{"done": true}', ended["stopDate"])
        assert names(second.sfn.list_executions(stateMachineArn=machine)) == ["one"]
        assert refused(second.start, machine=machine, number=1) == ("ExecutionAlreadyExists", 400)
        assert refused(second.visited, arn=ended["executionArn"]) == ("ExecutionDoesNotExist", 400)


def test_pages_of_a_list_show_every_execution_once(service: LocalStepFunctions) -> None:
    machine = service.machine(chain(wait()))
    for number in range(5):
        service.start(machine, str(number))
    pages = list(service.sfn.get_paginator("list_executions").paginate(stateMachineArn=machine, PaginationConfig={"PageSize": 2}))
    assert [names(page) for page in pages] == [["4", "3"], ["2", "1"], ["0"]]
    assert refused(service.sfn.list_executions, stateMachineArn=machine, nextToken="any") == ("InvalidToken", 400)


def test_a_list_may_show_one_status(service: LocalStepFunctions) -> None:
    machine = service.machine(chain(wait()))
    stopped = service.start(machine, "stopped")
    service.start(machine, "running")
    service.sfn.stop_execution(executionArn=stopped)
    assert names(service.sfn.list_executions(stateMachineArn=machine, statusFilter="ABORTED")) == ["stopped"]
    assert names(service.sfn.list_executions(stateMachineArn=machine, statusFilter="RUNNING")) == ["running"]


def test_the_history_of_an_ended_execution_is_that_of_its_run(service: LocalStepFunctions) -> None:
    arn = service.start(service.machine(chain(task(), wait(0))))
    service.ended(arn)
    events = service.sfn.get_execution_history(executionArn=arn)["events"]
    kinds = [event["type"] for event in events]
    assert (kinds[0], kinds[-1], service.visited(arn)) == ("ExecutionStarted", "ExecutionSucceeded", ["1", "2"])
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))


def test_an_execution_that_has_yet_to_go_on_has_no_events(database: Database) -> None:
    definition = chain(wait())
    with step_functions(database) as first:
        arn = first.start(first.machine(definition))
    with step_functions(database) as second:
        second.machine(definition)
        assert second.sfn.get_execution_history(executionArn=arn)["events"] == []


def test_old_histories_are_gone(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with step_functions(database, step=lambda event: event) as service:
        monkeypatch.setattr(service.executions, "_histories", histories.Histories(most=1))
        machine = service.machine(chain(task()))
        first, second = (service.start(machine, name) for name in ("first", "second"))
        service.ended(first)
        service.ended(second)
        eventually(lambda: not service.executions._runs)
        gone = [arn for arn in (first, second) if service.executions.history(arn) is None]
        assert len(gone) == 1
        assert refused(service.visited, arn=gone[0]) == ("ExecutionDoesNotExist", 400)


def test_the_machine_of_an_ended_execution_is_known(service: LocalStepFunctions) -> None:
    arn = service.start(service.machine(chain(task())))
    service.ended(arn)
    assert service.sfn.describe_state_machine_for_execution(executionArn=arn)["name"] == "machine"


def test_an_unknown_execution_does_not_exist(service: LocalStepFunctions) -> None:
    arn = service.machine(chain(wait())).replace(":stateMachine:", ":execution:") + ":unknown"
    for operation in ("describe_execution", "get_execution_history", "stop_execution", "describe_state_machine_for_execution"):
        assert refused(getattr(service.sfn, operation), executionArn=arn) == ("ExecutionDoesNotExist", 400)


def test_stopping_an_ended_execution_changes_nothing(service: LocalStepFunctions) -> None:
    arn = service.start(service.machine(chain(task())))
    ended = service.ended(arn)
    assert service.sfn.stop_execution(executionArn=arn)["stopDate"] == ended["stopDate"]
    assert service.describe(arn)["status"] == "SUCCEEDED"


def limit_pages(database: Database, further: int) -> None:
    with database.transaction() as connection:
        ((pages,),) = connection.execute("PRAGMA page_count")
        connection.execute(f"PRAGMA max_page_count = {pages + further}")


def test_a_full_disk_starts_nothing_and_answers_what_sdks_repeat(service: LocalStepFunctions, database: Database) -> None:
    machine = service.machine(chain(wait()))
    limit_pages(database, 0)
    assert refused(service.start, machine=machine, text="x" * 50_000) == ("InternalFailure", 500)
    assert (service.executions.store.running(), service.executions._runs) == ([], {})
    limit_pages(database, 1_000)
    eventually(lambda: service.is_waiting(service.start(machine, text="x" * 50_000), "1"))


def test_a_full_disk_stops_nothing(service: LocalStepFunctions, database: Database) -> None:
    arn = service.start(service.machine(chain(wait())))
    limit_pages(database, 0)
    assert refused(service.sfn.stop_execution, executionArn=arn, cause="x" * 50_000) == ("InternalFailure", 500)
    assert service.describe(arn)["status"] == "RUNNING"


def test_a_start_for_which_there_is_no_thread_is_withdrawn(service: LocalStepFunctions, monkeypatch: pytest.MonkeyPatch) -> None:
    def begin(*given: Any) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(service.executions, "begin", begin)
    assert refused(service.start, machine=service.machine(chain(wait()))) == ("ServiceUnavailable", 503)
    assert service.executions.store.running() == []
