"""The earliest time of an order's submit: how it is written, and how far ahead it may be."""

import re
from datetime import UTC, datetime, timedelta

from cliprelay.errors import FieldComplaint
from cliprelay.video.record import iso

# The inputs are kept for seven days: three of waiting, and three in the queue.
LATEST = timedelta(hours=72)
# A client's clock may be wrong by so much: a time that has passed by no more than this means at once.
SKEW = timedelta(minutes=5)
ACCEPTED = "a date and time with its zone (RFC 3339), at most 72 hours ahead, as in 2026-11-22T06:00:00Z"
# Python reads more than RFC 3339 permits.
PATTERN = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$"


def normal_time(text: str) -> str | None:
    """Return a time in UTC and whole seconds, no earlier than what was written; None if it is not one."""
    if not re.fullmatch(PATTERN, text, re.ASCII):
        return None
    try:
        moment = datetime.fromisoformat(text).astimezone(UTC)
        return iso(moment if moment.microsecond == 0 else moment + timedelta(seconds=1))
    except (ValueError, OverflowError):
        return None


def not_before_complaints(text: str | None, now: datetime) -> list[FieldComplaint]:
    """Complain about a time that has passed, or is too far ahead; one that is not a time is the parser's."""
    normal = normal_time(text) if isinstance(text, str) else None
    if normal is None:
        return []
    moment = datetime.fromisoformat(normal)
    if moment < now - SKEW:
        message = f"has passed: it is {iso(now)}"
    elif moment > now + LATEST:
        message = f"is more than 72 hours ahead: it is {iso(now)}"
    else:
        return []
    return [FieldComplaint(field="not_before", message=message, accepted=ACCEPTED)]


def is_ahead(text: str | None, now: datetime) -> bool:
    """Return whether an order waits for its time."""
    return text is not None and datetime.fromisoformat(text) > now
