"""Ambiguous and endless requests over real sockets: rejected, and nothing after them is served."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import pytest

from local.gateway.cors import Cors
from local.gateway.http_parser import MAX_BODY_BYTES, MAX_HEADER_BYTES
from local.gateway.server import ApiServer, Gateway, TimeLimits
from local.lambda_runtime.sandbox import InvocationResult

# No test reaches these, however busy the machine is.
PATIENT = TimeLimits(idle=60, head=60, body=60, linger=0.1)
# For the tests of a request that does not end.
HASTY = TimeLimits(idle=60, head=0.3, body=0.3, linger=0.1)
HOST = b"Host: x\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
# Sent after a rejected request; it must never be served.
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture
def events() -> list[dict[str, Any]]:
    return []


@pytest.fixture
def server(events: list[dict[str, Any]]) -> Iterator[ApiServer]:
    yield from _serving(events, PATIENT)


@pytest.fixture
def hasty(events: list[dict[str, Any]]) -> Iterator[ApiServer]:
    yield from _serving(events, HASTY)


def _serving(events: list[dict[str, Any]], limits: TimeLimits) -> Iterator[ApiServer]:
    def function(event: dict[str, Any]) -> InvocationResult:
        events.append(event)
        return InvocationResult(json.dumps({"statusCode": 200}))

    server = ApiServer(0)
    server.start(Gateway(function, "api", Cors({})), limits)
    yield server
    server.stop()


@contextmanager
def _connected(server: ApiServer) -> Iterator[socket.socket]:
    parts = urlsplit(server.url)
    with socket.create_connection((str(parts.hostname), int(parts.port or 0)), timeout=30) as connection:
        yield connection


def _rest(connection: socket.socket) -> bytes:
    """Return everything until the server closes the connection."""
    answer = b""
    while piece := connection.recv(65536):
        answer += piece
    return answer


def _response(server: ApiServer, *pieces: bytes) -> bytes:
    """Return the response to these bytes, with the client's side left open."""
    with _connected(server) as connection:
        for piece in pieces:
            connection.sendall(piece)
        return _rest(connection)


def _status(answer: bytes) -> int:
    """Return the status of the only response."""
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
def test_an_ambiguous_request_and_all_after_it_are_rejected(server: ApiServer, events: list[dict[str, Any]], frame: str) -> None:
    assert _status(_response(server, b"POST / HTTP/1.1\r\n" + HOST + FRAMES[frame] + SMUGGLED)) == 400
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
def test_an_invalid_request_line_is_rejected(server: ApiServer, events: list[dict[str, Any]], line: bytes) -> None:
    assert _status(_response(server, line + b"\r\n" + HOST + b"\r\n" + SMUGGLED)) == 400
    assert events == []


def test_http_1_1_requires_a_host_and_http_1_0_forbids_chunks(server: ApiServer, events: list[dict[str, Any]]) -> None:
    assert _status(_response(server, b"GET / HTTP/1.1\r\n\r\n")) == 400
    assert _status(_response(server, b"POST / HTTP/1.0\r\n" + HOST + CHUNKED + b"\r\n0\r\n\r\n")) == 400
    assert events == []


@pytest.mark.parametrize("method", [b"TRACE", b"CONNECT", b"get", b"PROPFIND", b"GET\x00"])
def test_an_unknown_method_is_rejected(server: ApiServer, events: list[dict[str, Any]], method: bytes) -> None:
    assert _status(_response(server, method + b" / HTTP/1.1\r\n" + HOST + b"\r\n" + SMUGGLED)) in (400, 404)
    assert events == []


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"x" * MAX_HEADER_BYTES + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"x" * 70_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + HOST + b"".join(b"X%d: y\r\n" % number for number in range(2_000)) + b"\r\n",
        b"POST / HTTP/1.1\r\n" + HOST + CHUNKED + b"\r\n0\r\n" + b"X: y\r\n" * MAX_HEADER_BYTES + b"\r\n",
    ],
)
def test_endless_headers_and_trailers_are_rejected(server: ApiServer, events: list[dict[str, Any]], head: bytes) -> None:
    assert _status(_response(server, head)) == 431
    assert events == []


