"""The plan: the poll times that are best for what is known, and for a prior that the fixed schedule fits."""

from itertools import pairwise
from math import isclose

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cliprelay.workflow.durations import BUCKETS, NAMES, NOTHING, UNITS, Durations, bucket_of
from cliprelay.workflow.pace import PACES
from cliprelay.workflow.plan import GRID, PRIOR, density, planned_wait

TIERS = sorted(PACES)


def _seen(*seconds: float, weight: float = 1) -> Durations:
    item: dict[str, int] = {}
    for each in seconds:
        item[NAMES[bucket_of(each)]] = item.get(NAMES[bucket_of(each)], 0) + int(weight * UNITS)
    return Durations.from_item(item)


def _polls(tier: str, seen: Durations, until: float) -> list[float]:
    ages = [0.0]
    while ages[-1] < until:
        ages.append(ages[-1] + planned_wait(ages[-1], PACES[tier], seen))
    return ages[1:]


def test_the_grid_rises_from_0_to_three_days() -> None:
    assert (GRID[0], len(GRID)) == (0, 2 * BUCKETS + 1)
    assert all(low < high for low, high in pairwise(GRID))
    assert isclose(GRID[-1], 72.8 * 3_600, rel_tol=0.01)


@pytest.mark.parametrize("tier", TIERS)
def test_the_prior_is_worth_some_videos_and_never_ends_them_all(tier: str) -> None:
    assert 0.5 * PRIOR < sum(density(PACES[tier], NOTHING)) < PRIOR
    assert sum(density(PACES[tier], _seen(50, 60))) == pytest.approx(2 + sum(density(PACES[tier], NOTHING)))


@pytest.mark.parametrize(("tier", "until"), [("default", 400), ("flex", 40_000)])
def test_the_plan_of_the_prior_is_nearly_the_fixed_schedule(tier: str, until: float) -> None:
    polls = _polls(tier, NOTHING, until)
    fixed, age = 0, float(PACES[tier].first)
    while age < until:
        fixed, age = fixed + 1, age + PACES[tier].wait(age)
    assert len(polls) == pytest.approx(fixed, rel=0.15)
    for before, after in pairwise(polls):
        assert 0.5 <= (after - before) / PACES[tier].wait(before) <= 1.5


def test_polls_are_dense_where_videos_end_and_rare_in_between() -> None:
    polls = _polls("default", _seen(*range(28, 44), *range(120, 180, 10), weight=5), 170)
    assert sum(1 for poll in polls if 28 <= poll <= 45) >= 3
    assert sum(1 for poll in polls if 50 <= poll <= 115) <= 3
    assert sum(1 for poll in polls if 120 <= poll <= 170) >= 4


def test_more_videos_of_one_duration_bring_the_poll_after_it_nearer() -> None:
    def late(videos: int) -> float:
        polls = _polls("default", _seen(*[60] * videos), 80)
        return min(poll for poll in polls if poll >= 60) - 60

    assert late(100) <= late(1) <= 8.1
    assert late(100) <= 4


@settings(deadline=None, max_examples=60)
@given(
    tier=st.sampled_from(TIERS),
    weights=st.dictionaries(st.integers(0, BUCKETS - 1), st.integers(0, 128 * UNITS), max_size=6),
    age=st.floats(min_value=0, max_value=200_000),
)
def test_a_plan_leads_onward_from_every_age_whatever_was_seen(tier: str, weights: dict[int, int], age: float) -> None:
    seen = Durations.from_item({NAMES[place]: weight for place, weight in weights.items()})
    assert age + planned_wait(age, PACES[tier], seen) > age or age > GRID[-2]
