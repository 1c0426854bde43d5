"""What Lambda tells a running function of its own invocation."""

from typing import Protocol


class Context(Protocol):
    """The part of Lambda's context object that the doors read."""

    def get_remaining_time_in_millis(self) -> int: ...


def seconds_left(context: Context) -> float:
    """How long the invocation may still run."""
    return context.get_remaining_time_in_millis() / 1000
