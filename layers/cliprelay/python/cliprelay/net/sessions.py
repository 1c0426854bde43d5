"""HTTP sessions without proxy and retry, with a deadline for the whole exchange.

The time-outs of requests apply to each read, so a server that sends a byte now and then never exceeds them.
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

# Connects to (host, port) with a time-out in seconds, like urllib3's create_connection.
Dial = Callable[..., socket.socket]


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
        """Shut the connections down, so that whatever waits for them gets an error."""
        self.over = True
        for opened in self._sockets:
            with suppress(OSError):
                opened.shutdown(socket.SHUT_RDWR)


_deadline: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


@contextmanager
def deadline(seconds: float) -> Iterator[Deadline]:
    """Limit everything that these sessions do inside the block to `seconds`."""
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
    """Return the seconds until the current deadline; infinite without one."""
    limit = _deadline.get()
    return math.inf if limit is None else limit.left


def fresh_session() -> requests.Session:
    """Return a new session without .netrc, proxies, cookies and old connections."""
    return bare(requests.Session())


def bare(session: requests.Session, dial: Dial | None = None) -> requests.Session:
    """Prepare a new session; `dial`, if given, opens its connections, and its errors other than OSError are passed on."""
    session.trust_env = False
    for scheme in ("https://", "http://"):
        session.mount(scheme, _WatchedAdapter(dial))
    return session


def _watch(connection: HTTPConnection) -> None:
    limit = _deadline.get()
    if limit is not None:
        limit.watch(connection.sock)


def _dialled(connection: HTTPConnection, dial: Dial, host: str) -> socket.socket:
    """Connect as urllib3 does, with the same errors."""
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
    """Connects as the first base, then the second does the TLS handshake."""


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
        # Not passed as pool options, because those must be hashable.
        self.poolmanager.pool_classes_by_scheme = {
            "http": partial(_WatchedPool, dial=self._dial),
            "https": partial(_WatchedTlsPool, dial=self._dial),
        }
