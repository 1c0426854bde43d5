"""The invocation context that Lambda passes to a function."""

from typing import Protocol


class Context(Protocol):
    """The part of the context object that the handlers read."""

    def get_remaining_time_in_millis(self) -> int: ...


def seconds_left(context: Context) -> float:
    """Return the seconds until the invocation times out."""
    return context.get_remaining_time_in_millis() / 1000
