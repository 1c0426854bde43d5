"""The polling schedule against the best one for known durations: how much later than necessary it sees the end, with as many polls."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from cliprelay.workflow import schedule
from cliprelay.workflow.pace import PACES
from tests.bench.chart import Panel, Point, draw
from tests.bench.distributions import DISTRIBUTIONS, Distribution, Judged, curve, judge, lateness_at
from tests.bench.rows import Row

ANCHOR = "the optimum that knows the distribution, with as many polls"
GOALS = {"log-normal 50/180 s": 1.05}
OTHER_GOAL = 1.3
VIDEOS = 8_000
LEARNING_VIDEOS = 2_000
SEED = 7
# A schedule that learns is judged after so many videos of its class.
LEARNED = 100
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
    if find_spec("tests.bench.poll_policy"):
        with suppress(ImportError):  # another version of the product, whose schedule does not learn
            learned = list(_learning(min(videos, LEARNING_VIDEOS), seed))
    return [*(_fixed_policy(distribution, videos, seed) for distribution in DISTRIBUTIONS), *learned]


def _learning(videos: int, seed: int) -> Iterator[Policy]:
    from tests.bench import poll_policy  # type: ignore[attr-defined]

    rows = poll_policy.rows(videos=videos, seed=seed, learned=(LEARNED,))
    names = own_names([row.name for row in rows])
    for row in rows:
        yield Policy(names[row.name], row.learned, Judged(row.polls, row.late), row.ratio)


def own_names(names: list[str]) -> dict[str, str]:
    """Return our name of each distribution of another evaluation, which has the same ones in the same order."""
    return dict(zip(dict.fromkeys(names), [each.name for each in DISTRIBUTIONS], strict=True))


def _fixed_policy(distribution: Distribution, videos: int, seed: int) -> Policy:
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
