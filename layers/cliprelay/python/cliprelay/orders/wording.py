"""Reword pydantic's errors for clients."""

from collections.abc import Mapping, Sequence
from typing import Any

# Clients may send names of any length, and the response repeats each one.
LONGEST_NAME = 200


def field_name(place: Sequence[str | int]) -> str:
    """Return the dotted name of a place in a body, cut to LONGEST_NAME characters."""
    return ".".join(map(str, place))[:LONGEST_NAME]


def in_our_words(error: Mapping[str, Any]) -> str:
    """Describe an error as a clause that begins with a verb, without repeating the value that was sent."""
    if error["type"] == "missing":
        return "is required"
    message = str(error["msg"]).removeprefix("Value error, ").replace("Input should be", "must be")
    return message[:1].lower() + message[1:]
