"""Limit how long a client may take to send a request, however it spreads the bytes."""

import io
import socket
import time
from collections.abc import Callable
from typing import Any

# The shortest socket time-out that still waits; 0 would make the socket non-blocking.
_SHORTEST = 0.001


class RequestTooSlow(Exception):
    """A request was begun and not completed in time."""


class RequestReader(io.RawIOBase):
    """Reads a connection: idle for at most `idle` seconds, then each part of a request within its own limit.

    The first byte after `rest` begins a head, which must end within `head` seconds. Raises TimeoutError while idle, RequestTooSlow later.
    """

    def __init__(self, connection: socket.socket, idle: float, head: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._connection, self._idle, self._head, self._clock = connection, idle, head, clock
        self._ends: float | None = None

    def rest(self) -> None:
        """Wait for the next request."""
        self._ends = None
        self._connection.settimeout(self._idle)

    def begin(self, seconds: float) -> None:
        """Begin a part that must end within so many seconds."""
        self._ends = self._clock() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Receive what there is."""
        if self._ends is None:
            count = self._connection.recv_into(buffer)
            self.begin(self._head)
            return count
        left = self._ends - self._clock()
        if left <= 0:
            raise RequestTooSlow
        self._connection.settimeout(max(left, _SHORTEST))
        try:
            return self._connection.recv_into(buffer)
        except TimeoutError:
            raise RequestTooSlow from None


def drain(connection: socket.socket, most: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
    """Read and discard up to `most` bytes for at most so many seconds; raises OSError if the connection breaks."""
    ends = clock() + seconds
    while most > 0 and (left := ends - clock()) > 0:
        connection.settimeout(max(left, _SHORTEST))
        piece = connection.recv(1 << 16)
        if not piece:
            return
        most -= len(piece)
