"""`.venv/bin/python -m tests.simulation.downloads`: thousands of downloads that go wrong, and the clean one after each."""

import argparse
import sys
from typing import TextIO

from tests.simulation.downloads.report import report
from tests.simulation.downloads.runs import run


def main() -> int:
    """Play, print, and fail when anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.downloads", description=__doc__)
    parser.add_argument("--count", type=int, default=10_000, help="faulted downloads (default 10000)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed plays the same downloads (default 1)")
    parser.add_argument("--only", type=int, help="the one download of that number, to look into a failure")
    arguments = parser.parse_args()
    numbers = range(arguments.count) if arguments.only is None else [arguments.only]
    result = run(arguments.seed, numbers, show=lambda line: _write(sys.stderr, line))
    _write(sys.stdout, report(result))
    return 1 if result.wrongs else 0


def _write(stream: TextIO, text: str) -> None:
    stream.write(f"{text}\n")
    stream.flush()


if __name__ == "__main__":
    sys.exit(main())
