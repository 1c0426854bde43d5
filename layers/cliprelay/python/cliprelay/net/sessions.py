"""HTTP sessions without proxy, retry, redirects and cookies, and with a deadline for the whole exchange."""

import socket
from collections.abc import Callable
from functools import partial
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from cliprelay.net.deadline import current
from cliprelay.net.response import Response

# Connects to (host, port) with a time-out in seconds, like urllib3's create_connection.
Dial = Callable[..., socket.socket]


class Session(requests.Session):
    """A session that follows no redirects, and parses no location."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Return None: a caller that follows redirects must check each hop."""
        return None


def fresh_session() -> requests.Session:
    """Return a new session without .netrc, proxies, cookies and old connections."""
    return bare(Session())


def bare(session: requests.Session, dial: Dial | None = None) -> requests.Session:
    """Prepare a new session; `dial`, if given, opens its connections, and its errors other than OSError are passed on."""
    session.trust_env = False
    for scheme in ("https://", "http://"):
        session.mount(scheme, _WatchedAdapter(dial))
    return session


def _watch(connection: HTTPConnection) -> None:
    limit = current()
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
    response_class = Response

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
