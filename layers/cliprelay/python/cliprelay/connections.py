"""HTTP sessions of ours: no proxy, no retry, and a deadline for the whole exchange that a drip of bytes cannot stretch.

The time-outs of requests hold for each single read; a server that sends one byte now and then is never late by them.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from threading import Timer
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


class Deadline:
    """Cuts every connection that was opened under it when its time is over."""

    def __init__(self) -> None:
        self.over = False
        self._sockets: list[socket.socket] = []

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
def within(seconds: float) -> Iterator[Deadline]:
    """Bound everything that sessions of ours do inside to `seconds`."""
    deadline = Deadline()
    timer = Timer(seconds, deadline.cut)
    timer.daemon = True
    token = _deadline.set(deadline)
    timer.start()
    try:
        yield deadline
    finally:
        timer.cancel()
        _deadline.reset(token)


def fresh_session() -> requests.Session:
    """A session without memory or environment: no .netrc, no proxy, no cookie, no connection kept from before."""
    session = requests.Session()
    session.trust_env = False
    for scheme in ("https://", "http://"):
        session.mount(scheme, _WatchedAdapter(max_retries=0))
    return session


def _watch(connection: HTTPConnection) -> None:
    deadline = _deadline.get()
    if deadline is not None:
        deadline.watch(connection.sock)


class _WatchedConnection(HTTPConnection):
    def connect(self) -> None:
        super().connect()
        _watch(self)


class _WatchedTlsConnection(HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        _watch(self)


class _WatchedPool(HTTPConnectionPool):
    ConnectionCls = _WatchedConnection


class _WatchedTlsPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedTlsConnection


class _WatchedAdapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _WatchedPool, "https": _WatchedTlsPool}
