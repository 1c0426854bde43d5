"""How good the polling schedule is on known distributions, nothing learned and learned from its own polls.

A poll costs money, lateness costs patience. `ratio` is the mean time from the upstream's end to the poll that finds it, over that
of the best schedule with as many polls, which knows the distribution. What is learned is what polls show: the end lies between two of
them. Times are without the turns' own time.

python -m tests.bench.poll_policy [--videos N] [--seed S] [--png FILE]
"""

import argparse
import random
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, pairwise
from math import exp, inf, log
from statistics import fmean

from cliprelay.catalog.spec import Spec
from cliprelay.workflow.durations import NOTHING, Durations, halved, spread
from cliprelay.workflow.pace import pace_of
from cliprelay.workflow.plan import density
from cliprelay.workflow.schedule import first_wait, next_wait

HOUR = 3_600.0
# A process reads what was learned at most once in five minutes; here, after so many videos.
READ_EVERY = 10
# Each number of learned videos is tried with so many different histories.
HISTORIES = 3
GOAL = 1.3


@dataclass(frozen=True)
class Distribution:
    """Durations at the upstream, in seconds; a guess, because none was measured there."""

    name: str
    tier: str
    draw: Callable[[random.Random], float]


def _log_normal(median: float, p95: float, most: float = inf) -> Callable[[random.Random], float]:
    width = log(p95 / median) / 1.6448536
    return lambda drawn: min(drawn.lognormvariate(log(median), width), most)


def _bimodal(drawn: random.Random) -> float:
    return max(drawn.gauss(35, 5), 10) if drawn.random() < 0.7 else max(drawn.gauss(150, 20), 60)


DISTRIBUTIONS = (
    Distribution("log-normal, median 50 s, p95 180 s", "default", _log_normal(50, 180)),
    Distribution("uniform, 20 to 40 s", "default", lambda drawn: drawn.uniform(20, 40)),
    Distribution("bimodal, 70 % about 35 s, 30 % about 150 s", "default", _bimodal),
    Distribution("flex, log-normal, median 2 h, p95 8 h", "flex", _log_normal(2 * HOUR, 8 * HOUR, 71 * HOUR)),
    Distribution("flex, log-normal, median 20 min, p95 2 h", "flex", _log_normal(HOUR / 3, 2 * HOUR, 71 * HOUR)),
)


@dataclass(frozen=True)
class Row:
    """One distribution after so many learned videos: mean polls, lateness (mean, median, p95) in seconds, polls of 72 hours."""

    name: str
    tier: str
    learned: int
    polls: float
    late: float
    p50: float
    p95: float
    ratio: float
    longest: float


class Learner:
    """What a deployment learns of one class of videos, without its table."""

    def __init__(self, tier: str) -> None:
        self.tier, self.seen, self._item, self._fresh = tier, NOTHING, dict[str, int](), 0

    def poll_times(self, until: float) -> list[float]:
        """Return the ages of the polls of a video that takes so long."""
        spec = Spec(prompt="", duration=5, resolution=None, ratio=None, tier=self.tier, audio=False, expires_after=172_800)
        times = [float(first_wait(spec, self.seen))]
        while times[-1] < until:
            times.append(times[-1] + next_wait(times[-1], self.tier, seen=self.seen))
        return times

    def learn(self, durations: Sequence[float]) -> None:
        """Poll videos of these durations, and learn from each."""
        known, polls = Durations.from_item(self._item), list[float]()
        for number, duration in enumerate(durations):
            if number % READ_EVERY == 0:
                known = Durations.from_item(self._item)
                self.seen, polls = known, []
            if not polls or polls[-1] < duration:
                polls = self.poll_times(duration)
            found = bisect_left(polls, duration)
            self._add(spread(polls[found - 1] if found else 0.0, polls[found], density(pace_of(self.tier), known)))
        self.seen = Durations.from_item(self._item)

    def _add(self, units: dict[str, int]) -> None:
        for name, number in units.items():
            self._item[name] = self._item.get(name, 0) + number
        for name, left in (halved(self._item) or {}).items():
            self._item[name] = left or 0


