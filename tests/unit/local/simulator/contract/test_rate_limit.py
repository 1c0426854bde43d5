"""Requests per minute: a full bucket at first, refilled evenly on the simulated clock, and never beyond its size."""

from local.simulator.contract.rate_limit import TokenBucket


def _passed(bucket: TokenBucket, now: float, asked: int) -> int:
    return sum(bucket.take(now) for _ in range(asked))


def test_a_minutes_requests_pass_at_once_and_then_one_by_one() -> None:
    bucket = TokenBucket(per_minute=6, scale=1.0)
    assert _passed(bucket, 0.0, 10) == 6
    assert _passed(bucket, 9.9, 10) == 0
    assert _passed(bucket, 30.0, 10) == 3


def test_a_quiet_hour_saves_up_one_minutes_requests() -> None:
    bucket = TokenBucket(per_minute=6, scale=1.0)
    bucket.take(0.0)
    assert _passed(bucket, 3_600.0, 10) == 6


def test_a_clock_that_goes_back_refills_nothing() -> None:
    bucket = TokenBucket(per_minute=1, scale=1.0)
    assert _passed(bucket, 100.0, 2) == 1
    assert _passed(bucket, 40.0, 1) == 0


def test_a_faster_clock_refills_faster() -> None:
    bucket = TokenBucket(per_minute=60, scale=0.1)
    assert _passed(bucket, 0.0, 100) == 60
    assert _passed(bucket, 1.0, 100) == 10


def test_a_limit_of_0_is_none() -> None:
    bucket = TokenBucket(per_minute=0, scale=1.0)
    assert _passed(bucket, 0.0, 1_000) == 1_000
    assert bucket.refill_seconds == 0


def test_the_wait_is_a_whole_second_at_least() -> None:
    assert [TokenBucket(size, 1.0).refill_seconds for size in (6, 60, 200)] == [10, 1, 1]
