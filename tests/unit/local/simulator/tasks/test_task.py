"""The state of a task, which depends only on its plan and the clock."""

import json
from random import Random
from statistics import median, quantiles
from typing import Any

import pytest

from local.simulator.contract.options import Options
from local.simulator.contract.validation import read_order
from local.simulator.faults.directives import Directives, read_words
from local.simulator.tasks.task import Plan, Status, Task, draw_id, draw_plan, state_at
from tests.support.simulator_client import any_order


def order(**changes: Any) -> Any:
    return read_order(json.dumps(any_order(**changes)).encode(), Options())


def any_task(plan: Plan, scale: float = 1.0) -> Task:
    return Task("t-1", 1000.0, scale, order(), plan, Directives(), seed=1, body_sha256="")


def dice(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - repeatable on purpose


def plan(words: str = "", options: dict[str, Any] | None = None, seed: int = 1, **changes: Any) -> Plan:
    settings = Options(**(options or {}))
    return draw_plan(order(**changes), read_words(words, "any"), settings, dice(seed))


def test_a_task_ends_exactly_after_queue_and_run() -> None:
    task = any_task(Plan(queue=10, run=40))
    assert state_at(task, 1009.9).status is Status.QUEUED
    assert state_at(task, 1010.0).status is Status.PROCESSING
    assert state_at(task, 1049.9).status is Status.PROCESSING
    assert state_at(task, 1050.0).status is Status.SUCCEED


def test_the_time_scale_applies_to_everything_but_the_eta() -> None:
    task = any_task(Plan(queue=10, run=40), scale=0.1)
    state = state_at(task, 1003.0)
    assert (state.status, state.progress, state.eta) == (Status.PROCESSING, 50, 20)
    assert state_at(task, 1005.0).ended_at == 1005.0


def test_progress_never_decreases_and_reaches_100_only_on_success() -> None:
    task = any_task(Plan(queue=1, run=7))
    shown = [state_at(task, 1000 + tenth / 10).progress for tenth in range(100)]
    assert shown == sorted(shown)
    assert (shown[79], shown[80]) == (98, 100)


def test_run_times_have_the_observed_median_and_95th_percentile() -> None:
    runs = [plan(seed=seed).run for seed in range(4000)]
    assert median(runs) == pytest.approx(50, rel=0.1)
    assert quantiles(runs, n=20)[-1] == pytest.approx(180, rel=0.15)


def test_each_second_beyond_five_adds_four_seconds() -> None:
    assert plan(duration=12).run == pytest.approx(plan(duration=5).run + 28)
    assert plan(duration=4).run == plan(duration=5).run


def test_flex_queues_for_minutes_to_hours() -> None:
    queues = [plan(seed=seed, service_tier="flex").queue for seed in range(500)]
    assert min(queues) >= 600
    assert max(queues) <= 21600
    assert max(plan(seed=seed).queue for seed in range(500)) <= 5


def test_a_directive_overrides_only_its_own_option() -> None:
    chosen = plan("run=3", {"run": 9.0})
    assert chosen.run == 3
    assert chosen.queue == plan().queue
    assert plan(options={"queue": 7.0}).queue == 7


def test_the_same_seed_draws_the_same_plan_and_id() -> None:
    assert plan(seed=5) == plan(seed=5) != plan(seed=6)
    ids = [draw_id(order(), Options(), "", dice(seed)) for seed in (5, 5, 6)]
    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize(("tier", "start"), [("default", "cgt-20260111093015-"), ("flex", "cgt-batch-20260111093015-")])
def test_ids_can_have_the_vendors_format(tier: str, start: str) -> None:
    assert draw_id(order(service_tier=tier), Options(id_form="cgt"), "20260111093015", dice(1)).startswith(start)


@pytest.mark.parametrize(
    ("words", "end", "reason"),
    [
        ("outcome=fail", Status.FAILED, "InternalServiceError"),
        ('outcome=fail:"out of luck"', Status.FAILED, "out of luck"),
        ("outcome=moderated", Status.FAILED, "OutputVideoSensitiveContentDetected:"),
        ("outcome=moderated:InputTextRiskDetection", Status.FAILED, "InputTextRiskDetection:"),
        ("outcome=expired", Status.FAILED, "task expired"),
        ("outcome=expired:failed", Status.FAILED, "task expired"),
        ("outcome=expired:status", Status.EXPIRED, ""),
        ("outcome=cancelled", Status.CANCELED, ""),
        ("outcome=cancelled:failed", Status.FAILED, "task cancelled"),
        ("outcome=succeed", Status.SUCCEED, ""),
    ],
)
def test_an_outcome_can_be_requested(words: str, end: Status, reason: str) -> None:
    chosen = plan(words)
    assert chosen.end is end
    assert chosen.reason.startswith(reason)


@pytest.mark.parametrize("word", ["forbidden-video", "forbidden-audio", "forbidden-person"])
def test_moderated_words_fail_the_task_later_with_the_vendors_code(word: str) -> None:
    chosen = plan(prompt=f"A {word}, running.")
    assert chosen.end is Status.FAILED
    assert "SensitiveContentDetected" in chosen.reason


def test_a_task_expires_at_its_own_limit_on_the_simulated_clock() -> None:
    late = plan("queue=3000 run=1000", execution_expires_after=3600)
    assert (late.total, late.end, late.reason) == (3600, Status.FAILED, "task expired")
    in_queue = plan("queue=9000 run=1000", {"expiry": "status"}, execution_expires_after=3600)
    assert (in_queue.queue, in_queue.run, in_queue.end) == (3600, 0, Status.EXPIRED)
    assert plan("queue=3000 run=600", execution_expires_after=3600).end is Status.SUCCEED


def test_a_never_ending_task_exceeds_its_limit() -> None:
    state = state_at(any_task(plan("outcome=never queue=1")), 1000 + 10**7)
    assert (state.status, state.progress) == (Status.PROCESSING, 99)
