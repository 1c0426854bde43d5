"""The polling schedule: early enough for people, rare enough for the history of an execution."""

import random
from bisect import bisect_left
from collections.abc import Callable
from datetime import timedelta
from math import exp, log
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cliprelay.upstream.contract import Outcome, Task
from cliprelay.video.record import deadline_after
from cliprelay.video.states import Status
from cliprelay.workflow.decisions import judge_task
from cliprelay.workflow.durations import BOUND, BUCKETS, NAMES, NOTHING, UNITS, Durations, bucket_of
from cliprelay.workflow.pace import FIRST_STRETCH, PACES
from cliprelay.workflow.schedule import OVERDUE, backoff, by_deadline, first_wait, next_wait, wait_in_silence
from tests.support.makers import NOW, any_settings, any_spec, any_video

HOURS = 3_600
ETAS = st.none() | st.floats(allow_nan=False, allow_infinity=False)
TIERS = st.sampled_from(sorted(PACES))
# A turn of the state machine is Wait, Poll and Choice: nine events. 40 % of 25,000 events is the budget.
MOST_TURNS = 1_000


# Items as they may be stored: some weights, of which a few are absurd.
ITEMS = st.dictionaries(st.sampled_from(NAMES), st.integers(-(10**9), 10**9) | st.sampled_from([UNITS, 30 * UNITS, 10**30]), max_size=12)
SEEN = ITEMS.map(Durations.from_item)


def _seen(*seconds: float) -> Durations:
    item: dict[str, int] = {}
    for each in seconds:
        item[NAMES[bucket_of(each)]] = item.get(NAMES[bucket_of(each)], 0) + UNITS
    return Durations.from_item(item)


def _asked_at(
    tier: str, until: float, eta: Callable[[float], float | None] = lambda _: None, duration: int = 5, seen: Durations = NOTHING
) -> list[float]:
    """Return the times of the polls, in seconds since the submit."""
    waited: float = first_wait(any_spec(service_tier=tier, duration=duration), seen)
    moments = [waited]
    while waited < until:
        waited += next_wait(waited, tier, eta(waited), seen)
        moments.append(waited)
    return moments


@pytest.mark.parametrize("tier", PACES)
@pytest.mark.parametrize("eta", [None, 1, 0.001, 0, -5, 40, 10**9], ids=str)
def test_72_hours_take_at_most_1000_polls_whatever_the_upstream_estimates(tier: str, eta: float | None) -> None:
    assert len(_asked_at(tier, 72 * HOURS, lambda _: eta)) <= MOST_TURNS


@given(tier=TIERS, seed=st.integers())
def test_72_hours_take_at_most_1000_polls_when_the_estimate_fluctuates(tier: str, seed: int) -> None:
    wavering = random.Random(seed)  # noqa: S311 - not a secret
    assert len(_asked_at(tier, 72 * HOURS, lambda _: wavering.choice([None, 1, 60, 10_000]))) <= MOST_TURNS


@given(tier=TIERS, waited=st.floats(min_value=0, max_value=100 * HOURS), eta=ETAS)
def test_a_wait_is_a_whole_number_of_seconds_between_the_floor_and_the_cap(tier: str, waited: float, eta: float | None) -> None:
    wait = next_wait(waited, tier, eta)
    assert isinstance(wait, int)
    assert PACES[tier].floor <= wait <= PACES[tier].cap


@given(tier=TIERS, waited=st.floats(min_value=600, max_value=100 * HOURS), eta=ETAS)
def test_an_estimate_never_shortens_a_wait_once_the_video_is_no_longer_young(tier: str, waited: float, eta: float | None) -> None:
    assert next_wait(waited, tier, eta) >= next_wait(waited, tier)


@given(tier=TIERS, waited=st.floats(min_value=0, max_value=100 * HOURS), eta=ETAS)
def test_an_estimate_at_most_doubles_a_wait(tier: str, waited: float, eta: float | None) -> None:
    assert next_wait(waited, tier, eta) <= 2 * next_wait(waited, tier) + 1  # rounding


