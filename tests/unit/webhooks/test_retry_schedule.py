"""The example schedule of Standard Webhooks, and the effect of each answer."""

from datetime import timedelta

import pytest

from cliprelay.webhooks.retry_schedule import LONGEST_RETRY_AFTER, STEPS, Ending, Reply, RetryDecision, judge

BROKEN = Reply(500)


def test_ten_attempts_take_75_hours_and_35_minutes() -> None:
    waits = [judge(BROKEN, failures, 0).wait for failures in range(9)]
    assert waits == [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]
    assert timedelta(seconds=sum(STEPS)) == timedelta(hours=75, minutes=35, seconds=5)
    assert judge(BROKEN, 9, 0) == RetryDecision(Ending.FAILED)


@pytest.mark.parametrize("failures", range(9))
def test_jitter_makes_a_wait_at_most_a_tenth_longer_and_never_shorter(failures: int) -> None:
    planned = STEPS[failures + 1]
    waits = [judge(BROKEN, failures, jitter / 10).wait or 0 for jitter in range(11)]
    assert waits[0] == planned
    assert waits == sorted(waits)
    assert planned < waits[-1] <= planned * 1.1 + 1


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_2xx_is_success(status: int) -> None:
    assert judge(Reply(status), 0, 0) == RetryDecision(Ending.DELIVERED)


@pytest.mark.parametrize("reply", [*(Reply(status) for status in (100, 199, 300, 301, 302, 307, 400, 404, 418, 500, 599)), Reply()])
def test_everything_else_is_a_failure(reply: Reply) -> None:
    assert judge(reply, 0, 0) == RetryDecision(wait=5)


def test_an_incomplete_2xx_is_a_failure() -> None:
    assert judge(Reply(200, "broken_off"), 0, 0) == RetryDecision(wait=5)


@pytest.mark.parametrize("failures", [0, 5, 9])
def test_410_ends_a_delivery_at_once(failures: int) -> None:
    assert judge(Reply(410), failures, 0) == RetryDecision(Ending.DISABLED)


@pytest.mark.parametrize("status", [429, 503])
def test_a_retry_after_of_up_to_a_day_is_honoured(status: int) -> None:
    assert judge(Reply(status, retry_after=120), 0, 0).wait == 120
    assert judge(Reply(status, retry_after=1e9), 0, 0).wait == LONGEST_RETRY_AFTER


def test_a_short_retry_after_does_not_use_up_the_attempts() -> None:
    assert judge(Reply(503, retry_after=1), 5, 0).wait == STEPS[6]


def test_a_retry_after_of_other_statuses_is_ignored() -> None:
    assert judge(Reply(500, retry_after=120), 0, 0).wait == 5


def test_the_endings_have_the_names_that_the_api_shows() -> None:
    assert [ending.value for ending in Ending] == ["delivered", "failed", "disabled"]
