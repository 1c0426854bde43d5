"""Counts are written with the next answer, and never lost by a failure to write them."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from local.simulator.tasks.journal import Journal
from local.state.database import Database, StorageError


class Ticking:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(name="clock")
def clock_at_zero() -> Ticking:
    return Ticking()


@pytest.fixture(name="path")
def path_of_a_file(tmp_path: Path) -> Path:
    return tmp_path / "state.sqlite"


@pytest.fixture(name="database")
def open_database(path: Path) -> Iterator[Database]:
    with closing(Database(path)) as database:
        yield database


@pytest.fixture(name="journal")
def open_journal(database: Database, clock: Ticking) -> Journal:
    return Journal(database, clock)


def on_disk(path: Path) -> dict[str, int]:
    with closing(sqlite3.connect(path)) as other:
        return dict(other.execute("SELECT name, times FROM simulator_counts").fetchall())


def test_an_urgent_count_is_on_disk_before_the_answer(journal: Journal, path: Path) -> None:
    journal.count("count", "posts", urgent=True)
    assert on_disk(path) == {}
    journal.settle()
    assert on_disk(path) == {"posts": 1}


def test_other_counts_wait_for_a_second_at_most(journal: Journal, path: Path, clock: Ticking) -> None:
    journal.count_of_task("polls", 1)
    clock.now = 0.9
    journal.settle()
    assert on_disk(path) == {}
    clock.now = 1.0
    journal.settle()
    assert on_disk(path) == {"polls": 1}


def test_whatever_is_written_takes_the_counts_along(journal: Journal, path: Path) -> None:
    journal.count_of_task("polls", 1)
    with journal.transaction():
        pass
    assert on_disk(path) == {"polls": 1}


def _fail(journal: Journal) -> None:
    with journal.transaction():
        raise LookupError


def test_a_failure_keeps_the_counts_for_the_next_time(journal: Journal, path: Path) -> None:
    journal.count("count", "posts", urgent=True)
    with pytest.raises(LookupError):
        _fail(journal)
    journal.count("count", "posts", urgent=True)
    journal.settle()
    assert on_disk(path) == {"posts": 2}


def _limit(database: Database, pages: int) -> None:
    with database.transaction() as connection:
        ((used,),) = connection.execute("PRAGMA page_count")
        connection.execute(f"PRAGMA max_page_count = {used + pages}")


def test_a_full_disk_keeps_the_counts_and_refuses_no_answer_for_them(journal: Journal, database: Database, path: Path) -> None:
    _limit(database, 0)
    name = "x" * 10_000
    journal.count("refused", name, urgent=True)
    journal.settle()
    with pytest.raises(StorageError):
        _write(journal)
    assert on_disk(path) == {}
    _limit(database, 100)
    _write(journal)
    assert on_disk(path) == {name: 1}


def _write(journal: Journal) -> None:
    with journal.transaction():
        pass
