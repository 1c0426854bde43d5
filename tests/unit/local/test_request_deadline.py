"""A request has a deadline for each of its parts, however its bytes are spread; a connection without one may idle."""

import io
import socket
from collections.abc import Iterator

import pytest

from local.request_deadline import RequestReader, RequestTooSlow, drain
from tests.support.makers import OwnedClock


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def _reader(ours: socket.socket, clock: OwnedClock) -> tuple[RequestReader, io.BufferedReader]:
    reader = RequestReader(ours, idle=0.01, head=10, clock=clock.seconds)
    reader.rest()
    return reader, io.BufferedReader(reader)


def test_a_head_that_drips_ends_at_its_deadline(ends: tuple[socket.socket, socket.socket], clock: OwnedClock) -> None:
    ours, theirs = ends
    reader, _ = _reader(ours, clock)
    for _ in range(4):
        theirs.sendall(b"x")
        assert reader.readinto(bytearray(1)) == 1
        clock.advance(3)
    theirs.sendall(b"x")
    with pytest.raises(RequestTooSlow):
        reader.readinto(bytearray(1))


def test_the_first_byte_begins_the_head(ends: tuple[socket.socket, socket.socket], clock: OwnedClock) -> None:
    ours, theirs = ends
    _, lines = _reader(ours, clock)
    clock.advance(1_000)
    theirs.sendall(b"GET / HTTP/1.1\r\n")
    assert lines.readline() == b"GET / HTTP/1.1\r\n"


def test_an_idle_connection_times_out_and_a_begun_head_is_too_slow(ends: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = ends
    reader = RequestReader(ours, idle=0.01, head=0.01)
    reader.rest()
    with pytest.raises(TimeoutError):
        reader.readinto(bytearray(1))
    theirs.sendall(b"G")
    assert reader.readinto(bytearray(1)) == 1
    with pytest.raises(RequestTooSlow):
        reader.readinto(bytearray(1))


def test_each_part_and_each_request_has_a_deadline_of_its_own(ends: tuple[socket.socket, socket.socket], clock: OwnedClock) -> None:
    ours, theirs = ends
    reader, _ = _reader(ours, clock)
    for begin in (lambda: reader.begin(20), reader.rest):
        theirs.sendall(b"xyz")
        reader.readinto(bytearray(1))
        clock.advance(30)
        begin()
        assert reader.readinto(bytearray(1)) == 1
        reader.readinto(bytearray(1))


def test_draining_ends_at_its_deadline_at_its_limit_and_at_the_end(ends: tuple[socket.socket, socket.socket], clock: OwnedClock) -> None:
    ours, theirs = ends
    moments = iter([0.0, 1.0, 6.0])
    theirs.sendall(b"abcdef")
    drain(ours, 3, 5, clock.seconds)
    theirs.sendall(b"x")
    drain(ours, 1_000, 5, lambda: next(moments))
    theirs.close()
    drain(ours, 1_000, 5, clock.seconds)
    assert next(moments, None) is None
