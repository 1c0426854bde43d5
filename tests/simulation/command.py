"""What the command line asks for: many runs with progress, or one with its trace."""

import argparse
import sys
from time import perf_counter
from typing import TextIO

from tests.simulation.mutants import BROKEN
from tests.simulation.report import failures, markdown
from tests.simulation.runs import Result, run
from tests.simulation.scenarios import SCENARIOS
from tests.simulation.workers import Caught, Swept, Workers, catch, in_this_process, simulate, sweep
from tests.simulation.world import Settings


def trace_one(options: argparse.Namespace) -> int:
    """One seed, every call on a line of its own."""
    shown: TextIO = sys.stdout
    with in_this_process() as output:
        result = run(_settings(options)[0], output, lambda line: _say(line, to=shown))
    _say(f"{result.videos} videos, {result.paid} paid, {result.virtual_hours:.1f} virtual hours, trace {result.digest}")
    _say(*result.weather, *result.violations)
    return 1 if result.violations else 0


def simulate_all(options: argparse.Namespace, begun: float) -> int:
    """Everything that was asked for; the report is written even when something broke."""
    names = chosen(options.scenario)
    workers = Workers(options.jobs, options.minutes)
    try:
        caught = _catch_all(workers) if options.broken_builds else []
        swept = _sweep_all(workers, options, names)
        first = perf_counter()
        results = _run_all(workers, options, first)
        seconds = perf_counter() - first
    finally:
        workers.close()
    if options.report:
        options.report.write_text(markdown(results, swept, caught, seconds))
        _say(f"report: {options.report}")
    broken = any(result.violations for result in results) or any(each.broken for each in swept)
    _say(f"{'VIOLATIONS' if broken else 'no violation'}, {perf_counter() - begun:.0f} s")
    return 1 if broken or any(not each.violations for each in caught) else 0


def _settings(options: argparse.Namespace) -> list[Settings]:
    """One per run; the last one takes what is left."""
    full, rest = divmod(options.videos, options.per_run)
    sizes = [options.per_run] * full + ([rest] if rest else [])
    return [Settings(options.seed + number, size, options.clients, options.fault_rate) for number, size in enumerate(sizes)]


def _run_all(workers: Workers, options: argparse.Namespace, begun: float) -> list[Result]:
    results: list[Result] = []
    for result in workers.map(simulate, *_settings(options)):
        results.append(result)
        videos, seconds = sum(each.videos for each in results), perf_counter() - begun
        violations = sum(len(each.violations) for each in results)
        _say(f"{videos:,} videos, {len(results)} runs, {violations} violations, {videos / seconds:.1f} videos a second")
        for line in failures([result]):
            _say(line)
    return results


def _sweep_all(workers: Workers, options: argparse.Namespace, names: list[str]) -> list[Swept]:
    swept: list[Swept] = []
    for wanted, in_pairs in ((options.crash_sweep, False), (options.pairs, True)):
        for each in workers.map(sweep, *(names if wanted else ()), in_pairs=in_pairs):
            swept.append(each)
            kind = "pairs" if in_pairs else "single faults"
            _say(f"{each.scenario}: {len(each.points)} calls, {each.lives:,} lives with {kind}, {len(each.broken)} broken")
            _say(*each.broken)
    return swept


def chosen(asked: list[str]) -> list[str]:
    """Return the names of these scenarios, or of all; those with an outage come first, because they take longest."""
    known = {scenario.name: scenario for scenario in SCENARIOS}
    if unknown := sorted(set(asked) - set(known)):
        raise SystemExit(f"--scenario: there is no {', '.join(map(repr, unknown))}; there are: {', '.join(known)}")
    return sorted(asked or known, key=lambda name: not known[name].weather.spans)


def _catch_all(workers: Workers) -> list[Caught]:
    caught: list[Caught] = []
    for each in workers.map(catch, *BROKEN):
        caught.append(each)
        _say(f"{each.build}: caught within {each.videos} videos: {each.violations[:1]}")
    return caught


def _say(*lines: str, to: TextIO | None = None) -> None:
    """At once, so that a long run can be watched through a pipe."""
    stream = to or sys.stdout
    stream.writelines(f"{line}\n" for line in lines)
    stream.flush()
