"""Dates and times of a query are exact, and those that do not exist are refused."""

from datetime import UTC, datetime

import pytest

from cliprelay.api.http.moments import Moment, Span

DAY = datetime(2026, 11, 22, tzinfo=UTC)


def test_a_date_is_a_whole_day_of_utc() -> None:
    assert Moment().complaint("2026-11-22") == ""
    assert Moment().read("2026-11-22") == Span(DAY, DAY.replace(day=23))


@pytest.mark.parametrize(
    "text", ["2026-11-22T06:00Z", "2026-11-22T06:00:00Z", "2026-11-22T07:00:00.000+01:00", "2026-11-21T23:30:00-06:30"]
)
def test_a_time_is_a_moment(text: str) -> None:
    assert Moment().complaint(text) == ""
    assert Moment().read(text) == Span(DAY.replace(hour=6), DAY.replace(hour=6))


@pytest.mark.parametrize(
    "text", ["2026-02-30", "2026-13-01", "0000-01-01", "9999-12-31", "2026-11-22T24:00:01Z", "0001-01-01T00:00:00+14:00"]
)
def test_a_moment_that_does_not_exist_is_refused(text: str) -> None:
    assert Moment().complaint(text) == "does not exist"
    with pytest.raises(ValueError, match=text[:4]):
        Moment().read(text)


WRONG = [
    "",
    "today",
    "22.11.2026",
    "20261122",
    "2026-11-22T06:00:00",
    "2026-11-22 06:00:00Z",
    "1795327200",
    "2026-W47-7",
    "\uff12\uff10\uff12\uff16-11-22",
]


@pytest.mark.parametrize("text", WRONG)
def test_another_form_is_refused(text: str) -> None:
    assert Moment().complaint(text).startswith("must be a date or a time")
