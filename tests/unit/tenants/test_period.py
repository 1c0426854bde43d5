"""Periods of usage: days that exist, in order, and not too many."""

from datetime import date

import pytest

from cliprelay.tenants.period import MOST_DAYS, Period, complaints_about, period_of, read_day
from tests.support.makers import NOW


@pytest.mark.parametrize(
    "text", ["2026-02-29", "2026-13-01", "2026-00-10", "2026-1-1", "20261101", "2026-W48-5", "2026-11-27T00:00:00Z", "", "x"]
)
def test_only_days_that_exist_in_one_form_are_read(text: str) -> None:
    assert read_day(text) is None


@pytest.mark.parametrize("text", ["2028-02-29", "0001-01-01", "9999-12-31"])
def test_a_day_is_read_as_it_is_written(text: str) -> None:
    assert str(read_day(text)) == text


@pytest.mark.parametrize(
    ("given", "first", "last"),
    [
        ({}, "2026-11-01", "2026-11-22"),
        ({"to": date(2026, 2, 10)}, "2026-02-01", "2026-02-10"),
        ({"from": date(2026, 10, 5)}, "2026-10-05", "2026-11-22"),
    ],
)
def test_a_period_is_this_month_until_today_unless_asked_otherwise(given: dict[str, date], first: str, last: str) -> None:
    assert tuple(map(str, period_of(given, NOW))) == (first, last)


@pytest.mark.parametrize(
    ("first", "last", "message"),
    [
        (date(2026, 11, 27), date(2026, 11, 26), "must not be after `to`, which is 2026-11-26"),
        (date(2025, 1, 1), date(2026, 2, 5), "begins a period of 401 days; at most 400 can be asked for at once"),
    ],
)
def test_a_period_that_cannot_be_asked_for_is_explained_at_from(first: date, last: date, message: str) -> None:
    (complaint,) = complaints_about(Period(first, last))
    assert (complaint["field"], complaint["message"]) == ("from", message)


@pytest.mark.parametrize(("first", "last"), [(date(2026, 11, 27), date(2026, 11, 27)), (date(2025, 1, 1), date(2026, 2, 4))])
def test_one_day_and_the_longest_period_can_be_asked_for(first: date, last: date) -> None:
    period = Period(first, last)
    assert complaints_about(period) == []
    assert period.days in (1, MOST_DAYS)
