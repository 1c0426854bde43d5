"""`python -m tools.mutants --number 440 --seed 1`: change the money path, one place at a time, and see which changes the tests notice.

Public tools were tried and do not fit: mutmut 3 changes function bodies only, not the tables and patterns that carry most rules here,
and skips decorated methods; cosmic-ray changes neither texts nor patterns and works on the files themselves.
"""

import argparse
import os
import random
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from tools.mutants import report, runner
from tools.mutants.modules import MODULES, PACKAGE, SIMULATION, Tests
from tools.mutants.operators import Mutant, mutants

ROOT = Path(__file__).parents[2]
# Tests of a changed module may take this many times as long as those of the unchanged one, and some seconds.
PATIENCE, PATIENCE_SECONDS = 5, 60.0
# At least this many changes of each module, if it has them.
FEWEST = 12


class Tried(NamedTuple):
    """One change of a module, with what became of it: `noticed`, `explained` or `unnoticed`."""

    module: str
    mutant: Mutant
    fate: str


def parse(argv: list[str]) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.mutants", description="See which small changes of the money path the tests notice."
    )
    parser.add_argument("--number", type=int, default=440, help="changes to try")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--modules", nargs="*", default=list(MODULES), choices=list(MODULES), metavar="MODULE")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 2)
    parser.add_argument("--simulation", action="store_true", help="run the simulation, too, on what the other tests did not notice")
    parser.add_argument("--resume", type=Path, help="a file of what was noticed: it is skipped, and added to")
    parser.add_argument("--write", action="store_true", help="write docs/reference/mutants.md")
    return parser.parse_args(argv)


def chosen(number: int, seed: int, names: list[str]) -> list[tuple[str, Mutant]]:
    """Choose changes by a seed, from each module in proportion to how many it has, but at least FEWEST; independent of `names`."""
    every = {name: mutants((ROOT / PACKAGE / f"{name}.py").read_text()) for name in MODULES}
    total = sum(map(len, every.values()))
    picked = []
    for name in names:
        share = min(len(every[name]), max(FEWEST, round(number * len(every[name]) / total)))
        # Not a secret: the same seed has to choose the same changes.
        picks = random.Random(f"{seed} {name}").sample(range(len(every[name])), share)  # noqa: S311
        picked += [(name, every[name][pick]) for pick in sorted(picks)]
    return picked


def main(argv: list[str]) -> int:
    """Return 1 if a module has less than 90 % noticed or explained, or all together less than 95 %."""
    options = parse(argv)
    begun = time.monotonic()
    runner.preload()
    picked = chosen(options.number, options.seed, options.modules)
    known = report.noticed_before(options.resume) | dict.fromkeys(report.explanations(), "explained")
    tried = [Tried(name, each, known.get((name, each.before, each.after), "unnoticed")) for name, each in picked]
    tiers = {name: (*tests, SIMULATION) if options.simulation else tests for name, tests in MODULES.items()}
    for tier in range(max(map(len, tiers.values()))):
        left = [at for at, each in enumerate(tried) if each.fate == "unnoticed" and tier < len(tiers[each.module])]
        _try(tried, left, [tiers[tried[at].module][tier] for at in left], options)
    text = report.page(
        tried, options.number, options.seed, datetime.now(UTC), round(time.monotonic() - begun), is_resumed=bool(options.resume)
    )
    sys.stdout.write(report.survivors(tried) + text)
    if options.write:
        report.PAGE.write_text(text)
    return 0 if report.is_good(tried) else 1


def _try(tried: list[Tried], left: list[int], tests: list[Tests], options: argparse.Namespace) -> None:
    """Run tests on what is left of the changes, and write into `tried` which of them were noticed."""
    limits = _limits(tests, options.workers)
    last = {name: SIMULATION if options.simulation else tiers[-1] for name, tiers in MODULES.items()}
    jobs = [_job(tried[at], group, limits) for at, group in zip(left, tests, strict=True)]

    def done(index: int, status: int | None, seconds: float) -> None:
        each = tried[left[index]]
        if status == runner.NOTHING_RAN:
            raise SystemExit(f"no test ran for {each.module}")
        if status != runner.SURVIVED:
            tried[left[index]] = each._replace(fate="noticed")
            report.note(options.resume, each)
        is_left = status == runner.SURVIVED
        sys.stderr.write(f"\n{report.survivors([each])}" if is_left and tests[index] == last[each.module] else "s" if is_left else ".")
        sys.stderr.flush()

    sys.stderr.write(f"\n{len(jobs)} left: ")
    runner.run(jobs, options.workers, done)


def _job(each: Tried, tests: Tests, limits: dict[Tests, float]) -> runner.Job:
    return runner.Job(ROOT / PACKAGE / f"{each.module}.py", each.mutant.source, _paths(tests), limits[tests])


def _limits(groups: list[Tests], workers: int) -> dict[Tests, float]:
    """Run each group of tests without any change, and return the seconds that it may take with one."""
    distinct = list(dict.fromkeys(groups))
    limits: dict[Tests, float] = {}

    def done(index: int, status: int | None, seconds: float) -> None:
        if status != runner.SURVIVED:
            raise SystemExit(f"without any change, tests fail (status {status}): {' '.join(distinct[index])}")
        limits[distinct[index]] = PATIENCE * seconds + PATIENCE_SECONDS

    runner.run([runner.Job(ROOT, None, _paths(tests), 3_600) for tests in distinct], workers, done)
    return limits


def _paths(tests: Tests) -> tuple[str, ...]:
    return tuple(f"tests/{test}" for test in tests)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
