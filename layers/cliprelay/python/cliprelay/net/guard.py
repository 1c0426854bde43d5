"""SSRF protection for URLs from others: connects only to IP addresses that were checked.

Each connection resolves its name once; one forbidden address refuses them all. This prevents DNS rebinding between check and use,
and makes differences between URL parsers harmless.
"""

import socket
from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any

from urllib3.util.connection import create_connection

from cliprelay.net.deadline import time_left
from cliprelay.net.ip_ranges import is_literal
from cliprelay.net.urls import MAX_LENGTH, PORTS, AddressRefused, AddressRules, Limits, read_address

if TYPE_CHECKING:
    import requests

# A request does not wait longer for a resolver; the name is checked again at every use.
REACHABLE_SECONDS = 2.0
# Used if the caller gave no connect time-out.
CONNECT_SECONDS = 10.0
# EAI_NODATA means that a name has records but no address; not every system defines it.
_NO_SUCH_NAME = (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME))

Resolve = Callable[..., Any]  # socket.getaddrinfo or a substitute
Connect = Callable[..., socket.socket]  # urllib3's create_connection or a substitute


class Guard:
    """Checks and opens URLs by the deployment's rules; LOOPBACK also allows the addresses in `own`."""

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
        """Return the URL if its text is acceptable, without resolving its name; raises AddressRefused."""
        self._limits.check(read_address(url, longest=longest))
        return url

    def check_reachable(self, url: str) -> str:
        """Do as `check`, and resolve the name within REACHABLE_SECONDS to see that all its addresses are allowed.

        A temporary resolver error refuses nothing. Under LOOPBACK, neither does an unknown name: without a network, every name is
        unknown.
        """
        self.check(url)
        address = read_address(url)
        try:
            self._places(address.host, address.port, REACHABLE_SECONDS)
        except socket.gaierror as error:
            if error.errno in _NO_SUCH_NAME and self._limits.rules is AddressRules.PUBLIC:
                raise AddressRefused("must have a host name that exists and has an address") from None
        except OSError:
            pass  # checked again at every use
        return url

    def session(self) -> "requests.Session":
        """Return a session that follows no redirects and uses no proxy.

        Its calls raise AddressRefused before any packet is sent to the address. All other errors, including unknown names, are
        exceptions of requests. `deadline` limits the time; the caller limits the bytes.
        """
        from cliprelay.net.guarded_session import guarded_session  # requests slows every cold start that loads it

        return guarded_session(self, self._dial)

    def _dial(self, address: tuple[str, int], timeout: object, *options: Any) -> socket.socket:
        """Connect to the first checked address that accepts; raises AddressRefused or OSError."""
        host, port = address
        failure = OSError("the name has no address")
        for ip in self._places(host, port, _seconds(timeout)):
            try:
                return self._connect((ip, port), _seconds(timeout), *options)
            except OSError as error:
                failure = error
        raise failure

    def _places(self, host: str, port: int, seconds: float) -> list[str]:
        """Return the IP addresses of a host if all are allowed; raises AddressRefused, or OSError if there are none."""
        found = [host] if is_literal(host) else self._resolved(host, port, seconds)
        for ip in found:
            self._limits.check_place(ip, port)
        return found

    def _resolved(self, host: str, port: int, seconds: float) -> list[str]:
        """Resolve a name in its own thread, because getaddrinfo cannot be interrupted; a late answer is ignored."""
        answers: SimpleQueue[Any] = SimpleQueue()
        Thread(target=_ask, args=(self._resolve, host, port, answers), daemon=True).start()
        try:
            answer = answers.get(timeout=seconds)
        except Empty:
            raise socket.gaierror(socket.EAI_AGAIN, "the resolver timed out") from None
        if isinstance(answer, Exception):
            raise answer
        return list(dict.fromkeys(str(each[4][0]) for each in answer))


def _ask(resolve: Resolve, host: str, port: int, answers: "SimpleQueue[Any]") -> None:
    try:
        answers.put(resolve(host, port, type=socket.SOCK_STREAM))
    except Exception as error:
        answers.put(error)


def _seconds(timeout: object) -> float:
    """Return the time left for the next step of connecting; raises TimeoutError if there is none."""
    left = min(timeout if isinstance(timeout, int | float) else CONNECT_SECONDS, time_left())
    if left <= 0:
        raise TimeoutError("timed out")
    return left