@given(tier=TIERS, waited=st.floats(min_value=0, max_value=100 * HOURS), longer=st.floats(min_value=0, max_value=HOURS))
def test_waits_never_shrink_as_a_video_grows_older(tier: str, waited: float, longer: float) -> None:
    assert next_wait(waited + longer, tier) >= next_wait(waited, tier)


def test_a_longer_video_is_first_polled_later() -> None:
    assert first_wait(any_spec(service_tier="default", duration=4)) == first_wait(any_spec(service_tier="default", duration=5)) == 20
    assert first_wait(any_spec(service_tier="default", duration=12)) == 20 + 7 * 4
    assert first_wait(any_spec(service_tier="flex", duration=5)) > first_wait(any_spec(service_tier="default", duration=12))


@pytest.mark.parametrize("seconds", [20, 25, 37, 60, 100])
def test_the_end_of_a_short_task_is_seen_within_15_seconds(seconds: float) -> None:
    assert min(moment for moment in _asked_at("default", 1_000) if moment >= seconds) - seconds <= 15


@given(seconds=st.floats(min_value=20, max_value=72 * HOURS))
def test_the_end_of_any_task_is_seen_within_5_minutes(seconds: float) -> None:
    assert min(moment for moment in _asked_at("default", seconds) if moment >= seconds) - seconds <= 300


