"""A test network: the test defines its names, and every address leads to a server that counts."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

from urllib3.util.connection import create_connection

from cliprelay.net.guard import Guard
from cliprelay.net.urls import AddressRules
from tests.support.loopback import Loopback

# Public addresses.
PUBLIC, PUBLIC_IPV6 = "8.8.8.8", "2606:4700::1111"
HOST = "media.example.com"


def is_address(host: str) -> bool:
    try:
        return bool(ip_address(host))
    except ValueError:
        return False


@dataclass
class Internet:
    """`names` lists the successive answers for each name (the last one is repeated); `servers` maps addresses to servers.

    `elsewhere`, if given, is at all other addresses.
    """

    names: dict[str, list[list[str]]] = field(default_factory=dict)
    servers: dict[str, Loopback] = field(default_factory=dict)
    elsewhere: Loopback | None = None
    asked: list[str] = field(default_factory=list)
    reached: list[tuple[str, int]] = field(default_factory=list)

    def guard(self, rules: AddressRules = AddressRules.PUBLIC, **options: Any) -> Guard:
        return Guard(rules, resolve=self.resolve, connect=self.connect, **options)

    def resolve(self, host: str, port: int, **_: Any) -> list[Any]:
        """Replace getaddrinfo."""
        self.asked.append(host)
        if host not in self.names:
            raise socket.gaierror(socket.EAI_NONAME, "nobody knows this name")
        answers = self.names[host]
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        return [(socket.AF_INET6 if ":" in each else socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in found]

    def connect(self, address: tuple[str, int], timeout: Any = None, *options: Any) -> socket.socket:
        """Replace urllib3's create_connection, which would also accept a name and resolve it itself."""
        host, port = address
        for each in [host] if is_address(host) else [entry[4][0] for entry in self.resolve(host, port)]:
            self.reached.append((each, port))
            server = self.servers.get(each, self.elsewhere)
            if server:
                return create_connection(("127.0.0.1", server.port), timeout, *options)
        raise ConnectionRefusedError(111, "Connection refused")


def counted(server: Loopback) -> int:
    """Return how many connections reached the server; all of them are in its queue before this one."""
    with suppress(ConnectionError), socket.create_connection(("127.0.0.1", server.port), timeout=30) as last:
        while last.recv(1 << 16):
            pass
    return server.connections - 1


@contextmanager
def counting(server: Loopback, expected: int = 0) -> Iterator[None]:
    """Assert that exactly so many connections reach the server inside the block."""
    before = counted(server) + 1
    yield
    assert counted(server) - before == expected