def judge(times: Sequence[float], durations: Sequence[float]) -> tuple[float, list[float]]:
    """Return the mean number of polls, and the lateness of each video, sorted."""
    found = [bisect_left(times, duration) for duration in durations]
    return fmean(place + 1 for place in found), sorted(times[place] - duration for place, duration in zip(found, durations, strict=True))


def best_times(durations: Sequence[float], price: float, points: int = 480) -> list[float]:
    """Return the poll times that make the mean of (lateness + price * polls) least for exactly these durations."""
    ordered, total = sorted(durations), len(durations)
    low, high = ordered[0], ordered[-1]
    grid = {ordered[(total - 1) * place // (points // 2)] for place in range(points // 2 + 1)}
    grid |= {low * (high / low) ** (place / (points // 2)) for place in range(points // 2)}
    times = [0.0, *sorted(grid)]
    ended = [0, *(bisect_left(ordered, time + 1e-9) for time in times[1:])]
    sums = [0.0, *accumulate(ordered)]
    cost, before = [0.0] + [inf] * (len(times) - 1), [0] * len(times)
    for here in range(1, len(times)):
        time, count, done = times[here], ended[here], sums[ended[here]]
        options = (
            cost[last] + time * (count - ended[last]) - (done - sums[ended[last]]) + price * (total - ended[last]) for last in range(here)
        )
        cost[here], before[here] = min((each, last) for last, each in enumerate(options))
    chosen, here = [], len(times) - 1
    while here:
        chosen.append(times[here])
        here = before[here]
    return chosen[::-1]


@cache
def _sample(distribution: Distribution, videos: int, seed: int) -> list[float]:
    drawn = random.Random(f"{distribution.name} {seed}")  # noqa: S311 - not a secret
    return [distribution.draw(drawn) for _ in range(videos)]


@cache
def _curve(distribution: Distribution, videos: int, seed: int) -> list[tuple[float, float]]:
    """Return polls and mean lateness of the best schedules for many prices, by polls."""
    durations = _sample(distribution, videos, seed)
    middle = sorted(durations)[videos // 2]
    judged = (judge(best_times(durations, middle * 0.0004 * 1.9**step), durations) for step in range(14))
    return sorted({round(polls, 6): fmean(late) for polls, late in judged}.items())


def best_lateness(distribution: Distribution, polls: float, videos: int = 8_000, seed: int = 7) -> float:
    """Return the mean lateness, in seconds, of the best schedule with so many polls."""
    curve = _curve(distribution, videos, seed)
    for (fewer, later), (more, sooner) in pairwise(curve):
        if fewer <= polls <= more:
            share = log(polls / fewer) / log(more / fewer)
            return exp(log(later) + share * log(sooner / later))
    return curve[0][1] if polls < curve[0][0] else curve[-1][1]


def _row(distribution: Distribution, learners: Sequence[Learner], learned: int, videos: int, seed: int) -> Row:
    durations = _sample(distribution, videos, seed)
    each = [judge(learner.poll_times(max(durations)), durations) for learner in learners]
    polls, late = fmean(polls for polls, _ in each), [sorted(times) for _, times in each]
    ratio = fmean(fmean(late) / best_lateness(distribution, polls, videos, seed) for polls, late in each)
    p50, p95 = (fmean(times[int(share * len(times))] for times in late) for share in (0.5, 0.95))
    longest = fmean(len(learner.poll_times(72 * HOUR)) for learner in learners)
    return Row(distribution.name, distribution.tier, learned, polls, fmean(map(fmean, late)), p50, p95, ratio, longest)


def rows(videos: int = 8_000, seed: int = 7, learned: Sequence[int] = (0, 20, 100, 1_000)) -> list[Row]:
    """Return the figures of every distribution after each number of learned videos."""
    found = []
    for distribution in DISTRIBUTIONS:
        learners = [Learner(distribution.tier) for _ in range(HISTORIES)]
        histories = [_sample(distribution, max(learned), seed + 1 + number) for number in range(HISTORIES)]
        before = 0
        for number in sorted(learned):
            for learner, history in zip(learners, histories, strict=True):
                learner.learn(history[before:number])
            before = number
            found.append(_row(distribution, learners[:1] if number == 0 else learners, number, videos, seed))
    return found


def drift(videos: int = 8_000, seed: int = 7, most: int = 1_000) -> int:
    """Return after how many videos the ratio is at most GOAL again when all durations double after 1,000 videos; `most` if never.

    On the bimodal distribution: the one on which learning gains most.
    """
    before = DISTRIBUTIONS[2]
    after = Distribution("twice as long", before.tier, lambda drawn: 2 * before.draw(drawn))
    learner = Learner(before.tier)
    learner.learn(_sample(before, 1_000, seed + 1))
    history = _sample(after, most, seed + 2)
    for number in range(0, most, 20):
        if number:
            learner.learn(history[number - 20 : number])
        if _row(after, [learner], number, videos, seed).ratio <= GOAL:
            return number
    return most


def polls_until(seconds: float, tier: str) -> int:
    """Return the polls of a video that takes so long, nothing learned."""
    return len(Learner(tier).poll_times(seconds))


def table(found: Sequence[Row]) -> str:
    """Return rows as a Markdown table."""
    head = ["| distribution | learned from | polls | late, mean | p50 | p95 | of the best | polls in 72 h |", "| --- |" + " ---: |" * 7]
    body = (
        f"| {row.name} | {row.learned} | {row.polls:.1f} | {row.late:.1f} s | {row.p50:.1f} s | {row.p95:.1f} s "
        f"| {row.ratio:.2f} | {row.longest:.0f} |"
        for row in found
    )
    return "\n".join([*head, *body])


def draw(path: str, found: Sequence[Row], videos: int = 8_000, seed: int = 7) -> bool:
    """Write a picture of the rows and of the best schedules; False without matplotlib."""
    try:
        from matplotlib import pyplot  # type: ignore[import-not-found,unused-ignore]  # only where somebody has installed it
    except ImportError:
        return False
    figure, axes = pyplot.subplots(2, 3, figsize=(18, 9))
    for axis, distribution in zip(axes.flat, DISTRIBUTIONS, strict=False):
        curve = _curve(distribution, videos, seed)
        axis.plot([polls for polls, _ in curve], [late for _, late in curve], "k-", label="best, knows the distribution")
        for row in (row for row in found if row.name == distribution.name):
            axis.plot(row.polls, row.late, "o")
            axis.annotate(f"learned from {row.learned}", (row.polls, row.late), xytext=(4, 4), textcoords="offset points")
        axis.set(xscale="log", yscale="log", title=distribution.name, xlabel="polls per video", ylabel="mean lateness, s")
        axis.legend()
    axes.flat[-1].axis("off")
    figure.tight_layout()
    figure.savefig(path, dpi=80)
    return True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--videos", type=int, default=8_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--png")
    chosen = parser.parse_args()
    found = rows(chosen.videos, chosen.seed)
    print(table(found))  # noqa: T201 - a command
    print(f"\n60 s: {polls_until(60, 'default')} polls; 72 h of flex: {polls_until(72 * HOUR, 'flex')} polls")  # noqa: T201
    print(f"All durations double after 1,000 videos: at most {GOAL} again after {drift(seed=chosen.seed)} videos")  # noqa: T201
    if chosen.png and not draw(chosen.png, found, chosen.videos, chosen.seed):
        print("no picture: matplotlib is not installed")  # noqa: T201


if __name__ == "__main__":
    main()
