"""Runs on all cores: each process puts the product into the simulation once, then takes one piece of work after the other."""

import os
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from time import perf_counter
from typing import Any

from tests.simulation.crash_sweep import DEATHS, MODES, Tried, all_pairs, live, singles
from tests.simulation.leak_check import Output
from tests.simulation.mutants import BROKEN
from tests.simulation.runs import Result, run
from tests.simulation.runtime.environment import installed
from tests.simulation.scenarios import SCENARIOS
from tests.simulation.world import Settings, sandboxes

_held = ExitStack()
_output = Output()


@dataclass(frozen=True)
class Swept:
    """What a part of the crash sweep came to: the points that its clean life has, the lives led, and those that broke a rule."""

    scenario: str
    points: list[str]
    lives: int
    outcomes: dict[str, int]
    broken: list[str]
    pairs: bool = False


@dataclass(frozen=True)
class Caught:
    """After how many videos the oracle caught a broken build, and by what."""

    build: str
    videos: int
    violations: list[str]


@contextmanager
def in_this_process(*, whole: bool = False) -> Iterator[Output]:
    """The same without other processes; `whole` keeps boto3's clients as they are."""
    sandboxes()  # all of the product is loaded before its surroundings are replaced
    with installed(whole=whole):
        yield _output


def _enter() -> None:
    _held.enter_context(in_this_process())


def simulate(settings: Settings) -> Result:
    return run(settings, _output)


def sweep(name: str, *, in_pairs: bool) -> Swept:
    """All singles of a scenario, or all pairs of its Submit."""
    scenario = next(each for each in SCENARIOS if each.name == name)
    clean = live(scenario, {}, _output)
    points = [f"{call.step}#{call.number}.{call.index} {call.name}" for call in clean.calls]
    lives = list(all_pairs(scenario, _output, DEATHS) if in_pairs else singles(scenario, _output, MODES))
    return Swept(name, points, len(lives), _count(lives), [str(each) for each in lives if each.violations], in_pairs)


def _count(lives: list[Tried]) -> dict[str, int]:
    found: dict[str, int] = {}
    for each in lives:
        found[each.outcome] = found.get(each.outcome, 0) + 1
    return found


def catch(build: str, *, seed: int = 1, per_run: int = 25, most: int = 5_000) -> Caught:
    """Run a broken build until it is caught."""
    videos, violations = 0, list[str]()
    while not violations and videos < most:
        with BROKEN[build]():
            result = run(Settings(seed, videos=per_run), _output)
        videos, violations, seed = videos + result.videos, result.violations, seed + 1
    return Caught(build, videos, violations[:3])


class Workers:
    """A pool; work that has not begun when the time is over is left undone."""

    def __init__(self, jobs: int | None = None, minutes: float | None = None) -> None:
        self._until = perf_counter() + minutes * 60 if minutes else float("inf")
        self._pool = ProcessPoolExecutor(jobs or os.cpu_count(), mp_context=get_context("spawn"), initializer=_enter)

    def map(self, function: Any, *work: Any, **more: Any) -> Iterator[Any]:
        """Results as they come."""
        futures: list[Future[Any]] = [self._pool.submit(function, each, **more) for each in work]
        for future in as_completed(futures):
            yield future.result()
            if perf_counter() > self._until:
                self._pool.shutdown(wait=True, cancel_futures=True)
                return

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
