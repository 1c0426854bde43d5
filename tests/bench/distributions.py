"""Assumed durations at the upstream, and the schedule that would be best for somebody who knew them: no upstream publishes any."""

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, pairwise
from random import Random

HOUR = 3_600.0
# The quotient of the 95th percentile and the median of a log-normal distribution is e to the power of so many sigmas.
P95 = 1.6448536
LONGEST = 71 * HOUR
# Enough durations to know a distribution.
KNOWN = 20_000


@dataclass(frozen=True)
class Distribution:
    """Durations in seconds; `draw` takes one."""

    name: str
    tier: str
    draw: Callable[[Random], float]

    def sample(self, count: int, seed: int) -> list[float]:
        """Return so many durations in order of size."""
        rng = Random(seed)  # noqa: S311 - not for secrets
        return sorted(self.draw(rng) for _ in range(count))


def _log_normal(median: float, p95: float, least: float = 1.0) -> Callable[[Random], float]:
    return lambda rng: min(max(rng.lognormvariate(math.log(median), math.log(p95 / median) / P95), least), LONGEST)


def _bimodal(rng: Random) -> float:
    return max(rng.gauss(35, 5), 10) if rng.random() < 0.7 else max(rng.gauss(150, 20), 60)


DISTRIBUTIONS = (
    Distribution("log-normal 50/180 s", "default", _log_normal(50, 180)),
    Distribution("uniform 20-40 s", "default", lambda rng: rng.uniform(20, 40)),
    Distribution("bimodal 35/150 s", "default", _bimodal),
    Distribution("flex 2 h/8 h", "flex", _log_normal(2 * HOUR, 8 * HOUR, 120)),
    Distribution("flex 20 min/2 h", "flex", _log_normal(HOUR / 3, 2 * HOUR, 60)),
)


@dataclass(frozen=True)
class Judged:
    """The mean number of polls of a schedule, and how many seconds after the end the poll came that saw it, on average."""

    polls: float
    late: float


def judge(times: Sequence[float], durations: Sequence[float]) -> Judged:
    """Ask at these times, of which the last one must be after every duration."""
    polls = late = 0.0
    place = 0
    for duration in durations:  # in order of size
        while times[place] < duration:
            place += 1
        polls += place + 1
        late += times[place] - duration
    return Judged(polls / len(durations), late / len(durations))


def optimal(durations: Sequence[float], price: float, points: int = 500) -> list[float]:
    """Return the times that minimise mean lateness plus `price` seconds for every poll; a dynamic programme over possible times."""
    grid = _grid(durations, points)
    ended = [0, *(bisect_right(durations, time) for time in grid)]
    sums = [0.0, *accumulate(durations)]
    total, count = [sums[number] for number in ended], len(durations)
    best, previous, times = [0.0], [0], [0.0, *grid]
    for here in range(1, len(times)):
        # The poll before was at `last`: those that ended since have waited, and all that had not ended by then pay for this poll.
        costs = [
            best[last]
            + (times[here] * (ended[here] - ended[last]) - (total[here] - total[last])) / count
            + price * (count - ended[last]) / count
            for last in range(here)
        ]
        chosen = min(range(here), key=costs.__getitem__)
        best.append(costs[chosen])
        previous.append(chosen)
    found, place = [], len(grid)
    while place:
        found.append(times[place])
        place = previous[place]
    return found[::-1]


def _grid(durations: Sequence[float], points: int) -> list[float]:
    """Return possible times: quantiles, and as many in equal ratios, which the long tail needs."""
    least, most = durations[0], durations[-1]
    quantiles = [durations[number * (len(durations) - 1) // points] for number in range(points + 1)]
    ratios = [least * (most / least) ** (number / points) for number in range(points + 1)]
    return sorted({*quantiles, *(min(each, most) for each in ratios), most})


@cache
def curve(distribution: Distribution, videos: int, seed: int, prices: int = 16) -> list[Judged]:
    """Return what the optimum reaches with so many videos, from many polls to few.

    It knows others than these, because the best schedule for a sample knows more than the distribution.
    """
    known, durations = distribution.sample(KNOWN, seed + 1), distribution.sample(videos, seed)
    scale = known[len(known) // 2] / 50
    spread = [scale * 0.005 * (40 / 0.005) ** (number / (prices - 1)) for number in range(prices)]
    last = max(known[-1], durations[-1])
    return [judge([*optimal(known, price), last], durations) for price in spread]


def lateness_at(points: Sequence[Judged], polls: float) -> float:
    """Return the optimum's lateness with so many polls, between two points of its curve, which is nearly straight on logarithmic axes."""
    ordered = sorted(points, key=lambda point: point.polls)
    for one, other in pairwise(ordered):
        if one.polls <= polls <= other.polls:
            share = math.log(polls / one.polls) / math.log(other.polls / one.polls)
            return one.late * (other.late / one.late) ** share
    return ordered[0].late if polls < ordered[0].polls else ordered[-1].late
