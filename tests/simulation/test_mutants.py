"""The oracle bites: products that are wrong on purpose are caught, each by the rule that it breaks."""

import pytest

from tests.simulation.checks.invariants import judge
from tests.simulation.crash_sweep import AFTER, live
from tests.simulation.fixture import simulated_product
from tests.simulation.late_answers import PAST_GRACE, THINKS, poll_ahead
from tests.simulation.leak_check import Output, secret_in
from tests.simulation.mutants import BROKEN, evidence_is_a_move
from tests.simulation.runs import finish
from tests.simulation.scenarios import SCENARIOS, Scenario
from tests.simulation.world import Settings, World, living_in

__all__ = ["simulated_product"]

TWO_TASKS = Scenario("two tasks", creates=("id", "id"))


def test_a_marker_after_the_payment_is_caught(output: Output) -> None:
    with BROKEN["marker removed"]():
        tried = live(TWO_TASKS, {("submit", 0, _paid_call(output)): AFTER}, output)
    assert tried.paid == 2
    assert any(violation.startswith("I1") for violation in tried.violations)


def test_a_reset_that_is_taken_for_a_dead_socket_is_caught(output: Output) -> None:
    with BROKEN["socket kept alive"]():
        tried = live(Scenario("reset", creates=("reset / taken", "id")), {}, output)
    assert tried.paid == 2
    assert any(violation.startswith("I1") for violation in tried.violations)


def _paid_call(output: Output) -> int:
    return next(call.index for call in live(Scenario("plain"), {}, output).calls if call.name == "upstream.POST")


def test_a_build_that_loses_late_evidence_is_caught(output: Output) -> None:
    world = World(Settings(1, videos=1, rate=0.0, length=0.0))
    with evidence_is_a_move(), living_in(world, output):
        Scenario("late").arrange(world)
        world.upstream.thinking = THINKS
        world.sweeping.start()
        world.timeline.after(20, lambda: poll_ahead(PAST_GRACE)(world))
        finish(world)
        judge(world)
    assert world.records.violations


def test_a_build_that_loses_what_it_cannot_verify_is_caught(output: Output) -> None:
    with BROKEN["doubt is final"]():
        tried = live(Scenario("odd", odd=True), {}, output)
    assert {violation.split(":")[0] for violation in tried.violations} >= {"servings"}


def test_a_build_that_refuses_in_silence_is_caught(output: Output) -> None:
    links = ("404",) * 12 + ("whole",)
    with BROKEN["refusals are silent"]():
        silent = live(Scenario("dead links", links=links), {}, output)
    assert [violation.split(":")[0] for violation in silent.violations] == ["rings"]
    assert live(Scenario("dead links", links=links), {}, output).violations == []


def paused_twice(output: Output) -> list[str]:
    """Lead the life of the scenario, with a sweep that comes only after the pauses have begun."""
    world = World(Settings(1, videos=1, rate=0.0, length=0.0))
    with living_in(world, output):
        next(each for each in SCENARIOS if each.name == "paused twice").arrange(world)
        world.timeline.after(100, world.sweeping.start)
        finish(world)
        judge(world)
    return [violation.split(":")[0] for violation in world.records.violations]


def test_a_pause_that_does_not_reach_the_copies_is_caught(output: Output) -> None:
    with BROKEN["pause is not copied"]():
        assert "pause" in paused_twice(output)
    assert paused_twice(output) == []


def test_a_canceled_video_that_returns_to_the_queue_is_caught(output: Output) -> None:
    with BROKEN["a canceled video returns to the queue"]():
        returned = live(next(each for each in SCENARIOS if each.name == "canceled in the paid call, and not taken"), {}, output)
    assert "cancel" in {violation.split(":")[0] for violation in returned.violations}
    assert any("was canceled, and went from submitting to queued" in violation for violation in returned.violations)


def test_the_right_build_passes_where_the_broken_ones_fail(output: Output) -> None:
    crashed = live(TWO_TASKS, {("submit", 0, _paid_call(output)): AFTER}, output)
    reset = live(Scenario("reset", creates=("reset / taken", "id")), {}, output)
    assert (crashed.paid, crashed.violations, reset.paid, reset.violations) == (1, [], 1, [])


@pytest.mark.parametrize("text", ["Bearer clr_key-of-client-01", '{"url": "https://x/?X-Amz-Signature=1"}', "a velvet-comet of a prompt"])
def test_a_secret_in_the_output_is_seen(text: str) -> None:
    assert secret_in(text)
