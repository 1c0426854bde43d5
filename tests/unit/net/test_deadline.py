"""A deadline cuts whatever was opened under it."""

import math
import socket
import time
from collections.abc import Callable

import pytest
import requests

from cliprelay.net.deadline import current, deadline, time_left
from cliprelay.net.sessions import fresh_session
from tests.support.loopback import Loopback
from tests.support.makers import http_answer

Serve = Callable[..., Loopback]


class Drip:
    """A body of a minute, in bytes that are never late; `is_whole` says that the client has waited for all of it."""

    is_whole = False

    def __call__(self, connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(3_000):
            connection.sendall(b"1\r\nx\r\n")
            time.sleep(0.02)
        self.is_whole = True
        connection.sendall(b"0\r\n\r\n")


def test_a_deadline_cuts_an_answer_that_drips(loopback: Serve) -> None:
    drip = Drip()
    server = loopback(drip)
    with fresh_session() as session, deadline(0.2) as bound, pytest.raises(requests.RequestException):
        session.get(server.url, timeout=30)
    assert bound.over
    assert not drip.is_whole


def test_a_connection_that_is_opened_after_the_deadline_is_cut_at_once(loopback: Serve) -> None:
    drip = Drip()
    server = loopback(drip)
    with fresh_session() as session, deadline(30) as bound:
        bound.cut()
        with pytest.raises(requests.RequestException):
            session.get(server.url, timeout=30)
    assert not drip.is_whole


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


def test_the_current_deadline_is_the_innermost_one() -> None:
    with deadline(60) as outer:
        with deadline(5) as inner:
            assert current() is inner
        assert current() is outer
    assert current() is None
