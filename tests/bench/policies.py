"""The polling schedule against the best one for known durations: how much later than necessary it sees the end, with as many polls."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import fmean

from cliprelay.workflow import schedule
from cliprelay.workflow.pace import PACES
from tests.bench.chart import Panel, Point, draw
from tests.bench.distributions import DISTRIBUTIONS, Distribution, Judged, curve, judge, lateness_at
from tests.bench.rows import Row

ANCHOR = "the optimum that knows the distribution, with as many polls"
GOALS = {"log-normal 50/180 s": 1.05}
OTHER_GOAL = 1.3
VIDEOS = 8_000
SEED = 7
# A schedule that learns is judged after so many videos of its class, as the mean of so many histories.
LEARNED, HISTORIES = 100, 10
PICTURE = "poll-policies.png"
FIXED = (2, 5, 10, 20, 30, 60, 120, 300, 600, 1_200)


@dataclass(frozen=True)
class Policy:
    """What our schedule reaches on one distribution after having seen `learned` videos."""

    name: str
    learned: int
    judged: Judged
    ratio: float


def policies(videos: int = VIDEOS, seed: int = SEED) -> list[Policy]:
    """Return our schedule on every distribution: what it knows from the start, and what it has learned if it does."""
    learned = list[Policy]()
    with suppress(ImportError):  # another version of the product, whose schedule does not learn
        learned = [learned_policy(distribution, videos, seed) for distribution in DISTRIBUTIONS]
    return [*(fixed_policy(distribution, videos, seed) for distribution in DISTRIBUTIONS), *learned]


def learned_policy(distribution: Distribution, videos: int, seed: int) -> Policy:
    """Judge what was learned from several histories, none of which has a video that is judged."""
    from tests.bench.poll_policy import Learner

    durations, points, found = distribution.sample(videos, seed), curve(distribution, videos, seed), list[Judged]()
    for number in range(HISTORIES):
        rng, learner = Random(f"{seed} {number}"), Learner(distribution.tier)  # noqa: S311 - not for secrets
        learner.learn([distribution.draw(rng) for _ in range(LEARNED)])
        found.append(judge(learner.poll_times(durations[-1]), durations))
    ratio = fmean(each.late / lateness_at(points, each.polls) for each in found)
    return Policy(distribution.name, LEARNED, Judged(fmean(each.polls for each in found), fmean(each.late for each in found)), ratio)


def fixed_policy(distribution: Distribution, videos: int, seed: int) -> Policy:
    """Judge the schedule that has learned nothing."""
    durations = distribution.sample(videos, seed)
    found = judge(times_of(distribution.tier, durations[-1]), durations)
    return Policy(distribution.name, 0, found, found.late / lateness_at(curve(distribution, videos, seed), found.polls))


def times_of(tier: str, longest: float) -> list[float]:
    """Return when a schedule that learns nothing polls, without what a poll itself takes."""
    times = [float(PACES[tier].first)]
    while times[-1] < longest:
        times.append(times[-1] + schedule.next_wait(times[-1], tier))
    return times


def rows(found: list[Policy]) -> Iterator[Row]:
    """Return what each distribution reaches with nothing learned and after so many videos; the goal is that of the latter.

    The distribution for which the schedule was made has its goal both ways.
    """
    for each in found:
        known = f"after {each.learned} videos" if each.learned else "nothing learned"
        is_last = each.learned == max(other.learned for other in found if other.name == each.name)
        goal = GOALS.get(each.name, OTHER_GOAL if is_last else None)
        yield Row("policies", f"lateness, {each.name}, {known}", ANCHOR, each.ratio, goal, "ratio")


def picture(found: list[Policy], file: Path, videos: int = VIDEOS, seed: int = SEED) -> None:
    """Draw polls and lateness of ours, of fixed intervals and of the optimum."""
    panels = []
    for distribution in DISTRIBUTIONS:
        durations = distribution.sample(videos, seed)
        ours = [Point(_label(each), each.judged.polls, each.judged.late, "ours") for each in found if each.name == distribution.name]
        others = list(_fixed_intervals(durations))
        panels.append(Panel(distribution.name, [(each.polls, each.late) for each in curve(distribution, videos, seed)], [*others, *ours]))
    draw(panels, file)


def _label(policy: Policy) -> str:
    return f"ClipRelay after {policy.learned}" if policy.learned else "ClipRelay"


def _fixed_intervals(durations: list[float]) -> Iterator[Point]:
    """Yield fixed intervals that make 2 to 100 polls of a usual video."""
    for seconds in FIXED:
        if 2 <= durations[len(durations) // 2] / seconds <= 100:
            times = [seconds * number for number in range(1, int(durations[-1] / seconds) + 2)]
            found = judge(times, durations)
            yield Point(f"{seconds} s", found.polls, found.late, "other")
