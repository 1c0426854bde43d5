"""Calls at their moments, with a clock of the test."""

import queue
from collections.abc import Iterator

import pytest

from local.aws.step_functions import deadlines as module
from local.aws.step_functions.deadlines import Deadlines
from tests.support.local_service import eventually


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def deadlines(clock: Clock) -> Iterator[Deadlines]:
    made = Deadlines(clock)
    yield made
    made.stop()
    if made._thread:
        made._thread.join()


@pytest.fixture
def called() -> "queue.Queue[str]":
    return queue.Queue()


def put(deadlines: Deadlines, called: "queue.Queue[str]", key: str, moment: float) -> None:
    deadlines.set(key, moment, lambda: called.put(key))


def test_a_moment_that_has_passed_comes_at_once(deadlines: Deadlines, called: "queue.Queue[str]") -> None:
    put(deadlines, called, "late", 50.0)
    assert called.get(timeout=30) == "late"
    assert deadlines._set == {}


def test_an_earlier_moment_does_not_wait_for_a_later_one(deadlines: Deadlines, called: "queue.Queue[str]", clock: Clock) -> None:
    put(deadlines, called, "later", 100_000.0)
    eventually(lambda: deadlines._next_look)
    put(deadlines, called, "earlier", 99.0)
    assert called.get(timeout=30) == "earlier"
    assert called.empty()


def test_a_dropped_moment_never_comes(deadlines: Deadlines, called: "queue.Queue[str]", clock: Clock) -> None:
    put(deadlines, called, "dropped", 100.1)
    put(deadlines, called, "kept", 100.2)
    deadlines.drop("dropped")
    clock.now = 101.0
    assert called.get(timeout=30) == "kept"
    assert called.empty()


def test_the_clock_is_read_again_after_the_machine_has_slept(
    deadlines: Deadlines, called: "queue.Queue[str]", clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LONGEST_WAIT", 0.01)
    put(deadlines, called, "in a week", 700_000.0)
    eventually(lambda: deadlines._next_look)
    clock.now = 700_001.0
    assert called.get(timeout=30) == "in a week"


def test_no_thread_runs_without_a_moment(deadlines: Deadlines) -> None:
    assert deadlines._thread is None
