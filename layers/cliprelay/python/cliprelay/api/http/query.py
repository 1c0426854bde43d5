"""Strict query parameters: known to the route, sent once, and integers in plain digits."""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, Protocol
from urllib.parse import parse_qsl

from cliprelay.errors import FieldComplaint
from cliprelay.orders.wording import field_name
from cliprelay.tenants.period import ACCEPTED, read_day

# Python also reads "1_0", "+1", " 1" and digits of other scripts.
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
# Python converts no more digits: https://docs.python.org/3/library/stdtypes.html#int-max-str-digits
_MOST_DIGITS = 4_300


class Parameter(Protocol):
    """What a query parameter accepts; the OpenAPI document says the same."""

    def complaint(self, value: str) -> str:
        """Say what is wrong with a value; "" if it is accepted."""

    def read(self, value: str) -> Any:
        """Convert an accepted value."""


class Integer:
    """An integer between two bounds."""

    def __init__(self, low: int, high: int) -> None:
        self.low, self.high = low, high

    def complaint(self, value: str) -> str:
        """Compare with the bounds; `query_complaints` has checked the digits."""
        if len(value) > _MOST_DIGITS:
            return "unable to parse input string as an integer, exceeded maximum size"
        if int(value) < self.low:
            return f"must be greater than or equal to {self.low}"
        return f"must be less than or equal to {self.high}" if int(value) > self.high else ""

    def read(self, value: str) -> int:
        """Convert the digits."""
        return int(value)


class OneOf:
    """One of some texts, or members of a text enum."""

    def __init__(self, values: Sequence[str]) -> None:
        self.values = tuple(values)

    def complaint(self, value: str) -> str:
        """List what is accepted."""
        *others, last = [f"'{each!s}'" for each in self.values]
        return "" if value in self.values else f"must be {', '.join(others)} or {last}"

    def read(self, value: str) -> str:
        """Return the member that equals the value."""
        return self.values[self.values.index(value)]


class Matching:
    """A text that matches a pattern, which begins with ^ and ends with $."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern

    def complaint(self, value: str) -> str:
        """Name the pattern."""
        return "" if re.fullmatch(self.pattern, value) else f"string should match pattern '{self.pattern}'"

    def read(self, value: str) -> str:
        """Return the value as it is."""
        return value


class Day:
    """A day that exists, written as YYYY-MM-DD; other routes accept more under the same names."""

    accepted = ACCEPTED

    def complaint(self, value: str) -> str:
        """Say that there is no such day."""
        return "" if read_day(value) else "must be a day that exists, written as YYYY-MM-DD"

    def read(self, value: str) -> date:
        """Convert the day."""
        return date.fromisoformat(value)


class Text:
    """Any text of at most so many characters."""

    def __init__(self, longest: int) -> None:
        self.longest = longest

    def complaint(self, value: str) -> str:
        """Compare with the length."""
        return "" if len(value) <= self.longest else f"must have at most {self.longest} characters"

    def read(self, value: str) -> str:
        """Return the value as it is."""
        return value


# At the end of the name of a parameter: it stands for any name of the client's own, as in metadata.order.
ANY = ".KEY"


def kind_of(name: str, known: Mapping[str, Parameter]) -> Parameter | None:
    """Return what a parameter accepts; None if the route has no such parameter."""
    return known.get(name) or known.get(f"{name.partition('.')[0]}{ANY}" if "." in name else "")


def query_complaints(raw: str, known: Mapping[str, Parameter]) -> list[FieldComplaint]:
    """Return what is wrong with a raw query string, apart from the values, which `read_query` checks."""
    pairs = parse_qsl(raw, keep_blank_values=True)
    times, values = Counter(name for name, _ in pairs), dict(pairs)
    messages = {name: _message(times[name], values[name], kind_of(name, known), known) for name in times}
    return [_complaint(name, message, kind_of(name, known)) for name, message in messages.items() if message]


def read_query(
    given: Mapping[str, str], known: Mapping[str, Parameter], refused: Collection[str]
) -> tuple[dict[str, Any], list[FieldComplaint]]:
    """Return the values of the known parameters, and the complaints about them; those already `refused` are left out."""
    kinds = {name: kind for name in (*known, *given) if name in given and (kind := kind_of(name, known))}
    values = {name: given[name] for name in kinds if field_name([name]) not in refused}
    messages = {name: kinds[name].complaint(value) for name, value in values.items()}
    complaints = [_complaint(name, message, kinds[name]) for name, message in messages.items() if message]
    return {name: kinds[name].read(value) for name, value in values.items() if not messages[name]}, complaints


def _complaint(name: str, message: str, kind: Parameter | None) -> FieldComplaint:
    complaint = FieldComplaint(field=field_name([name]), message=message)
    return {**complaint, "accepted": kind.accepted} if isinstance(kind, Day) else complaint


def _message(times: int, value: str, kind: Parameter | None, known: Mapping[str, Parameter]) -> str:
    if kind is None:
        return "is not a parameter of this request" + (f"; its parameters are {', '.join(known)}" if known else ", which has none")
    if times > 1:
        return "must be sent once"
    if isinstance(kind, Integer) and not _INTEGER.fullmatch(value):
        return "must be an integer in plain digits"
    return ""
