"""What two requests at once may do to the same task."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from local.simulator.contract.images import Picture
from local.simulator.contract.options import Options
from local.simulator.contract.validation import read_order
from local.simulator.faults.directives import Directives
from local.simulator.tasks.journal import Journal
from local.simulator.tasks.ledger import Ledger
from local.simulator.tasks.table import TaskTable
from local.simulator.tasks.task import Plan, Task
from local.state.database import Database
from tests.support.simulator_client import any_order


@pytest.fixture(name="journal")
def journal_in_memory() -> Iterator[Journal]:
    with closing(Database(None)) as database:
        yield Journal(database, lambda: 0.0)


@pytest.fixture(name="table")
def table_of(journal: Journal) -> TaskTable:
    return TaskTable(journal)


def accepted(journal: Journal, table: TaskTable) -> Task:
    order = replace(read_order(json.dumps(any_order()).encode(), Options()), image=Picture(file="picture-1"))
    task = Task("t-1", 1.0, 1.0, order, Plan(1, 2), Directives(), seed=1, body_sha256="", number=1, film_until=100.0, forgotten_at=50.0)
    with journal.transaction() as connection:
        Ledger(journal).accept(connection, task, "success")
        table.add(connection, task)
    return task


def test_the_first_of_two_signatures_at_once_is_the_only_one(journal: Journal, table: TaskTable) -> None:
    task = accepted(journal, table)
    assert [table.sign_once(task, now) for now in (10.0, 20.0)] == [10.0, 10.0]


def test_only_one_of_two_downloads_at_once_releases_the_pictures(journal: Journal, table: TaskTable) -> None:
    task = accepted(journal, table)
    assert table.pictures() == ["picture-1"]
    assert [table.record_film(task, "ab") for _ in range(2)] == [["picture-1"], []]
    assert table.pictures() == []


def test_a_task_is_found_as_it_has_become(journal: Journal, table: TaskTable) -> None:
    task = accepted(journal, table)
    table.sign_once(task, 10.0)
    table.note_end_reported(task)
    table.record_film(task, "ab")
    order = replace(task.order, prompt="")
    assert table.find("t-1") == replace(task, order=order, signed_at=10.0, end_reported=True, video_sha256="ab")
    assert table.find("t-2") is None
