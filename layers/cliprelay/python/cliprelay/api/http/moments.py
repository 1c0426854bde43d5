"""Dates and times in query parameters, in UTC unless they say otherwise."""

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

MOMENT_FORM = "a date as in 2026-11-22, which is a day of UTC, or a time as in 2026-11-22T06:00:00Z"
PATTERN = r"^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2}))?$"
_FORM = re.compile(PATTERN, re.ASCII)


class Span(NamedTuple):
    """What a parameter names: a moment, or a whole day, which ends at the beginning of the next."""

    begin: datetime
    end: datetime


class Moment:
    """A date or a time."""

    pattern = PATTERN

    def complaint(self, value: str) -> str:
        """Say whether the text is one, and whether there is such a day."""
        if not _FORM.fullmatch(value):
            return "must be a date or a time with its offset (a + is sent as %2B)"
        return "" if _read(value) else "does not exist"

    def read(self, value: str) -> Span:
        """Convert a text without a complaint."""
        span = _read(value)
        if span is None:
            raise ValueError(value)
        return span


def _read(value: str) -> Span | None:
    try:
        if "T" not in value:
            day = datetime.fromisoformat(value).replace(tzinfo=UTC)
            return Span(day, day + timedelta(days=1))
        moment = datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return Span(moment, moment)
