"""A simulated client hears one answer to each of its requests."""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from tests.simulation.actors.readers import Readers
from tests.simulation.actors.requests import PATIENCE, ask
from tests.simulation.runtime.clock import Timeline

Data = dict[str, Any]
Answered = Callable[[Data | None, str | None], None]


@pytest.fixture
def timeline() -> Timeline:
    return Timeline(1_000.0)


def test_a_second_answer_is_heard_by_nobody(timeline: Timeline) -> None:
    heard: list[Data | None] = []

    def twice(event: Data, answered: Answered) -> None:
        answered({"statusCode": 200}, None)
        timeline.after(PATIENCE * 40, lambda: answered({"statusCode": 404}, None))

    ask(timeline, twice, {}, heard.append)
    timeline.run()
    assert heard == [{"statusCode": 200}]


def test_a_request_without_an_answer_is_given_up(timeline: Timeline) -> None:
    heard: list[tuple[float, Data | None]] = []
    ask(timeline, lambda event, answered: None, {}, lambda answer: heard.append((timeline.now, answer)))
    timeline.run()
    assert heard == [(1_000.0 + PATIENCE, None)]


def test_readers_stay_as_many_as_they_are(timeline: Timeline) -> None:
    """A frozen function is given up, thaws, and answers after all: the reader that goes on is still one."""
    asked: list[float] = []

    def thawing(event: Data, answered: Answered) -> None:
        asked.append(timeline.now)
        timeline.after(29, lambda: answered(None, "Sandbox.Timedout"))
        timeline.after(600, lambda: answered({"statusCode": 503}, None))

    Readers(timeline, Random(1), thawing, lambda rule, what: None).watch("vid_1", "key")  # noqa: S311
    timeline.run(lambda: timeline.now > 1_000 + 48 * 3_600)
    # Pauses of 910 seconds on average.
    assert len(asked) < 48 * 3_600 / 910 * 1.3
