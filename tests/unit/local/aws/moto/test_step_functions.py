"""The changes to moto's interpreter, and the existence of every patched name."""

import inspect
from types import SimpleNamespace
from typing import Any

import pytest
from moto.events.models import EventPattern
from moto.sns.models import Subscription
from moto.stepfunctions.models import StepFunctionBackend
from moto.stepfunctions.parser.asl.component.eval_component import EvalComponent
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventManager

from local.aws.moto import patches
from local.aws.moto.step_functions import ScaledTime, cached_parse, scaled_wait


@pytest.mark.parametrize("key", sorted(patches.PATCHED))
def test_every_patched_name_of_moto_still_exists(key: str) -> None:
    holder, name, value = patches.find(key)
    assert name in vars(holder)
    assert value is not None


def test_every_other_internal_name_of_moto_that_is_used_still_exists() -> None:
    assert callable(EventPattern.load)
    assert callable(EventPattern.matches_event)
    assert callable(Subscription._parse_message_structure)
    assert "_filter_policy_matcher" in inspect.getsource(Subscription.__init__)
    assert "program_state_event" in inspect.getsource(Environment.__init__)
    assert callable(Environment.is_running)
    assert hasattr(patches.find("retry")[2], "sleep")
    assert callable(patches.find("wait")[0]._get_wait_seconds)
    assert callable(patches.find("thread")[0]._execution_logic)
    assert callable(EvalComponent.eval)
    assert "_history_event_list" in inspect.getsource(EventManager.__init__)
    assert callable(StepFunctionBackend._validate_name)
    assert callable(StepFunctionBackend._validate_execution_arn)


def test_a_wait_is_reported_when_it_begins() -> None:
    waiting = FakeWait(0)
    waiting.evaluate(1.0)
    assert waiting.reported == [waiting]


class FakeWait:
    """A Wait state and its environment, with a clock that advances only during waits."""

    def __init__(self, seconds: float) -> None:
        self.now = 100.0
        self.waited: list[float] = []
        self.reported: list[Any] = []
        self.running = True
        self.program_state_event = SimpleNamespace(wait=self._wait)
        self.state = SimpleNamespace(_get_wait_seconds=lambda env: seconds)

    def _wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.now += seconds

    def is_running(self) -> bool:
        return self.running

    def evaluate(self, scale: float) -> None:
        scaled_wait(scale, self.reported.append, lambda: self.now)(self.state, self)


def test_a_wait_is_scaled_without_rounding_to_seconds() -> None:
    waiting = FakeWait(7)
    waiting.evaluate(0.05)
    assert sum(waiting.waited) == pytest.approx(0.35)


def test_a_wait_continues_after_an_interruption_of_a_running_execution() -> None:
    waiting = FakeWait(10)
    waiting.program_state_event.wait = lambda seconds: waiting._wait(min(seconds, 0.4))
    waiting.evaluate(0.1)
    assert sum(waiting.waited) == pytest.approx(1.0)


def test_a_wait_ends_when_the_execution_is_stopped() -> None:
    waiting = FakeWait(1000)

    def stop(seconds: float) -> None:
        waiting.running = False

    waiting.program_state_event.wait = stop
    waiting.evaluate(1.0)
    assert not waiting.is_running()


def test_a_retry_delay_is_scaled() -> None:
    slept: list[float] = []
    ScaledTime(0.05, slept.append).sleep(3)
    assert slept == [pytest.approx(0.15)]


def test_a_definition_is_parsed_once() -> None:
    parsed: list[str] = []

    def parse(definition: str) -> object:
        parsed.append(definition)
        return object()

    cached = cached_parse(parse)
    assert cached("{}") is cached("{}")
    assert parsed == ["{}"]
