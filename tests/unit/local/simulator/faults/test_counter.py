"""How often a fault applies, also across a restart."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from local.simulator.faults.counter import FaultCounter, prompt_scope
from local.simulator.faults.directives import Fault, read_words
from local.simulator.tasks.journal import Journal
from local.state.database import Database


@pytest.fixture(name="journal")
def journal_in_memory() -> Iterator[Journal]:
    with closing(Database(None)) as database:
        yield Journal(database, lambda: 0.0)


def only(text: str) -> Fault:
    (fault,) = read_words(text, "any").faults
    return fault


def test_a_fault_applies_as_often_as_its_count_in_each_scope(journal: Journal) -> None:
    tally, fault = FaultCounter(journal), only("poll=404:2")
    assert [tally.applies(fault, "t-1", age=0) for _ in range(3)] == [True, True, False]
    assert tally.applies(fault, "t-2", age=0)


def test_a_fault_with_seconds_applies_while_its_scope_is_younger(journal: Journal) -> None:
    tally, fault = FaultCounter(journal), only("poll=404:2s")
    assert [tally.applies(fault, "t-1", age) for age in (0, 1.9, 2, 3)] == [True, True, False, False]


def test_equal_faults_are_used_up_in_turn(journal: Journal) -> None:
    tally = FaultCounter(journal)
    faults = read_words("poll=404 poll=500 poll=404", "any").at("poll")
    struck = [tally.first(faults, "t-1", 0) for _ in range(4)]
    assert [fault and fault.name for fault in struck] == ["404", "500", "404", None]


def test_an_accepted_prompt_restarts_its_faults_and_its_age(journal: Journal) -> None:
    tally, fault, scope = FaultCounter(journal), only("create=429"), prompt_scope("A lighthouse.")
    assert (tally.first_seen("A lighthouse.", 1.0), tally.first_seen("A lighthouse.", 5.0)) == (1.0, 1.0)
    assert [tally.applies(fault, scope, 0) for _ in range(2)] == [True, False]
    with journal.transaction() as connection:
        tally.forget_prompt(connection, "A lighthouse.")
    assert tally.applies(fault, scope, 0)
    assert tally.first_seen("A lighthouse.", 7.0) == 7.0


def test_a_prompt_that_was_never_accepted_is_forgotten_in_time(journal: Journal) -> None:
    tally, fault = FaultCounter(journal), only("create=429")
    for prompt, moment in (("old", 1.0), ("new", 9.0)):
        tally.first_seen(prompt, moment)
        tally.applies(fault, prompt_scope(prompt), 0)
    tally.forget_prompts_before(5.0)
    assert [tally.applies(fault, prompt_scope(prompt), 0) for prompt in ("old", "new")] == [True, False]


def test_counts_are_the_same_after_a_restart(tmp_path: Path) -> None:
    fault = only("poll=404:3")
    applied = []
    for _ in range(2):
        with closing(Database(tmp_path / "state.sqlite")) as database:
            tally = FaultCounter(Journal(database, lambda: 0.0))
            applied += [tally.applies(fault, "t-1", 0) for _ in range(2)]
    assert applied == [True, True, True, False]
