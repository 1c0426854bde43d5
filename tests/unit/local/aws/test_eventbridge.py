"""Schedules, event patterns and asynchronous retries."""

import json
import queue
from datetime import UTC, datetime
from typing import Any

import pytest

from local.aws.eventbridge import EventBus, Scheduler, rate_seconds
from local.aws.step_functions.events import status_change
from local.aws.step_functions.store import StoredExecution
from local.lambda_runtime.invoker import Invoker
from local.lambda_runtime.sandbox import InvocationResult, failure
from local.stack.context import AsyncInvokeConfig, Rule
from local.stack.template import TemplateError

SWEEP = "arn:aws:lambda:us-east-1:123456789012:function:sweep"

RED = json.dumps(
    {
        "source": ["aws.states"],
        "detail-type": ["Step Functions Execution Status Change"],
        "detail": {"status": ["FAILED", "TIMED_OUT", "ABORTED"], "stateMachineArn": ["arn:machine"]},
    }
)


def rule(pattern: str | None = None, schedule: str | None = None, **target: str) -> Rule:
    return Rule("arn:rule", pattern, schedule, [{"Arn": SWEEP, "Id": "1", **target}])


def end(status: str, machine: str = "arn:machine") -> dict[str, Any]:
    data = json.dumps({"video_id": "vid_1", "run": 1})
    execution = StoredExecution("arn:execution", machine, "vid_1-1", data, datetime.now(UTC), status, error="UnknownNext")
    return status_change(execution)


def sent(rules: list[Rule], event: dict[str, Any]) -> list[tuple[str, Any]]:
    invoked: list[tuple[str, Any]] = []
    EventBus(rules, lambda name, event: invoked.append((name, event))).publish(event)
    return invoked


@pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT", "ABORTED"])
def test_a_failed_execution_invokes_the_function_of_the_matching_rule(status: str) -> None:
    ((name, event),) = sent([rule(RED)], end(status))
    assert name == "sweep"
    assert event["detail"]["name"] == "vid_1-1"
    assert event["detail"]["executionArn"] == "arn:execution"
    assert json.loads(event["detail"]["input"]) == {"video_id": "vid_1", "run": 1}


def test_an_event_without_a_matching_rule_invokes_nothing() -> None:
    assert sent([rule(RED)], end("SUCCEEDED")) == []
    assert sent([rule(RED)], end("FAILED", machine="arn:another")) == []
    assert sent([rule(schedule="rate(1 minute)")], end("FAILED")) == []


def test_a_target_gets_its_own_input_instead_of_the_event() -> None:
    assert sent([rule(RED, Input='{"a": 1}')], end("FAILED")) == [("sweep", {"a": 1})]


@pytest.mark.parametrize(
    ("expression", "seconds"), [("rate(1 minute)", 60), ("rate(5 minutes)", 300), ("rate(2 hours)", 7200), ("rate(1 day)", 86400)]
)
def test_a_rate_is_parsed(expression: str, seconds: int) -> None:
    assert rate_seconds(expression) == seconds


@pytest.mark.parametrize("expression", ["cron(0 12 * * ? *)", "rate(1 second)", "often"])
def test_another_kind_of_schedule_is_reported(expression: str) -> None:
    with pytest.raises(TemplateError, match="rate"):
        rate_seconds(expression)


def test_a_scheduled_rule_runs_until_the_scheduler_is_stopped() -> None:
    ticks: queue.Queue[tuple[str, Any]] = queue.Queue()
    clock = Scheduler([rule(schedule="rate(1 minute)")], lambda name, event: ticks.put((name, event)), 0.0001)
    clock.start()
    first, second = ticks.get(timeout=30), ticks.get(timeout=30)
    clock.stop()
    assert first[0] == second[0] == "sweep"
    assert first[1]["detail-type"] == "Scheduled Event"
    while not ticks.empty():
        ticks.get()
    assert not clock._thread.is_alive()


def test_the_first_tick_is_at_once_on_demand() -> None:
    ticks: queue.Queue[tuple[str, Any]] = queue.Queue()
    clock = Scheduler([rule(schedule="rate(1 day)")], lambda name, event: ticks.put((name, event)), 1.0, first_tick_at_once=True)
    clock.start()
    assert ticks.get(timeout=30)[0] == "sweep"
    clock.stop()
    assert ticks.empty()


class FakePool:
    """Fails a given number of times, then succeeds."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.calls: queue.Queue[str] = queue.Queue()

    def invoke(self, name: str, event: str) -> InvocationResult:
        self.calls.put(event)
        self.failures -= 1
        return failure("KeyError", "again") if self.failures >= 0 else InvocationResult("{}")


def invoker(pool: FakePool, retries: int, scale: float = 0.0) -> tuple[Invoker, "queue.Queue[tuple[str, str]]"]:
    given_up: queue.Queue[tuple[str, str]] = queue.Queue()
    settings = {"sweep": AsyncInvokeConfig(retries, "arn:queue")}

    def send(arn: str, body: str) -> None:
        given_up.put((arn, body))

    return Invoker(pool, settings, send, lambda *args: None, scale), given_up  # type: ignore[arg-type]


def test_a_failed_asynchronous_invocation_is_retried() -> None:
    pool = FakePool(failures=2)
    made, given_up = invoker(pool, retries=2)
    made.invoke_later("sweep", {"a": 1})
    assert [json.loads(pool.calls.get(timeout=30)) for _ in range(3)] == [{"a": 1}] * 3
    assert given_up.empty()


def test_an_event_with_exhausted_retries_goes_to_the_failure_queue() -> None:
    pool = FakePool(failures=9)
    made, given_up = invoker(pool, retries=1)
    made.invoke_later("sweep", {"a": 1})
    arn, body = given_up.get(timeout=30)
    assert arn == "arn:queue"
    assert json.loads(body)["requestPayload"] == {"a": 1}
    assert pool.calls.qsize() == 2


def test_a_stopped_service_ends_its_retries() -> None:
    pool = FakePool(failures=9)
    made, given_up = invoker(pool, retries=2, scale=1.0)
    made.stop()
    made._invoke_with_retries("sweep", {})
    assert pool.calls.qsize() == 1
    assert given_up.empty()
