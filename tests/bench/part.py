"""`python -m tests.bench.part NAME`: measure one part and print its rows as JSON, in a process of its own and for any checkout."""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

from tests.bench.rows import Row


def _calls(_: argparse.Namespace) -> Iterator[Row]:
    from tests.bench import calls

    return calls.measure()


def _cold(args: argparse.Namespace) -> Iterator[Row]:
    from tests.bench import cold

    return cold.measure(args.turns or cold.TURNS)


def _warm(args: argparse.Namespace) -> Iterator[Row]:
    from tests.bench import warm

    return warm.measure(args.turns or warm.TURNS)


def _lists(_: argparse.Namespace) -> Iterator[Row]:
    from tests.bench import lists

    return lists.measure()


def _policies(args: argparse.Namespace) -> Iterator[Row]:
    from tests.bench import policies

    found = policies.policies(seed=args.seed)
    if args.picture:
        policies.picture(found, Path(args.picture), seed=args.seed)
    return policies.rows(found)


def _capacity(_: argparse.Namespace) -> Iterator[Row]:
    from tests.bench import capacity
    from tests.bench.calls import walked
    from tests.bench.walk import MINUTE_LONG

    seen = capacity.spread()
    found, claims = capacity.partitions(walked(MINUTE_LONG), seen), capacity.claims(seen)
    unlimited = 1e9
    for name, of in (("deployment", "a deployment"), ("tenant", "one tenant")):
        videos = min(found[name], unlimited)
        yield Row("capacity", f"videos a second before an index partition throttles, {of}", "", videos, 1_000, least=True)
    yield Row("capacity", "claims a second before the controls item makes some fail", "", min(claims["claims"], unlimited), 500, least=True)


PARTS: dict[str, Callable[[argparse.Namespace], Iterator[Row]]] = {
    "calls": _calls,
    "lists": _lists,
    "capacity": _capacity,
    "policies": _policies,
    "warm": _warm,
    "cold": _cold,
}


def main(argv: list[str]) -> int:
    """Measure one part."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.part", description=__doc__)
    parser.add_argument("name", choices=PARTS)
    parser.add_argument("--turns", type=int)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--picture")
    args = parser.parse_args(argv)
    sys.stdout.write(json.dumps([asdict(row) for row in PARTS[args.name](args)]) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
