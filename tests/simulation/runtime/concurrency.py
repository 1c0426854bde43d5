"""How many sandboxes an account may run at once, and how long a new one needs before its handler is called."""

from collections import defaultdict
from collections.abc import Callable
from random import Random

from tests.simulation.faults.mean_aws import INIT, KEPT_WARM
from tests.simulation.runtime.processes import Strand
from tests.support.memory_aws.throttling import TokenBucket

# Invocations a second for each sandbox that the account may run: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
INVOCATIONS = 10


class Concurrency:
    """The account's sandboxes; without `most` there is no limit."""

    def __init__(self, now: Callable[[], float], rng: Random, most: int | None) -> None:
        self._now, self._rng, self._most = now, rng, most
        self._bucket = TokenBucket(INVOCATIONS * most, INVOCATIONS * most, now) if most else None
        self._busy: set[Strand] = set()
        # Until when each idle sandbox of a step is kept.
        self._idle: dict[str, list[float]] = defaultdict(list)

    def seconds_to_begin(self, step: str) -> float | None:
        """Return the seconds until the handler of a sandbox is called; None if the invocation is throttled."""
        if self._most is not None and (len(self._busy) >= self._most or not (self._bucket and self._bucket.take())):
            return None
        self._idle[step] = [until for until in self._idle[step] if until > self._now()]
        if self._idle[step]:
            self._idle[step].pop()
            return 0.0
        return self._rng.uniform(*INIT)

    def take(self, strand: Strand) -> None:
        """Use a sandbox for one invocation."""
        self._busy.add(strand)

    def give_back(self, strand: Strand, *, died: bool = True) -> None:
        """Keep the sandbox for a while, unless its process died; one that Lambda has given up already is gone."""
        if strand in self._busy and not died:
            self._idle[strand.step].append(self._now() + self._rng.uniform(*KEPT_WARM))
        self._busy.discard(strand)


class Unlimited(Concurrency):
    """Any number of warm sandboxes."""

    def __init__(self) -> None:
        super().__init__(lambda: 0.0, Random(0), None)  # noqa: S311 - nothing is drawn

    def seconds_to_begin(self, step: str) -> float:
        return 0.0

    def give_back(self, strand: Strand, *, died: bool = True) -> None:
        """Keep nothing: every sandbox is warm."""