def test_the_median_delay_of_typical_videos_is_at_most_10_seconds() -> None:
    late = sorted(_cost(_asked_at("default", 10_000), seconds)[1] for seconds in _durations() if seconds < 600)
    assert late[len(late) // 2] <= 10


@pytest.mark.parametrize(("tier", "short", "long"), [("default", 10, 300), ("flex", 620, 900)])
def test_the_ends_of_10000_tasks_are_all_seen_and_half_of_them_soon(tier: str, short: int, long: int) -> None:
    settings = any_settings(service_tier=tier, execution_expires_after=72 * HOURS)
    video = any_video(status=Status.RUNNING, upstream_id="task-1", settings=settings, deadline=deadline_after(NOW, any_spec(**settings)))
    moments, late = _asked_at(tier, 73 * HOURS), []
    for seconds in _every_magnitude(10_000):
        found = bisect_left(moments, seconds)
        if found:
            assert judge_task(video, Task(Outcome.RUNNING), NOW + timedelta(seconds=moments[found - 1])).target is None
        done = Task(Outcome.SUCCEEDED, video_url="https://media.example.com/v.mp4")
        assert judge_task(video, done, NOW + timedelta(seconds=moments[found])).target is Status.ARCHIVING
        late.append((seconds, moments[found] - seconds))
    assert median(lateness for seconds, lateness in late if seconds < 600) <= short
    assert median(lateness for seconds, lateness in late if seconds >= 600) <= long


def _every_magnitude(number: int) -> list[float]:
    """Return durations from 20 seconds to 72 hours, log-uniformly distributed."""
    drawn = random.Random(1)  # noqa: S311 - not a secret
    return [exp(drawn.uniform(log(20), log(72 * HOURS))) for _ in range(number)]


def test_growing_waits_cost_less_than_any_fixed_interval() -> None:
    ours = _mean_cost(_asked_at("default", 10_000))
    fixed = [_mean_cost([float(moment) for moment in range(step, 10_000 + step, step)]) for step in range(4, 61)]
    assert ours < min(fixed)


def _durations() -> list[float]:
    """Return log-normal times, median 50 s, 95th percentile 180 s, for which the schedule was designed."""
    drawn = random.Random(1)  # noqa: S311 - not a secret
    return [exp(drawn.gauss(log(50), log(180 / 50) / 1.645)) for _ in range(2_000)]


def _cost(moments: list[float], seconds: float) -> tuple[int, float]:
    asked = next(place for place, moment in enumerate(moments) if moment >= seconds)
    return asked + 1, moments[asked] - seconds


def _mean_cost(moments: list[float]) -> float:
    """Return the number of polls times the mean delay."""
    costs = [_cost(moments, seconds) for seconds in _durations()]
    return sum(polls for polls, _ in costs) / len(costs) * sum(late for _, late in costs) / len(costs)


@given(attempt=st.integers(min_value=-5, max_value=10**9))
def test_a_backoff_is_a_whole_number_within_bounds(attempt: int) -> None:
    assert 5 <= backoff(attempt) <= 300
    assert isinstance(backoff(attempt), int)


def test_backoffs_double_from_the_first() -> None:
    assert [backoff(attempt) for attempt in range(1, 9)] == [5, 10, 20, 40, 80, 160, 300, 300]
    assert [backoff(attempt, first=30) for attempt in range(1, 6)] == [30, 60, 120, 240, 300]


def test_72_hours_in_the_queue_take_at_most_1000_submits_without_retry_after() -> None:
    waited, attempts = 0, 0
    while waited < 72 * HOURS:
        attempts += 1
        waited += backoff(attempts)
    assert attempts <= MOST_TURNS


@pytest.mark.parametrize(
    ("age", "tier", "eta", "wait"),
    [
        (0, "default", None, 8),
        (200, "default", None, 10),
        (1e9, "default", None, 300),
        (0, "flex", None, 900),
        (28_800, "flex", None, 2_160),
        (1e9, "flex", None, 14_400),
        (0, "unheard of", None, 8),
        (599, "default", 9, 9),
        (599, "default", 1, 8),
        (600, "default", 1, 30),
        (600, "default", 45, 45),
        (600, "default", 1e9, 60),
        (600, "default", 0, 30),
        (300, "default", 0.5, 8),
        (300, "default", -1, 15),
        (1e9, "default", 1e9, 300),
    ],
)
def test_a_wait_is_a_share_of_the_age_bent_by_the_estimate(age: float, tier: str, eta: float | None, wait: int) -> None:
    assert next_wait(age, tier, eta) == wait


@pytest.mark.parametrize(
    ("tier", "duration", "wait"), [("default", 4, 20), ("default", 5, 20), ("default", 12, 48), ("flex", 5, 720), ("flex", 12, 748)]
)
def test_the_first_wait_grows_with_the_length_of_the_video(tier: str, duration: int, wait: int) -> None:
    assert first_wait(any_spec(service_tier=tier, duration=duration)) == wait


def test_a_video_of_a_minute_takes_six_polls_and_72_hours_of_flex_at_most_55() -> None:
    assert (len(_asked_at("default", 60)), _asked_at("default", 60)[-1]) == (6, 60)
    assert len(_asked_at("flex", 72 * HOURS)) <= 55


# What is learned


@given(tier=TIERS, age=st.floats(min_value=1, max_value=100 * HOURS), eta=ETAS, seen=SEEN)
def test_whatever_is_stored_a_wait_stays_within_its_bounds(tier: str, age: float, eta: float | None, seen: Durations) -> None:
    wait, usual = next_wait(age, tier, eta, seen), PACES[tier].wait(age)
    assert isinstance(wait, int)
    assert max(1, round(usual / 2)) <= wait <= PACES[tier].cap
    assert next_wait(age, tier, None, seen) <= max(age, usual) + 1


@given(tier=TIERS, seen=SEEN)
def test_whatever_is_stored_the_first_wait_stays_within_its_bounds(tier: str, seen: Durations) -> None:
    assert round(PACES[tier].floor / 2) <= first_wait(any_spec(service_tier=tier, duration=5), seen) <= FIRST_STRETCH * PACES[tier].first


@settings(deadline=None, max_examples=30)
@given(tier=TIERS, seen=SEEN, eta=st.sampled_from([None, 1, 40, 10**9]))
def test_72_hours_take_at_most_1000_polls_whatever_is_stored(tier: str, seen: Durations, eta: float | None) -> None:
    assert len(_asked_at(tier, 72 * HOURS, lambda _: eta, seen=seen)) <= (MOST_TURNS if tier == "default" else 120)


@pytest.mark.parametrize("tier", PACES)
@pytest.mark.parametrize("place", range(0, BUCKETS, 16))
def test_72_hours_take_at_most_1000_polls_where_all_seen_videos_end_in_one_bucket(tier: str, place: int) -> None:
    flat = Durations.from_item({name: BOUND * UNITS if name == NAMES[place] else UNITS for name in NAMES})
    assert len(_asked_at(tier, 72 * HOURS, seen=flat)) <= (MOST_TURNS if tier == "default" else 120)


@given(tier=TIERS, age=st.floats(min_value=0, max_value=100 * HOURS), seen=SEEN)
def test_beyond_the_evidence_waits_are_the_usual_ones(tier: str, age: float, seen: Durations) -> None:
    if age >= seen.longest:
        assert next_wait(age, tier, None, seen) == next_wait(age, tier)


@given(tier=TIERS, age=st.floats(min_value=0, max_value=100 * HOURS))
def test_with_nothing_seen_waits_are_the_usual_ones(tier: str, age: float) -> None:
    assert next_wait(age, tier, None, Durations.from_item({"b10": 0, "b11": -3})) == next_wait(age, tier)


@given(age=st.floats(min_value=21, max_value=100 * HOURS), absurd=st.integers(0, BUCKETS - 1))
def test_one_absurd_duration_changes_no_wait_by_more_than_its_bounds(age: float, absurd: int) -> None:
    seen = Durations.from_item({NAMES[bucket_of(50)]: 60 * UNITS, NAMES[absurd]: UNITS})
    usual = next_wait(age, "default")
    assert usual / 2 - 1 <= next_wait(age, "default", None, seen) <= max(usual, age) + 1


def test_videos_that_all_take_long_are_first_polled_late_and_then_as_the_usual_ones_are() -> None:
    slow = _seen(*[300] * 50)
    assert first_wait(any_spec(service_tier="default", duration=5), slow) >= 40
    polls = _asked_at("default", 340, seen=slow)
    assert len(polls) < len(_asked_at("default", 340)) / 2
    assert min(moment for moment in polls if moment >= 300) - 300 <= 20


def test_videos_that_all_end_early_are_polled_early() -> None:
    fast = _seen(*[10] * 50)
    assert first_wait(any_spec(service_tier="default", duration=5), fast) <= 13


def test_an_estimate_bends_a_learned_wait_within_its_bounds() -> None:
    seen = _seen(*[35] * 70, *[150] * 30)
    learned = next_wait(50, "default", None, seen)
    assert learned > 20
    assert next_wait(50, "default", 1, seen) == 8
    assert next_wait(50, "default", 10**9, seen) == 2 * learned
    dense = next_wait(34, "default", None, seen)
    assert dense < 8
    assert next_wait(34, "default", 1, seen) == dense


def test_a_backoff_begins_with_5_seconds_and_ends_with_5_minutes() -> None:
    assert [backoff(attempt) for attempt in (-1, 0, 1, 2, 3, 7, 8, 10**6)] == [5, 5, 5, 10, 20, 300, 300, 300]
    assert [backoff(attempt, first=1, cap=2**30) for attempt in (20, 21, 22, 99)] == [2**19, 2**20, 2**20, 2**20]


@pytest.mark.parametrize(
    ("usual", "silent", "retry_after", "wait"),
    [
        (8, 0, None, 8),
        (7_454, 0, None, 300),
        (7_454, 900, None, 900),
        (7_454, 90_000, None, 7_454),
        (7_454, 0, 600, 600),
        (300, 0, 900, 300),
    ],
)
def test_a_poll_without_an_answer_is_repeated_soon_and_less_and_less_often(
    usual: int, silent: float, retry_after: float | None, wait: int
) -> None:
    assert wait_in_silence(usual, silent, retry_after) == wait


@pytest.mark.parametrize(
    ("wait", "left", "expected"),
    [
        (14_400, 20_000, 14_400),
        (14_400, 14_399, 14_400),
        (14_400, 120, 121),
        (14_400, 119.4, 121),
        (8, 0, 1),
        (14_400, -0.5, OVERDUE),
        (300, -7, 300),
    ],
)
def test_a_poll_follows_the_deadline_at_once_and_no_wait_after_it_is_long(wait: float, left: float, expected: int) -> None:
    assert by_deadline(wait, left) == expected
