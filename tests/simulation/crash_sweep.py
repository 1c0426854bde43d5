"""The crash sweep: counts the calls of a run without faults, then repeats the run with every fault at every call.

Nobody lists calls: a step that gains one is covered at once.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.simulation.checks.invariants import judge, outcomes
from tests.simulation.faults.plan import Call, Fault, Point, ScriptedFaults
from tests.simulation.leak_check import Output
from tests.simulation.runs import finish
from tests.simulation.scenarios import Scenario
from tests.simulation.world import Settings, World, living_in


@dataclass(frozen=True)
class Mode:
    """A way to break a call: the fault, and whether the SDK's retries fail, too."""

    name: str
    fault: Fault
    lasting: bool = False
    # Seconds by which a late effect follows its request.
    late_by: float | None = None


BEFORE, AFTER, LOST = Mode("before", Fault.DIE_BEFORE), Mode("after", Fault.DIE_AFTER), Mode("answer lost", Fault.LOST)
DEATHS = (BEFORE, AFTER, LOST)
MORE = (
    Mode("unsent", Fault.UNSENT),
    Mode("unsent for good", Fault.UNSENT, lasting=True),
    Mode("answer lost for good", Fault.LOST, lasting=True),
    Mode("refused", Fault.REFUSED),
    Mode("error after effect", Fault.BROKEN),
    Mode("effect 5 s late", Fault.LATE, late_by=5.0),
    Mode("effect 25 s late", Fault.LATE, late_by=25.0),
    Mode("effect 90 s late", Fault.LATE, late_by=90.0),
)
MODES = (*DEATHS, *MORE)


@dataclass(frozen=True)
class Tried:
    """One run with faults at given points, and its result."""

    scenario: str
    faults: tuple[tuple[Point, str], ...]
    calls: list[Call]
    outcome: str
    paid: int
    violations: list[str]

    def __str__(self) -> str:
        broken = ", ".join(f"{step}#{number}.{index} {mode}" for (step, number, index), mode in self.faults)
        violations = "".join(f"\n    {violation}" for violation in self.violations)
        return f"{self.scenario}: {broken or 'no fault'} -> {self.outcome}, paid {self.paid}{violations}"


def live(scenario: Scenario, faults: dict[Point, Mode], output: Output, seed: int = 1) -> Tried:
    """Run one life to its end."""
    script = {point: mode.fault for point, mode in faults.items()}
    plan = ScriptedFaults(script, lasting=any(mode.lasting for mode in faults.values()))
    world = World(Settings(seed, videos=1, clients=8, rate=0.0, length=0.0), plan)
    world.calls.keep = True
    world.calls.late_by = next((mode.late_by for mode in faults.values() if mode.late_by), None)
    with living_in(world, output):
        scenario.arrange(world)
        world.sweeping.start()
        finish(world)
        judge(world)
    named = tuple((point, mode.name) for point, mode in faults.items())
    outcome = ", ".join(outcomes(world)) or "not accepted"
    return Tried(scenario.name, named, world.calls.made, outcome, len(world.upstream.ledger.tasks), world.records.violations)


def singles(scenario: Scenario, output: Output, modes: tuple[Mode, ...] = MODES, steps: tuple[str, ...] = ()) -> Iterator[Tried]:
    """Every call of a life, broken in every way."""
    clean = live(scenario, {}, output)
    yield clean
    for call in clean.calls:
        if steps and call.step not in steps:
            continue
        for mode in modes:
            yield live(scenario, {call.point: mode}, output)


def singles_in_turn(
    scenario: Scenario, output: Output, modes: tuple[Mode, ...], steps: tuple[str, ...], stride: int = 1
) -> Iterator[Tried]:
    """Every call of some steps, or one of each `stride`, broken in one way each; the ways take turns, from call to call and by scenario."""
    calls = [call for call in live(scenario, {}, output).calls if call.step in steps][::stride]
    for number, call in enumerate(calls, start=len(scenario.name)):
        yield live(scenario, {call.point: modes[number % len(modes)]}, output)


def all_pairs(scenario: Scenario, output: Output, modes: tuple[Mode, ...] = DEATHS, step: str = "submit") -> Iterator[Tried]:
    """Every pair of calls of one step, in this run of it or a later one."""
    for first in (call for call in live(scenario, {}, output).calls if call.step == step):
        for how in modes:
            yield from pairs(scenario, output, modes, first=first, how=how)


def pairs(scenario: Scenario, output: Output, modes: tuple[Mode, ...], *, first: Call, how: Mode) -> Iterator[Tried]:
    """A first fault, and each second one; the second calls are counted in the life that the first fault leads to."""
    broken = live(scenario, {first.point: how}, output)
    for second in broken.calls:
        if second.step == first.step and second.point > first.point:
            for other in modes:
                yield live(scenario, {first.point: how, second.point: other}, output)
