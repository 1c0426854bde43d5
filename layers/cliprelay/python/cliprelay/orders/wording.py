"""Reword pydantic's errors for clients."""

from collections.abc import Callable, Mapping, Sequence, Sized
from typing import Any

# Clients may send names of any length, and the response repeats each one.
LONGEST_NAME = 200

_KINDS = {
    "string_type": "must be a string",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "list_type": "must be an array",
    "bool_type": "must be true or false",
    "int_type": "must be an integer",
    "float_type": "must be a number",
    "string_unicode": "must be text without lone surrogates",
}
_UNITS = {str: "character", Mapping: "pair"}


def field_name(place: Sequence[str | int]) -> str:
    """Return the dotted name of a place in a body, cut to LONGEST_NAME characters."""
    return ".".join(map(str, place))[:LONGEST_NAME]


def in_our_words(error: Mapping[str, Any]) -> str:
    """Describe an error as a clause that begins with a verb, without repeating the value that was sent."""
    kind = str(error["type"])
    if kind == "missing":
        return "is required"
    if kind in _KINDS:
        return _KINDS[kind]
    if limit := _LIMITS.get(kind.removeprefix("string_")):
        return limit(error)
    message = str(error["msg"]).removeprefix("Value error, ").replace("Input should be", "must be")
    return message[:1].lower() + message[1:]


def _at_most(error: Mapping[str, Any]) -> str:
    most, value = error["ctx"]["max_length"], error.get("input")
    found = f"; it has {len(value):,}" if isinstance(value, Sized) else ""
    return f"must have at most {_counted(most, value)}{found}"


def _at_least(error: Mapping[str, Any]) -> str:
    return f"must have at least {_counted(error['ctx']['min_length'], error.get('input'))}"


def _counted(number: int, value: object) -> str:
    """Return a number of what the value consists of: characters, pairs or items."""
    unit = next((unit for kind, unit in _UNITS.items() if isinstance(value, kind)), "item")
    return f"{number:,} {unit}{'' if number == 1 else 's'}"


_LIMITS: dict[str, Callable[[Mapping[str, Any]], str]] = {"too_long": _at_most, "too_short": _at_least}
