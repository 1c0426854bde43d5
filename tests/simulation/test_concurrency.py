"""An account runs so many sandboxes at once, and each new one takes its time before the handler is called."""

from random import Random
from typing import Any

import pytest

from tests.simulation.faults.mean_aws import INIT, KEPT_WARM
from tests.simulation.runtime.clock import Timeline
from tests.simulation.runtime.concurrency import Concurrency
from tests.simulation.runtime.lambda_service import DELIVERIES, Delivery, Functions
from tests.simulation.runtime.processes import Stage, Strand

Heard = list[tuple[float, Any]]


class _Handlers:
    """Sandboxes whose handlers take ten seconds."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def take(self, step: str) -> Any:
        return self

    def give_back(self, step: str, module: Any, *, died: bool) -> None:
        """Nothing is kept."""

    def handler(self, event: Any, context: Any) -> float:
        begun = self._stage.timeline.now
        self._stage.pause(10)
        return begun


def _functions(most: int | None) -> tuple[Functions, Timeline]:
    timeline, rng = Timeline(0.0), Random(1)  # noqa: S311 - no secret
    stage = Stage(timeline)
    functions = Functions(stage, rng, _Handlers(stage), 0.0, DELIVERIES, lambda: False)  # type: ignore[arg-type]
    functions.concurrency = Concurrency(lambda: timeline.now, rng, most)
    return functions, timeline


def _invoke(functions: Functions, timeline: Timeline, times: int = 1) -> Heard:
    heard: Heard = []
    for _ in range(times):
        functions.invoke("poll", {}, lambda answer, error: heard.append((timeline.now, error or answer)))
    timeline.run()
    return heard


def test_a_new_sandbox_begins_before_its_handler_and_a_warm_one_at_once() -> None:
    functions, timeline = _functions(None)
    ((ended, begun),) = _invoke(functions, timeline)
    assert INIT[0] <= begun <= INIT[1]
    assert ended == begun + 10
    assert [answer for _, answer in _invoke(functions, timeline)] == [ended]


def test_an_idle_sandbox_is_kept_for_a_while() -> None:
    functions, timeline = _functions(None)
    _invoke(functions, timeline)
    asked = timeline.now + KEPT_WARM[1]
    timeline.at(asked, lambda: None)
    timeline.run()
    ((_, begun),) = _invoke(functions, timeline)
    assert begun >= asked + INIT[0]


def test_an_account_throttles_what_finds_no_sandbox() -> None:
    functions, timeline = _functions(2)
    heard = [what for _, what in _invoke(functions, timeline, times=3)]
    assert heard[0] == "Lambda.TooManyRequestsException"
    assert len(heard) == 3
    assert functions.invoked["poll"] == 2
    assert len(_invoke(functions, timeline, times=2)) == 2
    assert functions.invoked["poll"] == 4


def test_an_account_throttles_invocations_beyond_ten_a_second_for_each_sandbox() -> None:
    concurrency = Concurrency(lambda: 0.0, Random(1), 2)  # noqa: S311 - no secret
    assert [concurrency.seconds_to_begin("poll") is not None for _ in range(21)] == [True] * 20 + [False]


def test_a_sandbox_that_was_given_up_counts_no_longer_and_is_not_kept() -> None:
    concurrency = Concurrency(lambda: 0.0, Random(1), 1)  # noqa: S311 - no secret
    strand = Strand("poll", lambda: None, 0.0)
    concurrency.take(strand)
    assert concurrency.seconds_to_begin("poll") is None
    concurrency.give_back(strand)
    concurrency.give_back(strand, died=False)  # a frozen process goes on
    assert concurrency.seconds_to_begin("poll") != 0.0


@pytest.mark.parametrize("delivery", [Delivery.STARTED_LATE, Delivery.TWICE, Delivery.ANSWER_LOST])
def test_every_way_of_delivery_needs_a_sandbox(delivery: Delivery) -> None:
    functions, timeline = _functions(1)
    functions._rate, functions._kinds, functions._weights = 1.0, [delivery], [1.0]
    busy = Strand("archive", lambda: None, 0.0)
    functions.concurrency.take(busy)
    assert {what for _, what in _invoke(functions, timeline)} <= {"Lambda.TooManyRequestsException", "Lambda.SdkClientException"}
    assert functions.invoked["poll"] == 0
