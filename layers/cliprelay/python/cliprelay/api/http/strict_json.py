"""Strict JSON parsing: refuses input that two parsers could read differently."""

import json
import math
from collections.abc import Iterator
from typing import Any, NoReturn

from cliprelay.errors import FieldComplaint, Refusal

# The deepest valid body has two levels; this allows more nesting, but not enough to exhaust the stack.
DEEPEST = 32

# The largest valid body has about 40. The refusal names each invalid value, and must fit into one response of the function.
MOST_VALUES = 200

# Every smaller integer is exactly representable as a float (RFC 8259, section 6).
EXACT = 2**53


def parse(text: str | None) -> Any:
    """Parse a JSON object; raises Refusal with the place and reason for anything else."""
    try:
        value = json.loads(text or "", object_pairs_hook=_unique, parse_constant=_refuse_constant, parse_float=_number)
        _check_values(value)
    except json.JSONDecodeError as error:
        raise _malformed(f"{error.msg} at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise _malformed(f"nested deeper than {DEEPEST} levels") from None
    except ValueError as error:  # numbers with too many digits to convert
        raise _malformed(str(error).split(";")[0]) from None
    if not isinstance(value, dict):
        raise _refused("body", "must be a JSON object")
    return value


def _number(text: str) -> int | float:
    """Convert 5.0 to 5, as JSON Schema does and some clients write it; refuse overflows such as 1e400."""
    value = float(text)
    if math.isinf(value):
        raise _malformed("a number is too large")
    return int(value) if value.is_integer() and abs(value) < EXACT else value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        raise _malformed("an object names the same key twice")
    return result


def _refuse_constant(name: str) -> NoReturn:
    raise _malformed(f"{name} is not JSON (RFC 8259)")


class _TooMany(Exception):
    """There are more values than any request accepts."""


def _check_values(value: Any) -> None:
    left = iter(range(MOST_VALUES))
    for name, part in value.items() if isinstance(value, dict) else [("body", value)]:
        _check_string(name)
        try:
            _check_strings(part, DEEPEST - 1, left)
        except _TooMany:
            name = name if isinstance(part, dict | list) else "body"
            raise _refused(name, f"has more than {MOST_VALUES:,} values, the limit of any request") from None


def _check_strings(value: Any, depth: int, left: Iterator[int]) -> None:
    if depth == 0:
        raise RecursionError
    if next(left, None) is None:
        raise _TooMany
    if isinstance(value, str):
        _check_string(value)
    elif isinstance(value, dict):
        for name, inner in value.items():
            _check_string(name)
            _check_strings(inner, depth - 1, left)
    elif isinstance(value, list):
        for inner in value:
            _check_strings(inner, depth - 1, left)


def _check_string(value: str) -> None:
    if "\x00" in value:
        raise _malformed("a string contains the NUL character")
    if value.isascii():  # which Python knows without looking at megabytes
        return
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _malformed("a string contains half of a surrogate pair") from None


def _refused(field: str, message: str) -> Refusal:
    complaint = FieldComplaint(field=field[:200], message=message)
    return Refusal("invalid_request", f"The {field[:200]} {message}; nothing was recorded.", complaints=[complaint])


def _malformed(why: str) -> Refusal:
    return Refusal("malformed_json", f"The body is not JSON: {why}.")
