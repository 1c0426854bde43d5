"""A fault that lasts two hours rings within the third: a slice of what `make alarms` tries."""

import pytest

from tests.simulation.alarms.board import template_alarms
from tests.simulation.alarms.long_faults import FAULTS, QUIET, LongFault, named
from tests.simulation.alarms.outages import judge_outages
from tests.simulation.alarms.trial import ONE, ring
from tests.simulation.faults.outages import HOUR, Weather
from tests.simulation.fixture import simulated_product
from tests.simulation.leak_check import Output
from tests.simulation.scenarios import Scenario
from tests.simulation.upstream.ledger import Fate
from tests.simulation.world import START, Settings, World, living_in

__all__ = ["simulated_product"]

# One of each kind: a service, a function, the upstream, the schedule; and each alarm that a fault rings first.
SLICE = {
    "api: dynamodb denied": "ApiErrorsAlarm",
    "submit: s3 denied": "StepErrorsAlarm",
    "poll: does not import": "StepErrorsAlarm",
    "archive: s3 denied": "StepErrorsAlarm",
    "archive: Lambda throttled": "ThrottlesAlarm",
    "archive: killed by its time-out": "StuckAlarm",
    "notify: sns denied": "StepErrorsAlarm",
    "sweep: dynamodb throttled": "SweepErrorsAlarm",
    "api and sweep: sfn DescribeExecution throttled": "StuckAlarm",
    "upstream: no connection": "StuckAlarm",
    "upstream: pays get 402": "BreakerOpenAlarm",
    "upstream: polls get 502": "StuckAlarm",
    "upstream: links answer 403": "RefusedVideosAlarm",
    "executions end red": "RunsFailedAlarm",
    "schedule: no ticks": "SweepSilentAlarm",
    "schedule: the lease is always taken": "SweepSilentAlarm",
}
# Steps of all kinds; each fails too slowly or too rarely for the alarm on errors in some deployment.
FAILING = ("submit: s3 denied", "poll: does not import", "archive: s3 denied", "notify: sns denied")


@pytest.mark.parametrize(("name", "alarm"), SLICE.items())
def test_a_fault_of_two_hours_rings_within_the_third(output: Output, name: str, alarm: str) -> None:
    rang = ring(named(name), ONE, output)
    assert rang.hours is not None
    assert (0 < rang.hours <= 3, rang.alarm) == (True, alarm)


@pytest.mark.parametrize("name", FAILING)
def test_a_step_that_fails_is_stuck_even_if_nobody_counts_its_errors(output: Output, name: str) -> None:
    assert ring(named(name), ONE, output, only=("StuckAlarm",)).hours is not None


def test_nothing_rings_without_a_fault(output: Output) -> None:
    assert ring(LongFault("none", lambda world, is_on: None), ONE, output).hours is None


def test_every_fault_that_may_be_quiet_is_one_of_the_list() -> None:
    assert QUIET.keys() <= {fault.name for fault in FAULTS}


def _outage_of_the_upstream(output: Output, alarms: tuple[str, ...]) -> list[str]:
    world = World(Settings(1, videos=1, clients=8, rate=0.0, length=0.0))
    scenario = Scenario("silence", fate=Fate.NEVER, weather=Weather({"upstream for long": [(START + 600, START + 600 + 3 * HOUR)]}))
    with living_in(world, output):
        scenario.arrange(world)
        world.sweeping.start()
        world.timeline.run(lambda: world.now() > START + 4 * HOUR)
        first_ring = world.board.first_ring
        world.board.first_ring = lambda start, end, only=(): first_ring(start, end, alarms)  # type: ignore[method-assign]
        judge_outages(world)
    return world.records.violations


def test_an_outage_that_stops_a_video_and_rings_nothing_is_a_violation(output: Output) -> None:
    assert _outage_of_the_upstream(output, tuple(alarm.name for alarm in template_alarms())) == []
    (violation,) = _outage_of_the_upstream(output, ("UnconfirmedVideosAlarm",))
    assert violation.startswith("rings: upstream for long was out for 3.0 h")
