"""The end of a time limit, brought about by a far end instead of a clock.

A clock starts before the connection, so on a busy machine it may be over before anything was sent.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest.mock import patch

from cliprelay.net import deadline as module
from cliprelay.net.deadline import Deadline


class Cut:
    """Ends all deadlines that have begun since it was made; `seconds` are their own limits, which should be long."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self._limits: list[Deadline] = []

    def begin(self, seconds: float) -> Deadline:
        """Make a deadline, in place of the product's own constructor."""
        self.seconds.append(seconds)
        self._limits.append(Deadline(seconds))
        return self._limits[-1]

    def now(self) -> None:
        """Let the time be over, as the deadline's timer does."""
        for limit in self._limits:
            limit.cut()

    def after(self, condition: Callable[[], object]) -> Callable[[], None]:
        """Return a function that lets the time be over once the condition, which may wait, has returned."""

        def then() -> None:
            condition()
            self.now()

        return then


@contextmanager
def owned_cut() -> Iterator[Cut]:
    """Let the time of the product's deadlines be over whenever the test says so, inside the block."""
    cut = Cut()
    with patch.object(module, "Deadline", cut.begin):
        yield cut
