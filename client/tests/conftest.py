"""Fixtures: a server in memory, a clock that jumps, and a client of both."""

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest

from client.tests.fake_server import API, KEY, PNG, FakeServer
from cliprelay_client import AsyncClient, Client


class JumpingClock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now, self.slept = 0.0, list[float]()

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    async def sleep_async(self, seconds: float) -> None:
        self.sleep(seconds)


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [each for each in os.environ if each.startswith("CLIPRELAY_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CLIPRELAY_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("CLIPRELAY_CONFIG", str(tmp_path / "config.json"))


@pytest.fixture
def server() -> FakeServer:
    return FakeServer()


@pytest.fixture
def at_server(server: FakeServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeServer:
    """Work in a folder of its own, with the environment of the server; every client that is made now talks to it."""
    server.walk = ["succeeded"]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CLIPRELAY_BASE_URL", API)
    monkeypatch.setenv("CLIPRELAY_API_KEY", KEY)
    monkeypatch.setattr(httpx, "Client", partial(httpx.Client, transport=server.transport()))
    monkeypatch.setattr(httpx, "AsyncClient", partial(httpx.AsyncClient, transport=server.transport()))
    return server


@pytest.fixture
def clock() -> JumpingClock:
    return JumpingClock()


def connect(server: FakeServer, clock: JumpingClock) -> Client:
    """Make a client as a new process would."""
    client = Client(API, KEY, http=httpx.Client(transport=server.transport()))
    client.core.clock, client.core.jitter, client.driver._sleep = clock, lambda: 1.0, clock.sleep
    return client


@pytest.fixture
def client(server: FakeServer, clock: JumpingClock) -> Iterator[Client]:
    with connect(server, clock) as client:
        yield client


@pytest.fixture
def async_client(server: FakeServer, clock: JumpingClock) -> AsyncClient:
    client = AsyncClient(API, KEY, http=httpx.AsyncClient(transport=server.transport()))
    client.core.clock, client.core.jitter, client.driver._sleep = clock, lambda: 1.0, clock.sleep_async
    return client


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "beach with \N{WATER WAVE}.png"
    path.write_bytes(PNG)
    return path
