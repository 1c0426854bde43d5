"""The address guard: opens URLs that somebody else gave us, and connects to nothing but the addresses that it has checked.

A name is resolved once for each connection; if any of its addresses is forbidden, none is used. So neither a name that changes its
mind between check and use, nor a parser that reads a URL in another way, leads elsewhere.
"""

import socket
import sys
from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

import requests
from urllib3.util.connection import create_connection

from cliprelay.net.ip_ranges import is_literal
from cliprelay.net.sessions import bare, time_left
from cliprelay.net.urls import MAX_LENGTH, PORTS, AddressRefused, AddressRules, Limits, read_address

# A POST waits for a resolver no longer than this: what is not known by then is asked again at every use.
REACHABLE_SECONDS = 2.0
# Where the caller gave no connect time-out.
CONNECT_SECONDS = 10.0
# EAI_NODATA is a name with other records than addresses; not every system knows it.
_NO_SUCH_NAME = (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME))

Resolve = Callable[..., Any]  # socket.getaddrinfo, or who answers in its place
Connect = Callable[..., socket.socket]  # urllib3's create_connection, likewise


class Guard:
    """Checks and opens URLs by the deployment's rules; `own` are this machine's addresses, beside loopback, where the rules allow it."""

    def __init__(
        self,
        rules: AddressRules,
        ports: frozenset[int] = PORTS,
        *,
        resolve: Resolve = socket.getaddrinfo,
        connect: Connect = create_connection,
        own: frozenset[str] = frozenset(),
    ) -> None:
        self._limits = Limits(rules, ports, own)
        self._resolve, self._connect = resolve, connect

    def check(self, url: str, *, longest: int = MAX_LENGTH) -> str:
        """Return the URL when its text allows it; raises AddressRefused, which says what would be accepted and repeats nothing of it."""
        self._limits.check(read_address(url, longest=longest))
        return url

    def check_reachable(self, url: str) -> str:
        """As `check`, and its name leads to public addresses now; takes REACHABLE_SECONDS at most.

        A resolver that fails for a moment refuses nothing. Under LOOPBACK a name that is not found refuses nothing either: without a
        network, every name of the internet is not found.
        """
        self.check(url)
        address = read_address(url)
        try:
            self._places(address.host, address.port, REACHABLE_SECONDS)
        except socket.gaierror as error:
            if error.errno in _NO_SUCH_NAME and self._limits.rules is AddressRules.PUBLIC:
                raise AddressRefused("must have a host name that exists and has an address") from None
        except OSError:
            pass  # asked again at every use
        return url

    def session(self) -> requests.Session:
        """A session that follows no redirect and uses no proxy.

        Its calls raise AddressRefused as it is, before any packet to the address; everything else that goes wrong, a name that is not
        found among it, is an exception of requests. `deadline` bounds it; how many bytes are read is up to the caller.
        """
        session = _GuardedSession(self)
        bare(session, self._dial)
        return session

    def _dial(self, address: tuple[str, int], timeout: object, *options: Any) -> socket.socket:
        """A connection to the first checked address that takes one; raises AddressRefused or OSError."""
        host, port = address
        failure = OSError("the name has no address")
        for ip in self._places(host, port, _seconds(timeout)):
            try:
                return self._connect((ip, port), _seconds(timeout), *options)
            except OSError as error:
                failure = error
        raise failure

    def _places(self, host: str, port: int, seconds: float) -> list[str]:
        """The IP addresses of a host, all of them allowed; raises AddressRefused, or OSError when there are none to be had."""
        found = [host] if is_literal(host) else self._resolved(host, port, seconds)
        for ip in found:
            self._limits.check_place(ip, port)
        return found

    def _resolved(self, host: str, port: int, seconds: float) -> list[str]:
        """What the resolver says, within the time; getaddrinfo cannot be interrupted, so a late answer is left to a thread of its own."""
        answers: SimpleQueue[Any] = SimpleQueue()
        Thread(target=_ask, args=(self._resolve, host, port, answers), daemon=True).start()
        try:
            answer = answers.get(timeout=seconds)
        except Empty:
            raise socket.gaierror(socket.EAI_AGAIN, "the resolver is late") from None
        if isinstance(answer, Exception):
            raise answer
        return list(dict.fromkeys(str(each[4][0]) for each in answer))


def _ask(resolve: Resolve, host: str, port: int, answers: "SimpleQueue[Any]") -> None:
    try:
        answers.put(resolve(host, port, type=socket.SOCK_STREAM))
    except Exception as error:
        answers.put(error)


def _seconds(timeout: object) -> float:
    """What is left for the next step of connecting; raises TimeoutError when nothing is."""
    left = min(timeout if isinstance(timeout, int | float) else CONNECT_SECONDS, time_left())
    if left <= 0:
        raise TimeoutError("timed out")
    return left


class _GuardedSession(requests.Session):
    def __init__(self, guard: Guard) -> None:
        super().__init__()
        self._guard = guard

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        """Check the URL as the caller wrote it, before requests tidies it up; its length is up to whoever gave it."""
        self._guard.check(str(request.url), longest=sys.maxsize)
        return super().prepare_request(request)

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """Check the URL once more as requests has written it."""
        self._guard.check(str(request.url), longest=sys.maxsize)
        return super().send(request, **options | {"proxies": {}})

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Nowhere: who wants to follow checks each hop."""
        return None
