"""Every external call of a life, broken in every way that counts; the whole sweep is `python -m tests.simulation --crash-sweep --pairs`."""

import pytest

from tests.simulation.command import chosen
from tests.simulation.crash_sweep import DEATHS, MODES, live, pairs, singles_in_turn
from tests.simulation.fixture import simulated_product
from tests.simulation.leak_check import Output
from tests.simulation.scenarios import SCENARIOS, Scenario

__all__ = ["simulated_product"]


def life(name: str) -> Scenario:
    return next(scenario for scenario in SCENARIOS if scenario.name == name)


def test_all_lives_are_swept_the_longest_first_or_those_that_are_named() -> None:
    assert chosen([])[0] == "no keeper for a quarter of an hour"
    assert sorted(chosen([])) == sorted(scenario.name for scenario in SCENARIOS)
    assert chosen(["deleted", "plain"]) == ["deleted", "plain"]
    with pytest.raises(SystemExit, match="there is no 'plane'; there are: plain, "):
        chosen(["plain", "plane"])


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_every_life_ends_well_without_a_fault(output: Output, scenario: Scenario) -> None:
    clean = live(scenario, {}, output)
    assert clean.violations == []
    assert clean.paid <= 1


def test_every_step_has_points_in_the_sweep(output: Output) -> None:
    calls = [call for name in ("plain", "execution aborted") for call in live(life(name), {}, output).calls]
    assert {call.step for call in calls} == {"api", "submit", "poll", "archive", "thumbnail", "notify", "sweep"}


@pytest.mark.parametrize(
    ("name", "steps", "stride"),
    [
        ("plain", ("api", "submit", "archive", "thumbnail", "notify"), 1),
        ("no balance first", ("submit",), 1),
        # Polls and sweeps repeat the same calls again and again: every other one here, all of them in the whole sweep.
        ("execution aborted", ("sweep", "poll"), 2),
        ("taken, and no word of it", ("notify", "sweep"), 2),
        ("deleted", ("api", "sweep"), 3),
        ("canceled at once", ("api", "submit"), 2),
        ("canceled in the paid call, and not taken", ("api", "submit", "notify"), 2),
        ("discarded while it is copied", ("api", "archive", "poll"), 2),
    ],
)
def test_a_crash_at_any_call_pays_once_and_loses_nothing(output: Output, name: str, steps: tuple[str, ...], stride: int) -> None:
    tried = list(singles_in_turn(life(name), output, DEATHS, steps, stride))
    assert {step for each in tried for ((step, _, _), _) in each.faults} == set(steps)
    assert {mode for each in tried for (_, mode) in each.faults} == {mode.name for mode in DEATHS}
    assert [str(each) for each in tried if each.violations] == []
    assert max(each.paid for each in tried) <= 1


@pytest.mark.parametrize("name", ["dynamodb.TransactWriteItems", "upstream.POST"])
def test_two_crashes_around_the_payment_pay_once(output: Output, name: str) -> None:
    clean = live(life("plain"), {}, output)
    first = next(call for call in clean.calls if call.step == "submit" and call.name == name)
    seconds = (*DEATHS[1:], DEATHS[0])  # each kind once; all nine combinations are in the whole sweep
    tried = [
        each for how, second in zip(DEATHS, seconds, strict=True) for each in pairs(life("plain"), output, (second,), first=first, how=how)
    ]
    assert {how for each in tried for (_, how) in each.faults} == {mode.name for mode in DEATHS}
    assert [str(each) for each in tried if each.violations] == []


def test_the_modes_cover_the_request_the_effect_and_the_answer() -> None:
    assert {mode.name for mode in DEATHS} == {"before", "after", "answer lost"}
    assert set(DEATHS) < set(MODES)
