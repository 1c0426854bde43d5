"""Whole runs: many videos, many clients, every fault at once."""

import threading
import time
from datetime import datetime

import pytest

from tests.simulation.crash_sweep import live
from tests.simulation.faults.outages import Weather
from tests.simulation.fixture import simulated_product
from tests.simulation.leak_check import Output
from tests.simulation.runs import run
from tests.simulation.runtime.environment import product_modules
from tests.simulation.scenarios import Scenario
from tests.simulation.upstream.ledger import Fate
from tests.simulation.workers import in_this_process
from tests.simulation.world import START, Settings

__all__ = ["simulated_product"]


def test_the_same_seed_leads_the_same_run(output: Output) -> None:
    first, second = (run(Settings(8, videos=10), output) for _ in range(2))
    assert first.digest == second.digest
    assert first.counts == second.counts
    assert run(Settings(9, videos=10), output).digest != first.digest


def test_no_module_of_the_product_meets_the_machines_own_time_or_threads(output: Output) -> None:
    machine = (time, datetime, threading.Thread, threading.Timer)
    met = [f"{module.__name__}.{name}" for module in product_modules() for name, part in vars(module).items() if part in machine]
    assert met == []


def test_the_short_path_through_a_client_leads_the_same_run_as_the_whole_one() -> None:
    with in_this_process() as output:
        short = run(Settings(9, videos=25), output)
    with in_this_process(whole=True) as output:
        whole = run(Settings(9, videos=25), output)
    assert short.digest == whole.digest
    assert short.counts == whole.counts


def test_every_video_ends_as_the_upstream_made_it_while_nothing_goes_wrong(output: Output) -> None:
    result = run(Settings(1, videos=30, rate=0.0), output)
    # Canceled before their submit; such a cancel starts another execution, which tells of the end.
    unpaid = result.counts["outcomes"]["canceled, billed: no"]
    assert (result.videos, result.paid + unpaid, result.violations) == (30, 30, [])
    assert not result.counts["faults"]
    assert result.counts["executions"] == {"SUCCEEDED": 30 + unpaid}
    assert "failed: outcome_unknown" not in result.counts["outcomes"]


@pytest.mark.parametrize("seed", [101, 102, 103, 105, 106, 111])
def test_no_rule_is_broken_with_a_tenth_of_all_calls_disturbed(output: Output, seed: int) -> None:
    result = run(Settings(seed, videos=25), output)
    assert result.violations == []
    assert result.counts["faults"].total() > 100
    assert result.videos > 10  # budgets refuse the others


def test_the_first_answers_after_half_a_day_of_silence_may_end_a_video(output: Output) -> None:
    silence = Weather({"upstream for long": [(START + 20, START + 43_000)]})
    tried = live(Scenario("silence", fate=Fate.NO_LINK, weather=silence), {}, output)
    assert (tried.outcome, tried.violations) == ("failed: missing_output", [])
