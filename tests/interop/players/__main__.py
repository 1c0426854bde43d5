"""`make play`: every body over every transport, judged by FFmpeg's libraries; prints what came of each body, and counts."""

import logging
import sys
from collections import Counter

from tests.interop.players.bodies import bodies
from tests.interop.players.transports import CUT, UNFRAMED, WHOLE
from tests.interop.players.trial import Outside, outside, wrong_with


def main() -> int:
    """Play all; the exit code says whether anything was wrong."""
    logging.getLogger("cliprelay").setLevel(logging.CRITICAL)
    with outside() as world:
        counts, wrongs = play_all(world)
    lines = [f"{number:6} {what}" for what, number in sorted(counts.items())]
    print("\n".join([*lines, *(wrongs or ["nothing wrong"])]))  # noqa: T201 - its purpose
    return 1 if wrongs else 0


def play_all(world: Outside) -> tuple[Counter[str], list[str]]:
    """Play every body over every transport; return how often what came of them, and what is wrong."""
    counts: Counter[str] = Counter()
    wrongs: list[str] = []
    for body in bodies():
        outcomes: Counter[str] = Counter()
        for name, behave in {**WHOLE, **UNFRAMED, **CUT}.items():
            came = world.play(body, behave)
            wrong = wrong_with(body, came, is_whole=name not in CUT, is_framed=name not in UNFRAMED)
            if wrong:
                wrongs.append(f"{body.name}, {name}: {wrong} ({came})")
            how = "cut" if name in CUT else "whole"
            shown = str(came).partition(" {")[0]
            counts[f"{'plays' if body.plays else 'does not play'}, {how}: {shown}"] += 1
            outcomes[f"{how}: {shown}"] += 1
        came_of = ", ".join(f"{what} {number} times" for what, number in outcomes.items())
        print(f"{body.name} ({len(body.data)} bytes, {body.plays} pictures): {came_of}")  # noqa: T201 - somebody watches
    return counts, wrongs


if __name__ == "__main__":
    sys.exit(main())
