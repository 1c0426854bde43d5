"""`make durability`: kill the local service and fill its disk at random moments, and see whether it forgets anything."""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.durability.disk import SmallDisk
from tests.durability.run import Findings, Run


def main(argv: list[str]) -> int:
    """Run both checks; exit status 1: something was forgotten, paid twice or not told."""
    parser = argparse.ArgumentParser(prog="python -m tests.durability", description=__doc__)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--full", type=int, default=20, help="so many times the disk is full; needs root, for a small file system")
    parser.add_argument("--videos", type=int, default=20, help="kept open at a time")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--time-scale", type=float, default=0.1)
    args = parser.parse_args(argv)
    settings = {"videos": args.videos, "seed": args.seed, "time_scale": args.time_scale, "say": _say}
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="cliprelay-durability-") as work:
        if args.kills:
            wrong += _show("kill -9", check_kills(Path(work) / "kills", args.kills, **settings))
        if args.full:
            wrong += _show("full disk", check_full_disk(Path(work) / "full", args.full, **settings))
    return 1 if wrong else 0


def check_kills(work: Path, kills: int, *, videos: int, seed: int, time_scale: float, say: Callable[[str], None]) -> Findings:
    """Kill the service so many times."""
    work.mkdir()
    run = Run(work / "state", work, videos=videos, seed=seed, time_scale=time_scale, say=say)
    try:
        for number in range(kills):
            run.kill()
            say(f"  killed {number + 1} times, {len(run.customer.orders)} orders")
        return run.finish()
    finally:
        run.close()


def check_full_disk(work: Path, times: int, *, videos: int, seed: int, time_scale: float, say: Callable[[str], None]) -> Findings:
    """Fill the disk so many times."""
    work.mkdir()
    disk = SmallDisk(work / "disk")
    try:
        run = Run(disk.folder / "state", work, videos=videos, seed=seed, time_scale=time_scale, say=say)
        try:
            for number in range(times):
                run.fill(disk)
                say(f"  full {number + 1} times, {len(run.customer.orders)} orders")
            return run.finish()
        finally:
            run.close()
    finally:
        disk.unmount()


def _show(name: str, findings: Findings) -> int:
    _say(f"{name}: {sum(findings.ended.values())} videos ({_counted(findings.ended)}), {findings.paid} payments")
    _say(f"  {findings.facts} other answered changes; states of videos at those moments: {_counted(findings.at_kill)}")
    for problem in findings.wrong:
        _say(f"WRONG: {problem}")
    _say(f"  {len(findings.wrong)} things wrong")
    return len(findings.wrong)


def _counted(counter: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in sorted(counter.items()))


def _say(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {line}", flush=True)  # noqa: T201 - its purpose


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
