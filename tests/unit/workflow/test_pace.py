"""Paces: what is waited while nothing is known, and how far what is learned may depart from it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprelay.workflow.pace import DENSEST, FIRST_STRETCH, PACES, pace_of

AGES = st.floats(min_value=0, max_value=400_000)


def test_an_unknown_tier_has_the_default_pace() -> None:
    assert pace_of("unheard of") is PACES["default"]


@pytest.mark.parametrize(
    ("tier", "age", "wait"),
    [
        ("default", 0, 8),
        ("default", 160, 8),
        ("default", 200, 10),
        ("default", 6_000, 300),
        ("default", 10**6, 300),
        ("flex", 0, 900),
        ("flex", 16_200, 900),
        ("flex", 27_200, 2_000),
        ("flex", 10**6, 14_400),
    ],
)
def test_waits_stay_at_the_floor_then_grow_up_to_the_cap(tier: str, age: float, wait: float) -> None:
    assert PACES[tier].wait(age) == pytest.approx(wait, abs=0.2)


@given(tier=st.sampled_from(sorted(PACES)), age=AGES)
def test_a_learned_wait_is_at_most_twice_as_dense_and_never_longer_than_the_age(tier: str, age: float) -> None:
    pace = PACES[tier]
    shortest, longest = pace.bounds(age)
    assert pace.wait(age) / DENSEST <= shortest <= pace.wait(age) <= longest
    assert longest <= max(age, pace.wait(age), FIRST_STRETCH * pace.first if age == 0 else 0)


def test_old_videos_of_the_default_tier_are_not_polled_more_densely_than_usual() -> None:
    assert PACES["default"].bounds(599)[0] < PACES["default"].wait(599)
    assert PACES["default"].bounds(600)[0] == PACES["default"].wait(600)
