"""`make bench`: measure everything that needs no AWS, print it with its anchor and its goal, and write docs/reference/performance.md."""

import argparse
import sys
from pathlib import Path

from tests.bench.checkouts import HERE, Checkout, PartFailed, another
from tests.bench.page import PAGE, PICTURE, comparison, performance_page, table
from tests.bench.part import PARTS
from tests.bench.rows import Row
from tests.bench.timing import say


def main(argv: list[str]) -> int:
    """Measure; exit status 1: a goal is missed, or a part does not run."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)} (default: all, and the page is written)")
    parser.add_argument("--turns", type=int, help="turns of the parts that measure time")
    parser.add_argument("--seed", type=int, default=7, help="of the durations that are drawn (default: 7)")
    parser.add_argument("--compare", type=Path, metavar="CHECKOUT", help="measure another checkout, too, side by side; write nothing")
    args = parser.parse_args(argv)
    if unknown := set(args.parts) - PARTS.keys():
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    options = [f"--seed={args.seed}", *([f"--turns={args.turns}"] if args.turns else [])]
    parts = args.parts or list(PARTS)
    if args.compare:
        with another(args.compare) as other:
            return compare(parts, options, other)
    return measure(parts, options, writes=not args.parts, seed=args.seed)


def measure(parts: list[str], options: list[str], *, writes: bool, seed: int) -> int:
    """Measure this checkout."""
    rows, failed = [], False
    for part in parts:
        drawn = [f"--picture={PICTURE}"] if writes and part == "policies" else []
        found = _rows(HERE, part, [*options, *drawn])
        failed |= not found
        rows += found
    say(table(rows))
    missed = [row.name for row in rows if not row.is_reached]
    if writes and not failed:
        PAGE.write_text(performance_page(rows, seed), encoding="utf-8")
        say(f"\nWrote {PAGE.name} and {PICTURE.name}.")
    say(f"\nNot reached: {'; '.join(missed)}." if missed else "\nAll goals are reached.")
    return 1 if missed or failed else 0


def compare(parts: list[str], options: list[str], other: Checkout) -> int:
    """Measure both checkouts, part by part."""
    rows, others, failed = list[Row](), list[Row](), False
    for part in parts:
        found = _rows(HERE, part, options)
        failed |= not found
        rows += found
        others += _rows(other, part, options)
    say(comparison(rows, others))
    return 1 if failed else 0


def _rows(checkout: Checkout, part: str, options: list[str]) -> list[Row]:
    """Measure one part of a checkout; none if it does not run there."""
    say(f"{checkout.root.name}: {part} …")
    try:
        return checkout.rows(part, *options)
    except PartFailed as failure:
        say(f"{checkout.root.name}: {part} does not run: {failure}")
        return []


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
