"""One run from its first order to its last event, and its result."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter

from tests.simulation.alarms.outages import judge_outages
from tests.simulation.checks.invariants import judge, outcomes
from tests.simulation.faults.outages import DAY, HOUR
from tests.simulation.leak_check import Output
from tests.simulation.world import START, Settings, World, living_in

# The limits of queue, upstream and archiving in total; after them, nothing may be unfinished.
LONGEST = 9 * DAY
# Endless loops are a fault, too. The worst outages observed cost some 700 calls per video.
MOST_CALLS, MOST_CALLS_PER_VIDEO = 20_000, 3_000
# Time continues after the last end: late duplicates must change nothing.
AFTERMATH = 2 * HOUR


@dataclass
class Result:
    """The result of one run; only numbers and texts, so that it can be passed between processes."""

    settings: Settings
    seconds: float
    digest: str
    videos: int
    paid: int
    violations: list[str]
    weather: list[str]
    virtual_hours: float
    counts: dict[str, Counter[str]] = field(default_factory=dict)


def run(settings: Settings, output: Output, show: Callable[[str], None] | None = None) -> Result:
    """Run one seed to its end; the product must be installed."""
    begun = perf_counter()
    world = World(settings, show=show)
    with living_in(world, output):
        world.clients.order(settings.videos, settings.length * world.meanness.crowding)
        world.sweeping.start()
        if not settings.calm:
            world.owner.start(settings.length)
        finish(world)
        judge(world)
        judge_outages(world)
    return _result(world, perf_counter() - begun)


def finish(world: World) -> None:
    """Run until everything has ended."""
    horizon = START + world.settings.length + LONGEST
    most = MOST_CALLS + MOST_CALLS_PER_VIDEO * world.settings.videos
    world.timeline.run(lambda: _is_settled(world) or world.now() > horizon or world.calls.total > most)
    if world.calls.total > most:
        world.records.violate("runaway", f"{world.calls.total} calls, and no end")
    end = world.now() + AFTERMATH
    world.timeline.run(lambda: world.now() > end)


def _is_settled(world: World) -> bool:
    return not world.records.open and world.clients.is_done


def _result(world: World, seconds: float) -> Result:
    counts = {
        "calls": world.calls.count,
        "faults": world.calls.faults + world.functions.happened,
        "refusals": world.aws.refused,
        "invocations": world.functions.invoked,
        "errors": world.functions.raised,
        "answers": world.upstream.answers,
        "links": world.media.served,
        "http": world.clients.answers,
        "outcomes": outcomes(world),
        "owner": world.owner.did,
        "moves": world.records.moves,
        "lost": world.lost,
        "executions": Counter(execution.status for execution in world.aws.stepfunctions.executions.values()),
    }
    return Result(
        world.settings,
        seconds,
        world.trace.digest,
        len(world.records.videos),
        len(world.upstream.ledger.tasks),
        world.records.violations,
        world.weather.describe(START),
        (world.now() - START) / HOUR,
        counts,
    )
