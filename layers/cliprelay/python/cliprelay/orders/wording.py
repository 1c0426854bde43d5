"""pydantic's complaints in our words."""

from collections.abc import Mapping, Sequence
from typing import Any

# A client may send any name of any length, and each is repeated in the answer.
LONGEST_NAME = 200


def field_name(place: Sequence[str | int]) -> str:
    """Return the dotted name of a place inside a body, cut to LONGEST_NAME characters."""
    return ".".join(map(str, place))[:LONGEST_NAME]


def in_our_words(error: Mapping[str, Any]) -> str:
    """Return what is wrong with a field, as a clause that begins with a verb; `input` is left out, because it repeats what was sent."""
    if error["type"] == "missing":
        return "is required"
    message = str(error["msg"]).removeprefix("Value error, ").replace("Input should be", "must be")
    return message[:1].lower() + message[1:]
