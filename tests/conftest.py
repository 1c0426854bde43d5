"""Fixtures that all tests share."""

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from itertools import count
from socketserver import TCPServer
from typing import Any

import pytest
from aws_lambda_powertools import Logger
from hypothesis import settings

from cliprelay.telemetry import SERVICE
from tests.support.cuts import Cut, owned_cut
from tests.support.loopback import Loopback
from tests.support.makers import OwnedClock
from tests.support.moto_world import moto, world_in_moto
from tests.support.sdk_data import share_descriptions
from tests.support.world import World

# The same examples on every machine, and no time limit on a busy one.
settings.register_profile("suite", deadline=None, derandomize=True, database=None)
settings.load_profile("suite")

share_descriptions()

# The logger keeps the stream of its first use. That of a test which captures its output is closed with the test.
Logger(service=SERVICE)

# A shell starts a command in the background with Ctrl-C ignored, and processes of the tests would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

_NUMBERS = count(1)


@pytest.fixture(scope="module", autouse=True)
def _no_server_is_left_busy() -> Iterator[None]:
    """Fail after a file that has closed a server's socket and not its thread, which would cost a core for the rest of the run."""
    yield
    targets = [getattr(thread, "_target", None) for thread in threading.enumerate()]
    # Other threads of a server serve one connection each, and wait for the client.
    serving = [target.__self__ for target in targets if getattr(target, "__name__", "") == "serve_forever"]
    assert [server for server in serving if isinstance(server, TCPServer) and server.fileno() == -1] == []


@pytest.fixture
def loopback() -> Iterator[Callable[..., Loopback]]:
    """Makes such servers, and ends them with the test."""
    servers: list[Loopback] = []

    def make(behave: Callable[[socket.socket], None], **options: Any) -> Loopback:
        servers.append(Loopback(behave, **options))
        return servers[-1]

    yield make
    for server in servers:
        server.close()


@pytest.fixture
def cut() -> Iterator[Cut]:
    """Ends the deadlines of the test when the test says so."""
    with owned_cut() as cut:
        yield cut


@pytest.fixture
def world() -> World:
    return World(OwnedClock(), f"test-{next(_NUMBERS)}")


@pytest.fixture
def moto_world() -> Iterator[World]:
    with moto():
        yield world_in_moto(OwnedClock())


@pytest.fixture
def clock() -> OwnedClock:
    return OwnedClock()
