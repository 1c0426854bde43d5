"""HTTP sessions of ours: no proxy, no retry, and a deadline for the whole exchange that a drip of bytes cannot stretch.

The time-outs of requests hold for each single read; a server that sends one byte now and then is never late by them.
"""

import math
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import partial
from threading import Timer
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

# Opens a connection to (host, port) within a time-out in seconds, as urllib3's create_connection does.
Dial = Callable[..., socket.socket]


class Deadline:
    """Cuts every connection that was opened under it when its time is over."""

    def __init__(self, seconds: float) -> None:
        self.over = False
        self._ends = time.monotonic() + seconds
        self._sockets: list[socket.socket] = []

    @property
    def left(self) -> float:
        """Seconds until then; below zero when the time is over, which may be a moment before the cut."""
        return self._ends - time.monotonic()

    def watch(self, opened: socket.socket | None) -> None:
        """Cut this connection too, when the time comes."""
        if opened is not None:
            self._sockets.append(opened)
        if self.over:
            self.cut()

    def cut(self) -> None:
        """The time is over: whoever waits for these connections is woken by an error."""
        self.over = True
        for opened in self._sockets:
            with suppress(OSError):
                opened.shutdown(socket.SHUT_RDWR)


_deadline: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


@contextmanager
def deadline(seconds: float) -> Iterator[Deadline]:
    """Bound everything that sessions of ours do inside to `seconds`."""
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


def time_left() -> float:
    """Seconds until the deadline that we are under; infinite without one."""
    limit = _deadline.get()
    return math.inf if limit is None else limit.left


def fresh_session() -> requests.Session:
    """A session without memory or environment: no .netrc, no proxy, no cookie, no connection kept from before."""
    return bare(requests.Session())


def bare(session: requests.Session, dial: Dial | None = None) -> requests.Session:
    """Make a new session such a one; `dial`, if given, opens its connections, and what it raises beside OSError reaches the caller."""
    session.trust_env = False
    for scheme in ("https://", "http://"):
        session.mount(scheme, _WatchedAdapter(dial))
    return session


def _watch(connection: HTTPConnection) -> None:
    limit = _deadline.get()
    if limit is not None:
        limit.watch(connection.sock)


def _dialled(connection: HTTPConnection, dial: Dial, host: str) -> socket.socket:
    """What urllib3's own connections do, with its errors."""
    try:
        return dial((host, connection.port), connection.timeout, connection.source_address, connection.socket_options)
    except socket.gaierror as error:
        raise NameResolutionError(connection.host, connection, error) from error
    except TimeoutError as error:
        raise ConnectTimeoutError(connection, "timed out") from error
    except OSError as error:
        raise NewConnectionError(connection, "failed to connect") from error


class _WatchedConnection(HTTPConnection):
    def __init__(self, *args: Any, dial: Dial | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._dial = dial

    def connect(self) -> None:
        super().connect()
        _watch(self)

    def _new_conn(self) -> socket.socket:
        return _dialled(self, self._dial, self._dns_host) if self._dial else super()._new_conn()


class _WatchedTlsConnection(_WatchedConnection, HTTPSConnection):
    """Connects as the first, after which the second shakes hands."""


class _WatchedPool(HTTPConnectionPool):
    ConnectionCls = _WatchedConnection


class _WatchedTlsPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedTlsConnection


class _WatchedAdapter(HTTPAdapter):
    def __init__(self, dial: Dial | None) -> None:
        self._dial = dial
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        # Passed beside the pool's own options, because those have to fit into a key.
        self.poolmanager.pool_classes_by_scheme = {
            "http": partial(_WatchedPool, dial=self._dial),
            "https": partial(_WatchedTlsPool, dial=self._dial),
        }
