"""The oracle bites: products that are wrong on purpose are caught, each by the rule that it breaks."""

import pytest

from tests.simulation.checks.invariants import judge
from tests.simulation.crash_sweep import AFTER, live
from tests.simulation.fixture import simulated_product
from tests.simulation.late_answers import PAST_GRACE, THINKS, poll_ahead
from tests.simulation.leak_check import Output, secret_in
from tests.simulation.mutants import BROKEN, evidence_is_a_move, objects_are_deleted_once
from tests.simulation.runs import finish
from tests.simulation.runtime import deployment
from tests.simulation.scenarios import SCENARIOS, Scenario
from tests.simulation.world import Settings, World, living_in
from tests.support.memory_aws.s3 import StoredObject

__all__ = ["simulated_product"]

FILE = StoredObject(b"any", "video/mp4")
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


WITHIN_A_BUDGET = {name: next(each for each in SCENARIOS if each.name == name) for name in ("within a budget", "in doubt within a budget")}


def test_a_settlement_outside_the_transaction_is_caught(output: Output) -> None:
    scenario = WITHIN_A_BUDGET["within a budget"]
    with BROKEN["settlement outside the transaction"]():
        calls = [call for call in live(scenario, {}, output).calls if call.step == "archive"]
        broken = [live(scenario, {call.point: AFTER}, output) for call in calls]
    assert {violation.split(":")[0] for tried in broken for violation in tried.violations} == {"money"}
    assert [live(scenario, {call.point: AFTER}, output).violations for call in calls] == [[] for _ in calls]


def test_a_release_of_what_is_in_doubt_is_caught(output: Output) -> None:
    with BROKEN["release on unconfirmed"]():
        tried = live(WITHIN_A_BUDGET["in doubt within a budget"], {}, output)
    assert {violation.split(":")[0] for violation in tried.violations} == {"money"}
    assert live(WITHIN_A_BUDGET["in doubt within a budget"], {}, output).violations == []


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


@pytest.mark.parametrize("second", [20.9, 21.0, 21.1, 21.2])
def test_of_a_pause_and_a_resume_at_the_same_time_either_may_win(output: Output, second: float) -> None:
    def pause(world: World) -> None:
        world.owner.pause(0, 20)
        world.owner.pause(second, 160)

    assert live(Scenario("paused while resumed", then=pause), {}, output).violations == []


def test_a_canceled_video_that_returns_to_the_queue_is_caught(output: Output) -> None:
    with BROKEN["a canceled video returns to the queue"]():
        returned = live(next(each for each in SCENARIOS if each.name == "canceled in the paid call, and not taken"), {}, output)
    assert "cancel" in {violation.split(":")[0] for violation in returned.violations}
    assert any("was canceled, and went from submitting to queued" in violation for violation in returned.violations)


def test_a_delete_that_only_hides_is_caught(output: Output) -> None:
    with BROKEN["delete is a flag"]():
        hidden = live(_life("deleted"), {}, output)
    # It is still listed, too, which the rules of cancels see.
    assert {violation.split(":")[0] for violation in hidden.violations} == {"cancel", "delete"}


def deleted_during_a_copy(output: Output) -> list[str]:
    """Lead the life of the scenario, with an Archive that began before the end and stores the file 900 seconds after the delete."""
    world = World(Settings(1, videos=1, rate=0.0, length=0.0))

    def look() -> None:
        world.timeline.after(1, look if not any(each.deleted for each in world.records.videos.values()) else copy)

    def copy() -> None:
        world.timeline.after(900, store)

    def store() -> None:
        bucket = world.aws.s3.buckets[deployment.BUCKET]
        bucket.update({f"videos/{each.record['tenant']}/{name}.mp4": FILE for name, each in world.records.videos.items()})

    with living_in(world, output):
        _life("deleted").arrange(world)
        world.sweeping.start()
        look()
        finish(world)
        judge(world)
    return [violation.split(":")[0] for violation in world.records.violations]


def test_a_build_that_deletes_objects_once_is_caught(output: Output) -> None:
    with objects_are_deleted_once():
        assert deleted_during_a_copy(output) == ["delete"]
    assert deleted_during_a_copy(output) == []


def _life(name: str) -> Scenario:
    return next(each for each in SCENARIOS if each.name == name)


def test_the_right_build_passes_where_the_broken_ones_fail(output: Output) -> None:
    crashed = live(TWO_TASKS, {("submit", 0, _paid_call(output)): AFTER}, output)
    reset = live(Scenario("reset", creates=("reset / taken", "id")), {}, output)
    assert (crashed.paid, crashed.violations, reset.paid, reset.violations) == (1, [], 1, [])


@pytest.mark.parametrize("text", ["Bearer clr_key-of-client-01", '{"url": "https://x/?X-Amz-Signature=1"}', "a velvet-comet of a prompt"])
def test_a_secret_in_the_output_is_seen(text: str) -> None:
    assert secret_in(text)
