"""What the database knows about executions."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from local.aws.step_functions.store import RETENTION, End, ExecutionStore, NameTaken, StoredExecution
from local.state.database import Database, StorageError

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
MACHINE = "arn:machine"


def execution(name: str = "one", **changes: object) -> StoredExecution:
    # A second later than the one before in the alphabet, to the microsecond.
    started = NOW + timedelta(seconds=ord(name[0]), microseconds=123_457)
    return replace(StoredExecution(f"arn:{name}", MACHINE, name, '{"a": 1}', started), **changes)  # type: ignore[arg-type]


def end(status: str = "SUCCEEDED", at: datetime = NOW) -> End:
    return End(status, at, output='{"b": 2}', error="E", cause="C")


class Clock:
    now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database() -> Iterator[Database]:
    with closing(Database(None)) as opened:
        yield opened


@pytest.fixture
def store(database: Database, clock: Clock) -> ExecutionStore:
    return ExecutionStore(database, clock)


def test_starts_and_ends_outlive_the_service(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    with closing(Database(path)) as database:
        store = ExecutionStore(database)
        store.begin(execution("a"))
        store.begin(execution("b"))
        store.end("arn:b", end(at=datetime.now(UTC)))
        known = store.find("arn:b")
    with closing(Database(path)) as database:
        again = ExecutionStore(database)
        assert again.running() == [execution("a")]
        assert again.find("arn:b") == known


def test_a_start_with_the_same_name_and_input_is_the_execution_that_runs(store: ExecutionStore) -> None:
    first = store.begin(execution())
    again = execution(start_date=NOW + timedelta(hours=1))
    assert store.begin(again) == first
    assert store.begin(again) is not again


def test_a_name_is_taken_by_another_input_and_after_the_end(store: ExecutionStore) -> None:
    store.begin(execution())
    with pytest.raises(NameTaken):
        store.begin(execution(execution_input='{"a": 2}'))
    store.end("arn:one", end())
    with pytest.raises(NameTaken):
        store.begin(execution())


def test_ninety_days_after_its_end_an_execution_is_forgotten_and_its_name_is_free(store: ExecutionStore, clock: Clock) -> None:
    store.begin(execution())
    store.end("arn:one", end())
    clock.now = NOW + RETENTION
    assert store.find("arn:one")
    clock.now += timedelta(seconds=1)
    assert store.find("arn:one") is None
    assert store.page(MACHINE, None, 10) == []
    assert store.begin(execution()).status == "RUNNING"


def test_what_ended_long_ago_is_deleted_and_what_runs_is_not(store: ExecutionStore, database: Database, clock: Clock) -> None:
    for name in ("a", "b"):
        store.begin(execution(name))
    store.end("arn:a", end())
    clock.now = NOW + RETENTION + timedelta(days=1)
    store.begin(execution("c"))
    with database.transaction() as connection:
        assert connection.execute("SELECT execution_arn FROM executions ORDER BY 1").fetchall() == [("arn:b",), ("arn:c",)]


def test_an_execution_ends_once(store: ExecutionStore) -> None:
    store.begin(execution())
    ended = store.end("arn:one", end("ABORTED"))
    assert ended
    assert (ended.status, ended.stop_date, ended.output, ended.error, ended.cause) == ("ABORTED", NOW, '{"b": 2}', "E", "C")
    assert store.end("arn:one", end("SUCCEEDED")) is None
    assert store.find("arn:one") == ended


def test_an_unknown_execution_cannot_end(store: ExecutionStore) -> None:
    assert store.end("arn:unknown", end()) is None


def test_what_runs_is_listed_in_the_order_of_the_starts(store: ExecutionStore) -> None:
    for name in ("c", "a", "d", "b"):
        store.begin(execution(name))
    store.end("arn:b", end())
    assert [each.name for each in store.running()] == ["a", "c", "d"]


def test_a_page_has_the_latest_executions_of_one_machine(store: ExecutionStore) -> None:
    for name in ("a", "b", "c"):
        store.begin(execution(name))
    store.begin(execution("d", state_machine_arn="arn:another"))
    assert [each.name for each in store.page(MACHINE, None, 2)] == ["c", "b"]
    last = execution("b")
    assert [each.name for each in store.page(MACHINE, None, 2, (last.start_date.timestamp(), "arn:b"))] == ["a"]


def test_pages_lose_nothing_that_started_at_the_same_time(store: ExecutionStore) -> None:
    for name in ("a", "b", "c"):
        store.begin(execution(name, start_date=NOW))
    first = store.page(MACHINE, None, 1)
    rest = store.page(MACHINE, None, 5, (NOW.timestamp(), first[0].execution_arn))
    assert [each.name for each in first + rest] == ["c", "b", "a"]


def test_a_page_may_have_one_status_only(store: ExecutionStore) -> None:
    for name in ("a", "b", "c"):
        store.begin(execution(name))
    store.end("arn:b", end("FAILED"))
    assert [each.name for each in store.page(MACHINE, "FAILED", 5)] == ["b"]
    assert [each.name for each in store.page(MACHINE, "RUNNING", 5)] == ["c", "a"]


def test_a_withdrawn_start_has_never_been(store: ExecutionStore) -> None:
    store.begin(execution())
    store.withdraw("arn:one")
    assert store.running() == []


def test_a_start_that_a_full_disk_refuses_is_not_stored(store: ExecutionStore, database: Database) -> None:
    with database.transaction() as connection:
        ((pages,),) = connection.execute("PRAGMA page_count")
        connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StorageError, match="full"):
        store.begin(execution(execution_input="x" * 10_000))
    assert store.running() == []
