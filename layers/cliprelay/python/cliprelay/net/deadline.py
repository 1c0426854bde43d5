"""A deadline for a whole exchange, which cuts its connections.

The time-outs of requests apply to each read, so a server that sends a byte now and then never exceeds them.
"""

import math
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from threading import Timer


class Deadline:
    """Closes every connection opened under it when its time is over."""

    def __init__(self, seconds: float) -> None:
        self.over = False
        self._ends = time.monotonic() + seconds
        self._sockets: list[socket.socket] = []

    @property
    def left(self) -> float:
        """Seconds left; negative when the time is over, possibly a moment before the cut."""
        return self._ends - time.monotonic()

    def watch(self, opened: socket.socket | None) -> None:
        """Cut this connection, too, when the time is over."""
        if opened is not None:
            self._sockets.append(opened)
        if self.over:
            self.cut()

    def cut(self) -> None:
        """Shut the connections down, so that whatever waits for them gets an error or the end of the stream."""
        self.over = True
        for opened in self._sockets:
            with suppress(OSError):
                opened.shutdown(socket.SHUT_RDWR)


_deadline: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


@contextmanager
def deadline(seconds: float) -> Iterator[Deadline]:
    """Limit everything that our sessions do inside the block to `seconds`."""
    limit = Deadline(seconds)
    timer = Timer(seconds, limit.cut)
    timer.daemon = True
    token = _deadline.set(limit)
    timer.start()
    try:
        yield limit
    finally:
        timer.cancel()
        _deadline.reset(token)


def current() -> Deadline | None:
    """Return the innermost deadline; None without one."""
    return _deadline.get()


def time_left() -> float:
    """Return the seconds until the current deadline; infinite without one."""
    limit = current()
    return math.inf if limit is None else limit.left
