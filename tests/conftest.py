"""Fixtures that all tests share."""

import socket
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from hypothesis import settings

from tests.support.loopback import Loopback
from tests.support.makers import OwnedClock
from tests.support.moto_world import moto, world_in_moto
from tests.support.world import World

# The same examples on every machine, and no time limit on a busy one.
settings.register_profile("suite", deadline=None, derandomize=True, database=None)
settings.load_profile("suite")

_NUMBERS = count(1)


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
def world() -> World:
    return World(OwnedClock(), f"test-{next(_NUMBERS)}")


@pytest.fixture
def moto_world() -> Iterator[World]:
    with moto():
        yield world_in_moto(OwnedClock())


@pytest.fixture
def clock() -> OwnedClock:
    return OwnedClock()
