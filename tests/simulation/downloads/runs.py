"""A run: many trials over one server of videos and one AWS in memory, and what they came to."""

import logging
import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter

from tests.contract.faults.worlds import BUCKET, world_in_memory
from tests.simulation.downloads.server import Gallery
from tests.simulation.downloads.trial import Codes, Outside, Trial
from tests.support.makers import OwnedClock
from tests.support.memory_aws.s3 import MemoryS3

# A line now and then, so that somebody who watches knows that it goes on.
SHOWN_EVERY = 1_000


@dataclass
class Result:
    """What a run came to: per mishap how often it was played, and what left Archive (a code, or the name of an exception)."""

    seed: int
    played: Counter[str] = field(default_factory=Counter)
    outcomes: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    wrongs: list[str] = field(default_factory=list)
    seconds: float = 0.0
    bytes: int = 0
    left_open: int = 0


@contextmanager
def outside_in_memory() -> Iterator[Outside]:
    """The real client of S3 and DynamoDB over an AWS in memory, which contract tests hold to moto's rules."""
    s3, gallery = MemoryS3(BUCKET), Gallery()
    ever: dict[str, list[bytes]] = defaultdict(list)
    s3.watch = lambda key, stored: ever[key].append(stored.data)

    def forget(key: str) -> None:
        s3.buckets[BUCKET].pop(key, None)
        ever.pop(key, None)

    try:
        yield Outside(world_in_memory(OwnedClock(), s3), gallery, lambda key: list(ever[key]), forget)
    finally:
        gallery.close()


@contextmanager
def listening() -> Iterator[Codes]:
    """Inside it, what Archive logs is taken down and not printed."""
    codes, logger = Codes(), logging.getLogger("cliprelay")
    logger.addHandler(codes)
    logger.propagate = False
    try:
        yield codes
    finally:
        logger.removeHandler(codes)
        logger.propagate = True


def run(seed: int, numbers: Iterable[int], *, show: Callable[[str], None] = lambda line: None) -> Result:
    """Play the downloads of these numbers."""
    result, begun, open_before = Result(seed), perf_counter(), _unlinked()
    with outside_in_memory() as outside, listening() as codes:
        for number in numbers:
            _count(result, Trial(outside, seed, number).play(), codes)
            if sum(result.played.values()) % SHOWN_EVERY == 0:
                show(f"{sum(result.played.values())} downloads, {len(result.wrongs)} wrong, {perf_counter() - begun:.0f} s")
    result.seconds, result.left_open = perf_counter() - begun, _unlinked() - open_before
    return result


def _count(result: Result, trial: Trial, codes: Codes) -> None:
    name = trial.mishap.name if trial.mishap else ""
    result.played[name] += 1
    result.outcomes[name].update([*codes.seen, *trial.errors] or ["taken"])
    result.wrongs += trial.wrongs
    result.bytes += len(trial.mp4)
    codes.seen.clear()


def _unlinked() -> int:
    """How many files this process holds open that no folder has: Archive's temporary ones, if it forgot one. Known on Linux alone."""
    folder = "/proc/self/fd"
    if not os.path.isdir(folder):
        return 0
    links = (f"{folder}/{each}" for each in os.listdir(folder))
    return sum(os.path.islink(link) and os.readlink(link).endswith("(deleted)") for link in links)
