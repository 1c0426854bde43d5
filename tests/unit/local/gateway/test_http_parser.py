"""Requests that two readers could read in two ways, or that never end, over real sockets: refused, and nothing behind them is served."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import pytest

from local.gateway.cors import Cors
from local.gateway.http_parser import LARGEST_BODY, LARGEST_HEADERS
from local.gateway.server import ApiServer, Gateway
from local.lambda_runtime.sandbox import InvocationResult

# How long this server waits for a body.
IDLE_SECONDS = 0.3
HOST = b"Host: x\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
# Behind whatever was refused; it must never be taken for a request of its own.
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture
def events() -> list[dict[str, Any]]:
    return []


@pytest.fixture
def server(events: list[dict[str, Any]]) -> Iterator[ApiServer]:
    def function(event: dict[str, Any]) -> InvocationResult:
        events.append(event)
        return InvocationResult(json.dumps({"statusCode": 200}))

    server = ApiServer(0)
    server.start(Gateway(function, "api", Cors({})), IDLE_SECONDS)
    yield server
    server.stop()


@contextmanager
def _connected(server: ApiServer) -> Iterator[socket.socket]:
    parts = urlsplit(server.url)
    with socket.create_connection((str(parts.hostname), int(parts.port or 0)), timeout=30) as connection:
        yield connection


def _rest(connection: socket.socket) -> bytes:
    """What comes until the server hangs up."""
    answer = b""
    while piece := connection.recv(65536):
        answer += piece
    return answer


def _said(server: ApiServer, *pieces: bytes) -> bytes:
    """The answer to these bytes from a client that sends no more and keeps its side open."""
    with _connected(server) as connection:
        for piece in pieces:
            connection.sendall(piece)
        return _rest(connection)


def _status(answer: bytes) -> int:
    """Of the one answer that there is."""
    assert answer.count(b"HTTP/1.1 ") == 1, answer
    head, _, body = answer.partition(b"\r\n\r\n")
    assert set(json.loads(body)) == {"message"}
    assert b"\r\nconnection: close" in head
    return int(head.split(b" ")[1])


FRAMES = {
    "two lengths": b"Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}",
    "one length twice": b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
    "a list of lengths": b"Content-Length: 2, 2\r\n\r\n{}",
    "a length with a sign": b"Content-Length: +2\r\n\r\n{}",
    "a length with an underscore": b"Content-Length: 1_0\r\n\r\n0123456789abcdef",
    "a length of other digits": b"Content-Length: \xb2\r\n\r\n{}",
    "a length beyond all numbers": b"Content-Length: " + b"9" * 5_000 + b"\r\n\r\n{}",
    "an empty length": b"Content-Length:\r\n\r\n{}",
    "a length and chunks": b"Content-Length: 4\r\n" + CHUNKED + b"\r\n0\r\n\r\n",
    "chunks and a length": CHUNKED + b"Content-Length: 6\r\n\r\n0\r\n\r\nX",
    "two codings": CHUNKED + b"Transfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "a list of codings": b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "another coding": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "an empty coding": b"Transfer-Encoding:\r\nContent-Length: 2\r\n\r\n{}",
    "a blank before the colon": b"Transfer-Encoding : chunked\r\nContent-Length: 2\r\n\r\n{}",
    "a folded coding": b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "a folded field": b"X-A: b\r\n c\r\n\r\n",
    "a field without a colon": b"nonsense\r\nContent-Length: 2\r\n\r\n{}",
    "a field without a name": b": b\r\n\r\n",
    "a blank in a name": b"X A: b\r\n\r\n",
    "a bare CR": b"X-A: b\rX-B: c\r\n\r\n",
    "a NUL": b"X-A: b\0c\r\n\r\n",
    "a second host": b"Host: y\r\n\r\n",
    "a chunk with a sign": CHUNKED + b"\r\n-5\r\nhello\r\n0\r\n\r\n",
    "a chunk with a prefix": CHUNKED + b"\r\n0x5\r\nhello\r\n0\r\n\r\n",
    "a chunk with an underscore": CHUNKED + b"\r\n1_0\r\n0123456789abcdef\r\n0\r\n\r\n",
    "a chunk beyond all numbers": CHUNKED + b"\r\n" + b"f" * 900 + b"\r\nhello\r\n0\r\n\r\n",
    "a chunk longer than it says": CHUNKED + b"\r\n3\r\nhello\r\n0\r\n\r\n",
    "a trailer that is no field": CHUNKED + b"\r\n0\r\nnonsense\r\n\r\n",
}


@pytest.mark.parametrize("frame", FRAMES)
def test_a_request_that_could_be_read_in_two_ways_is_refused_with_all_that_follows(
    server: ApiServer, events: list[dict[str, Any]], frame: str
) -> None:
    assert _status(_said(server, b"POST / HTTP/1.1\r\n" + HOST + FRAMES[frame] + SMUGGLED)) == 400
    assert events == []


@pytest.mark.parametrize(
    "line",
    [
        b"GET v1/videos HTTP/1.1",
        b"GET http://[::1 HTTP/1.1",
        b"GET http://a]b/v1/videos HTTP/1.1",
        b"OPTIONS * HTTP/1.1",
        b"GET / HTTP/2.0",
        b"GET / HTTP/0.9",
        b"GET /",
        b"GET / / HTTP/1.1",
        b"GET\x0b/ HTTP/1.1",
        b"GET /a\x85b HTTP/1.1",
        b"",
    ],
)
def test_a_request_line_that_names_no_place_or_another_http_is_refused(
    server: ApiServer, events: list[dict[str, Any]], line: bytes
) -> None:
    assert _status(_said(server, line + b"\r\n" + HOST + b"\r\n" + SMUGGLED)) == 400
    assert events == []


def test_a_request_names_its_host_and_an_older_one_sends_no_chunks(server: ApiServer, events: list[dict[str, Any]]) -> None:
    assert _status(_said(server, b"GET / HTTP/1.1\r\n\r\n")) == 400
    assert _status(_said(server, b"POST / HTTP/1.0\r\n" + HOST + CHUNKED + b"\r\n0\r\n\r\n")) == 400
    assert events == []


@pytest.mark.parametrize("method", [b"TRACE", b"CONNECT", b"get", b"PROPFIND", b"GET\x00"])
def test_a_method_that_the_gateway_does_not_know_is_refused(server: ApiServer, events: list[dict[str, Any]], method: bytes) -> None:
    assert _status(_said(server, method + b" / HTTP/1.1\r\n" + HOST + b"\r\n" + SMUGGLED)) in (400, 404)
    assert events == []


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"x" * LARGEST_HEADERS + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"x" * 70_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + HOST + b"".join(b"X%d: y\r\n" % number for number in range(2_000)) + b"\r\n",
        b"POST / HTTP/1.1\r\n" + HOST + CHUNKED + b"\r\n0\r\n" + b"X: y\r\n" * LARGEST_HEADERS + b"\r\n",
    ],
)
def test_fields_without_end_are_refused_before_and_behind_the_body(server: ApiServer, events: list[dict[str, Any]], head: bytes) -> None:
    assert _status(_said(server, head)) == 431
    assert events == []


def test_a_target_without_end_is_refused(server: ApiServer) -> None:
    assert _status(_said(server, b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n")) == 414


@pytest.mark.parametrize(
    "head",
    [b"Content-Length: %d\r\n\r\nits beginning" % (LARGEST_BODY + 1), CHUNKED + b"\r\n%x\r\nits beginning" % (LARGEST_BODY + 1)],
)
def test_a_client_that_waits_with_its_large_body_is_refused_at_once(server: ApiServer, events: list[dict[str, Any]], head: bytes) -> None:
    assert _status(_said(server, b"POST / HTTP/1.1\r\n" + HOST + head)) == 413
    assert events == []


def test_chunks_that_become_too_large_together_are_refused(server: ApiServer, events: list[dict[str, Any]]) -> None:
    megabyte = b"100000\r\n" + bytes(1 << 20) + b"\r\n"
    assert _status(_said(server, b"POST / HTTP/1.1\r\n" + HOST + CHUNKED + b"\r\n", *[megabyte] * 12, b"0\r\n\r\n")) == 413
    assert events == []


@pytest.mark.parametrize(
    "head", [b"Content-Length: 50\r\n\r\nshort", CHUNKED + b"\r\n5\r\nhello\r\n", CHUNKED + b"\r\n5\r\nhello\r\n0\r\n"]
)
def test_a_body_that_does_not_come_is_waited_for_and_then_refused(server: ApiServer, events: list[dict[str, Any]], head: bytes) -> None:
    assert _status(_said(server, b"POST / HTTP/1.1\r\n" + HOST + head)) == 408
    assert events == []


def test_a_body_that_drips_is_refused_when_its_time_is_over(server: ApiServer, events: list[dict[str, Any]]) -> None:
    with _connected(server) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 1000\r\n\r\n")
        with suppress(OSError):  # the server has hung up
            for _ in range(20):
                connection.sendall(b"x")
                time.sleep(IDLE_SECONDS / 5)
        assert _status(_rest(connection)) == 408
    assert events == []


def test_a_client_that_hangs_up_within_its_body_orders_nothing(server: ApiServer, events: list[dict[str, Any]]) -> None:
    with _connected(server) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\n" + HOST + CHUNKED + b"\r\n5\r\nhello\r\n0\r\n")
        connection.shutdown(socket.SHUT_WR)
        assert _status(_rest(connection)) == 400
    assert events == []


def test_what_stands_in_one_field_makes_no_other_one(server: ApiServer, events: list[dict[str, Any]]) -> None:
    hostile = b"X-A: b\x85X-B: c\r\nX-C: \xe2\x80\xa8X-D: e\r\n"
    _said(server, b"GET /a%0d%0aX-E:%20f?g=%0d%0aX-F:%20g HTTP/1.1\r\n" + HOST + hostile + b"Connection: close\r\n\r\n")
    assert set(events[0]["headers"]) == {"host", "x-a", "x-c", "connection"}


def test_extensions_and_trailers_of_chunks_are_left_out(server: ApiServer, events: list[dict[str, Any]]) -> None:
    body = b"5;name=value\r\nhello\r\n0\r\nX-Trailer: y\r\n\r\n"
    head = b"POST / HTTP/1.1\r\n" + HOST + CHUNKED + b"Content-Type: text/plain\r\nConnection: close\r\n\r\n"
    assert _said(server, head + body).startswith(b"HTTP/1.1 200")
    assert events[0]["body"] == "hello"