def test_an_endless_target_is_rejected(server: ApiServer) -> None:
    assert _status(_response(server, b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n")) == 414


@pytest.mark.parametrize(
    "head",
    [b"Content-Length: %d\r\n\r\nits beginning" % (MAX_BODY_BYTES + 1), CHUNKED + b"\r\n%x\r\nits beginning" % (MAX_BODY_BYTES + 1)],
)
def test_a_body_announced_as_too_large_is_rejected_at_once(server: ApiServer, events: list[dict[str, Any]], head: bytes) -> None:
    assert _status(_response(server, b"POST / HTTP/1.1\r\n" + HOST + head)) == 413
    assert events == []


def test_chunks_too_large_in_total_are_rejected(server: ApiServer, events: list[dict[str, Any]]) -> None:
    megabyte = b"100000\r\n" + bytes(1 << 20) + b"\r\n"
    assert _status(_response(server, b"POST / HTTP/1.1\r\n" + HOST + CHUNKED + b"\r\n", *[megabyte] * 12, b"0\r\n\r\n")) == 413
    assert events == []


@pytest.mark.parametrize(
    "head", [b"Content-Length: 50\r\n\r\nshort", CHUNKED + b"\r\n5\r\nhello\r\n", CHUNKED + b"\r\n5\r\nhello\r\n0\r\n"]
)
def test_a_missing_body_is_rejected_after_the_time_out(hasty: ApiServer, events: list[dict[str, Any]], head: bytes) -> None:
    assert _status(_response(hasty, b"POST / HTTP/1.1\r\n" + HOST + head)) == 408
    assert events == []


@pytest.mark.parametrize("head", [b"G", b"GET / HTTP/1.1\r", b"GET / HTTP/1.1\r\nHo", b"GET / HTTP/1.1\r\n" + HOST])
def test_a_head_that_does_not_end_is_rejected_although_the_connection_may_idle(hasty: ApiServer, head: bytes) -> None:
    assert _status(_response(hasty, head)) == 408


@pytest.mark.parametrize("body", [b"5;a", b"5\r\nhello\r\n0\r\nX-A", b"5\r\nhello\r\n"])
def test_a_line_of_a_body_that_does_not_end_is_rejected(hasty: ApiServer, events: list[dict[str, Any]], body: bytes) -> None:
    assert _status(_response(hasty, b"POST / HTTP/1.1\r\n" + HOST + CHUNKED + b"\r\n" + body)) == 408
    assert events == []


@pytest.mark.parametrize(
    ("target", "path"),
    [
        (b"//v1/videos", "//v1/videos"),
        (b"///v1/videos", "///v1/videos"),
        (b"http://x//v1/videos", "//v1/videos"),
        (b"//v1/videos?a=//b", "//v1/videos"),
        (b"/v1//videos", "/v1//videos"),
        (b"/v1%2Fvideos", "/v1%2Fvideos"),
        (b"/v1%2fvideos", "/v1%2Fvideos"),
        (b"/%2Fv1/videos", "/%2Fv1/videos"),
        (b"/v1%252Fvideos", "/v1%2Fvideos"),
        (b"/v1/../v1/videos", "/v1/../v1/videos"),
        (b"/v1/%2e%2e/v1/videos", "/v1/../v1/videos"),
        (b"/./v1/videos", "/./v1/videos"),
        (b"/v1/videos/", "/v1/videos/"),
        (b"/v1%5Cvideos", "/v1\\videos"),
    ],
)
def test_a_path_reaches_the_function_as_sent_with_its_slashes(
    server: ApiServer, events: list[dict[str, Any]], target: bytes, path: str
) -> None:
    _response(server, b"GET " + target + b" HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
    assert [event["rawPath"] for event in events] == [path]
    assert events[0]["requestContext"]["http"]["path"] == path


def test_a_slow_body_is_rejected_after_the_time_out(hasty: ApiServer, events: list[dict[str, Any]]) -> None:
    with _connected(hasty) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 1000\r\n\r\n")
        with suppress(OSError):  # the server has closed the connection
            for _ in range(20):
                connection.sendall(b"x")
                time.sleep(HASTY.body / 5)
        assert _status(_rest(connection)) == 408
    assert events == []


def test_a_client_that_disconnects_within_its_body_invokes_nothing(server: ApiServer, events: list[dict[str, Any]]) -> None:
    with _connected(server) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\n" + HOST + CHUNKED + b"\r\n5\r\nhello\r\n0\r\n")
        connection.shutdown(socket.SHUT_WR)
        assert _status(_rest(connection)) == 400
    assert events == []


def test_a_field_value_cannot_create_another_field(server: ApiServer, events: list[dict[str, Any]]) -> None:
    hostile = b"X-A: b\x85X-B: c\r\nX-C: \xe2\x80\xa8X-D: e\r\n"
    _response(server, b"GET /a%0d%0aX-E:%20f?g=%0d%0aX-F:%20g HTTP/1.1\r\n" + HOST + hostile + b"Connection: close\r\n\r\n")
    assert set(events[0]["headers"]) == {"host", "x-a", "x-c", "connection"}


def test_chunk_extensions_and_trailers_are_ignored(server: ApiServer, events: list[dict[str, Any]]) -> None:
    body = b"5;name=value\r\nhello\r\n0\r\nX-Trailer: y\r\n\r\n"
    head = b"POST / HTTP/1.1\r\n" + HOST + CHUNKED + b"Content-Type: text/plain\r\nConnection: close\r\n\r\n"
    assert _response(server, head + body).startswith(b"HTTP/1.1 200")
    assert events[0]["body"] == "hello"
