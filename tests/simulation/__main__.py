"""`python -m tests.simulation`: runs seeds on all cores, prints failing ones with their replay, and writes a report."""

import argparse
import sys
from pathlib import Path
from time import perf_counter

# The layer is a folder of the repository, not an installed package: on Lambda it lies on the path by itself.


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--videos", type=int, default=1_000, help="videos in all runs together")
    parser.add_argument("--seed", type=int, default=1, help="seed of the first run")
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--fault-rate", type=float, default=0.1, help="share of external calls that are disturbed")
    parser.add_argument("--per-run", type=int, default=250, help="videos in one run")
    parser.add_argument("--report", type=Path, help="Markdown file to write")
    parser.add_argument("--minutes", type=float, help="begin no run after so many minutes")
    parser.add_argument("--jobs", type=int, help="processes; one per core by default")
    parser.add_argument("--crash-sweep", action="store_true", help="break every call of each life, one at a time")
    parser.add_argument("--pairs", action="store_true", help="break every pair of Submit's calls")
    parser.add_argument("--scenario", action="append", default=[], metavar="NAME", help="only this life; may be repeated")
    parser.add_argument("--broken-builds", action="store_true", help="prove that the oracle catches builds that are wrong on purpose")
    parser.add_argument("--trace", action="store_true", help="lead one run in this process and print every call")
    options = parser.parse_args(argv)
    if options.scenario and not (options.crash_sweep or options.pairs):
        parser.error("--scenario requires --crash-sweep or --pairs")
    return options


def main(argv: list[str]) -> int:
    """Exit status 1 when a rule was broken, or a broken build was not caught."""
    from tests.simulation.command import simulate_all, trace_one

    options = _arguments(argv)
    begun = perf_counter()
    return trace_one(options) if options.trace else simulate_all(options, begun)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
