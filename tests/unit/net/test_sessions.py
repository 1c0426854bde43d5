"""Sessions: nothing of the environment, no retry, and a deadline that cuts whatever was opened under it."""

import math
import socket
import time
from collections.abc import Callable

import pytest
import requests

from cliprelay.net.sessions import bare, deadline, fresh_session, time_left
from tests.support.loopback import Loopback
from tests.support.makers import http_answer, reset

Serve = Callable[..., Loopback]


def _drip(connection: socket.socket) -> None:
    """A body of ten seconds, in bytes that are never late."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(500):
        connection.sendall(b"1\r\nx\r\n")
        time.sleep(0.02)


def test_a_deadline_cuts_an_answer_that_drips(loopback: Serve) -> None:
    server = loopback(_drip)
    started = time.monotonic()
    with fresh_session() as session, deadline(0.2) as bound, pytest.raises(requests.RequestException):
        session.get(server.url, timeout=30)
    assert bound.over
    assert time.monotonic() - started < 5


def test_a_connection_that_is_opened_after_the_deadline_is_cut_at_once(loopback: Serve) -> None:
    server = loopback(_drip)
    started = time.monotonic()
    with fresh_session() as session, deadline(30) as bound:
        bound.cut()
        with pytest.raises(requests.RequestException):
            session.get(server.url, timeout=30)
    assert time.monotonic() - started < 5


def test_an_exchange_inside_the_deadline_is_left_alone(loopback: Serve) -> None:
    server = loopback(http_answer(200, b"done"))
    with fresh_session() as session, deadline(30) as bound:
        assert session.get(server.url, timeout=30).content == b"done"
    assert not bound.over


def test_the_time_left_is_that_of_the_innermost_deadline_and_infinite_without_one() -> None:
    assert time_left() == math.inf
    with deadline(60):
        with deadline(5):
            assert 0 < time_left() <= 5
        assert 5 < time_left() <= 60
    assert time_left() == math.inf


def test_a_deadline_that_is_over_has_less_than_nothing_left() -> None:
    with deadline(0.01) as bound:
        time.sleep(0.05)
        assert bound.left < 0


def test_a_call_is_made_once_however_it_fails(loopback: Serve) -> None:
    server = loopback(reset)
    with fresh_session() as session, pytest.raises(requests.ConnectionError):
        session.get(server.url, timeout=30)
    assert server.connections == 1


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "all_proxy"])
def test_a_proxy_of_the_environment_is_not_used(name: str, loopback: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    server, proxy = loopback(http_answer(200)), loopback(http_answer(200))
    monkeypatch.setenv(name, proxy.url)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with fresh_session() as session:
        session.get(server.url, timeout=30)
    assert (server.connections, proxy.connections) == (1, 0)


def test_a_given_dial_opens_the_connections(loopback: Serve) -> None:
    server, asked = loopback(http_answer(200, b"of the server")), []

    def dial(address: tuple[str, int], *options: object) -> socket.socket:
        asked.append(address)
        return socket.create_connection(("127.0.0.1", server.port), timeout=30)

    with bare(requests.Session(), dial) as session:
        assert session.get("http://media.example.com:8080/", timeout=30).content == b"of the server"
    assert asked == [("media.example.com", 8080)]


@pytest.mark.parametrize(
    ("failure", "seen"),
    [
        (socket.gaierror(socket.EAI_NONAME, "unknown"), requests.ConnectionError),
        (TimeoutError("timed out"), requests.ConnectTimeout),
        (ConnectionRefusedError(111, "refused"), requests.ConnectionError),
        (ValueError("not allowed"), ValueError),
    ],
    ids=["name", "time-out", "refused", "own error"],
)
def test_what_a_dial_raises_is_an_exception_of_requests_unless_it_is_its_own(failure: Exception, seen: type[Exception]) -> None:
    def dial(*_: object) -> socket.socket:
        raise failure

    with bare(requests.Session(), dial) as session, pytest.raises(seen) as caught:
        session.get("http://media.example.com/", timeout=30)
    assert type(caught.value) is seen
