"""Periods of whole UTC days, as usage is asked for."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple

from cliprelay.errors import FieldComplaint

# Longer than a leap year and a month, so that a year can be compared with the month after it.
MOST_DAYS = 400
ACCEPTED = "a UTC day such as 2026-11-27"
# Python also reads 20261127 and 2026-W48-5.
_FORM = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Period(NamedTuple):
    """The days from `first` to `last`, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """The number of days."""
        return (self.last - self.first).days + 1


def read_day(text: str) -> date | None:
    """Read a day; None if it is not written as YYYY-MM-DD, or does not exist."""
    if not _FORM.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def period_of(given: Mapping[str, date], now: datetime) -> Period:
    """Return the period of the days `from` and `to`: by default today, and the first day of that month."""
    last = given.get("to") or now.date()
    return Period(given.get("from") or last.replace(day=1), last)


def complaints_about(period: Period) -> list[FieldComplaint]:
    """Return what is wrong with a period of days that exist."""
    if period.days < 1:
        message = f"must not be after `to`, which is {period.last}"
    elif period.days > MOST_DAYS:
        message = f"begins a period of {period.days:,} days; at most {MOST_DAYS} can be asked for at once"
    else:
        return []
    return [FieldComplaint(field="from", message=message, accepted=ACCEPTED)]
