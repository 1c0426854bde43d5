"""Durations by class: a histogram that no single observation and no damaged item can spoil."""

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprelay.workflow.durations import (
    BOUND,
    BUCKETS,
    EDGES,
    NAMES,
    NOTHING,
    PREFIX,
    UNITS,
    Durations,
    bucket_of,
    class_of,
    halved,
    spread,
)
from tests.support.makers import any_settings, any_video

EVEN = [high - low for low, high in itertools.pairwise(EDGES)]
SECONDS = st.floats(min_value=0, max_value=10**7)
ANYTHING = st.none() | st.booleans() | st.integers(-(10**40), 10**40) | st.text(max_size=3) | st.lists(st.integers(), max_size=2)


def _seen(**videos: float) -> Durations:
    return Durations.from_item({name: int(number * UNITS) for name, number in videos.items()})


def test_a_class_is_a_model_with_its_tier_resolution_and_length() -> None:
    video = any_video(model="seedance-v1.5-pro-i2v", settings=any_settings(service_tier="flex", resolution="480p", duration=12))
    assert class_of(video) == PREFIX + "seedance-v1.5-pro-i2v#flex#480p#12"
    assert class_of(any_video(model="unheard of", settings={})).startswith(PREFIX + "unheard of#default#")


@given(seconds=SECONDS)
def test_every_duration_has_a_bucket_around_it(seconds: float) -> None:
    place = bucket_of(seconds)
    assert 0 <= place < BUCKETS
    assert place == 0 or EDGES[place] <= seconds * (1 + 1e-9)
    assert place == BUCKETS - 1 or seconds <= EDGES[place + 1] * (1 + 1e-9)


@given(item=st.dictionaries(st.sampled_from((*NAMES[:9], "b80", "version", "id")), ANYTHING))
def test_a_damaged_item_reads_as_sensible_weights(item: dict[str, Any]) -> None:
    seen = Durations.from_item(item)
    assert len(seen.weights) == BUCKETS
    assert all(0 <= weight <= BOUND for weight in seen.weights)


def test_an_item_reads_as_videos() -> None:
    assert _seen(b00=1, b7f=2.5).count == 3.5
    assert (_seen(b00=1, b7f=2.5).weights[0], _seen(b00=1, b7f=2.5).weights[127]) == (1, 2.5)
    assert Durations.from_item({}) == NOTHING


@given(lower=SECONDS, width=st.floats(min_value=0, max_value=10**5))
def test_a_video_weighs_one_however_wide_its_interval(lower: float, width: float) -> None:
    units = spread(lower, lower + width, EVEN)
    assert abs(sum(units.values()) - UNITS) <= BUCKETS / 2
    assert min(units.values()) > 0
    assert {bucket_of(lower), bucket_of(lower + width)} | set(map(NAMES.index, units)) <= set(
        range(bucket_of(lower), bucket_of(lower + width) + 1)
    )


def test_units_follow_the_density_within_the_interval_alone() -> None:
    density = [0.0] * BUCKETS
    density[bucket_of(35)] = 1
    assert spread(20, 60, density) == {NAMES[bucket_of(35)]: UNITS}
    assert spread(40, 60, density) == {NAMES[bucket_of(60)]: UNITS}


def test_half_of_a_bucket_gets_half_of_its_density() -> None:
    low, high = EDGES[30], EDGES[31]
    units = spread((low + high) / 2, high + (EDGES[32] - high) * 0.999_999, [1.0] * BUCKETS)
    assert units == {NAMES[30]: 333, NAMES[31]: 667}


def test_there_is_no_evidence_beyond_the_last_one_in_two_hundred() -> None:
    assert NOTHING.longest == 0
    assert _seen(b10=100).longest == EDGES[17]
    assert _seen(b10=100, b20=0.4).longest == EDGES[17]
    assert _seen(b10=100, b20=0.6).longest == EDGES[33]


def test_a_quantile_lies_within_its_bucket() -> None:
    seen = _seen(b10=1, b20=3)
    assert NOTHING.quantile(0.5) is None
    assert seen.quantile(0) == EDGES[16]
    assert seen.quantile(0.125) == pytest.approx((EDGES[16] + EDGES[17]) / 2)
    assert seen.quantile(0.25) == EDGES[17]
    assert seen.quantile(1) == EDGES[33]


@given(shares=st.tuples(st.floats(0, 1), st.floats(0, 1)), place=st.integers(0, 127), other=st.integers(0, 127))
def test_quantiles_never_fall(shares: tuple[float, float], place: int, other: int) -> None:
    seen = _seen(**{NAMES[place]: 2, NAMES[other]: 1})
    low, high = (seen.quantile(share) for share in sorted(shares))
    assert low is not None
    assert high is not None
    assert low <= high


def test_only_a_heavy_item_is_halved_and_small_counters_go() -> None:
    assert halved({"b00": BOUND * UNITS - 1, "expires_at": 1}) is None
    assert halved({"b00": BOUND * UNITS - 1, "b01": 1}) == {"b00": (BOUND * UNITS - 1) // 2, "b01": None}


def test_a_poisoned_counter_is_cut_down_when_it_is_halved() -> None:
    assert halved({"b00": 10**30, "b01": -5, "b02": 7}) == {"b00": BOUND * UNITS // 2, "b01": None, "b02": 3}
