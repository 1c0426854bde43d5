"""The AWS endpoint's connections, over real sockets, with a small application."""

import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from werkzeug.serving import make_server

from local.aws.connection import MAX_HEADERS, Handler


class Application:
    """Answers with the body it gets, and notes its environments."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.answer: Callable[[dict[str, Any], Any], Iterable[bytes]] = self.echo

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.requests.append(environ)
        return self.answer(environ, start_response)

    def echo(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [environ["wsgi.input"].read()]

    def unread(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("403 Forbidden", [("Content-Length", "2")])
        return [b"no"]

    def stream(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [])
        yield from (b"one", b"", b"two")

    def without_body(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("204 No Content", [])
        return []

    def with_length(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Length", "5")])
        return [b"hello"]

    def failing(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        raise KeyError("a mistake")

    def failing_late(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Length", "100")])
        yield b"begun"
        raise KeyError("a mistake")


@pytest.fixture
def application() -> Application:
    return Application()


@pytest.fixture
def connection(application: Application) -> Iterator[socket.socket]:
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=30) as connected:
        yield connected
    server.shutdown()
    thread.join()
    server.server_close()


def ask(connection: socket.socket, *pieces: bytes) -> None:
    for piece in pieces:
        connection.sendall(piece)


def response(connection: socket.socket) -> tuple[str, dict[str, str], bytes]:
    """Read one response with a length or in chunks, and nothing after it."""
    with connection.makefile("rb", buffering=0) as lines:
        status = lines.readline().decode().strip()
        headers = dict[str, str]()
        while line := lines.readline().decode().strip():
            name, _, value = line.partition(": ")
            headers[name.lower()] = value
        if headers.get("transfer-encoding") != "chunked":
            return status, headers, lines.read(int(headers.get("content-length", 0))) or b""
        body = b""
        while size := int(lines.readline(), 16):
            body += lines.read(size) or b""
            lines.read(2)
        lines.read(2)
        return status, headers, body


def rest(connection: socket.socket) -> bytes:
    """Return all until the server closes the connection."""
    received = b""
    while piece := connection.recv(65536):
        received += piece
    return received


POST = b"POST /a%20b?c=d HTTP/1.1\r\nHost: x\r\nX-One: 1\r\nX-One:  2 \r\nContent-Length: 5\r\n\r\nhello"


def test_a_connection_serves_one_request_after_the_other(connection: socket.socket, application: Application) -> None:
    for _ in range(3):
        ask(connection, POST)
        status, headers, body = response(connection)
        assert (status, headers["connection"], body) == ("HTTP/1.1 200 OK", "keep-alive", b"hello")
    environ = application.requests[0]
    names = ("REQUEST_METHOD", "PATH_INFO", "QUERY_STRING", "REQUEST_URI", "HTTP_X_ONE", "CONTENT_LENGTH")
    assert [environ[name] for name in names] == ["POST", "/a b", "c=d", "/a%20b?c=d", "1,2", "5"]
    assert len({environ["REMOTE_PORT"] for environ in application.requests}) == 1


def test_requests_sent_together_are_answered_in_order(connection: socket.socket) -> None:
    ask(connection, POST + POST.replace(b"hello", b"world"))
    assert [response(connection)[2] for _ in range(2)] == [b"hello", b"world"]


def test_a_body_that_the_application_does_not_read_is_no_request(connection: socket.socket, application: Application) -> None:
    application.answer = application.unread
    ask(connection, b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n", b"x" * 200_000)
    assert response(connection)[::2] == ("HTTP/1.1 403 Forbidden", b"no")
    application.answer = application.echo
    ask(connection, POST)
    assert response(connection)[2] == b"hello"


@pytest.mark.parametrize("is_read", [True, False])
def test_a_chunked_body_ends_with_its_last_chunk(connection: socket.socket, application: Application, is_read: bool) -> None:
    application.answer = application.echo if is_read else application.unread
    ask(connection, b"PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n")
    assert response(connection)[2] == (b"abcde" if is_read else b"no")
    application.answer = application.echo
    ask(connection, POST)
    assert response(connection)[2] == b"hello"


def test_a_client_that_expects_it_is_told_to_continue_once(connection: socket.socket) -> None:
    ask(connection, b"PUT / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
    assert response(connection)[0] == "HTTP/1.1 100 Continue"
    ask(connection, b"ab")
    assert response(connection)[::2] == ("HTTP/1.1 200 OK", b"ab")


def test_a_response_without_a_length_is_sent_in_chunks(connection: socket.socket, application: Application) -> None:
    application.answer = application.stream
    ask(connection, POST)
    _, headers, body = response(connection)
    assert (headers["transfer-encoding"], body) == ("chunked", b"onetwo")


def test_an_older_client_gets_it_until_the_end_of_the_connection(connection: socket.socket, application: Application) -> None:
    application.answer = application.stream
    ask(connection, b"GET / HTTP/1.0\r\n\r\n")
    assert rest(connection).endswith(b"Connection: close\r\n\r\nonetwo")


def test_a_response_without_a_body_has_no_length(connection: socket.socket, application: Application) -> None:
    application.answer = application.without_body
    for _ in range(2):
        ask(connection, POST)
        status, headers, _ = response(connection)
        assert (status, headers.keys() & {"content-length", "transfer-encoding"}) == ("HTTP/1.1 204 No Content", set())


def test_a_head_has_the_length_of_the_body_without_the_body(connection: socket.socket, application: Application) -> None:
    application.answer = application.with_length
    ask(connection, b"HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    head = rest(connection)
    assert b"Content-Length: 5\r\n" in head
    assert head.endswith(b"\r\n\r\n")


def test_a_failing_application_is_an_internal_error_and_logged(
    connection: socket.socket, application: Application, caplog: pytest.LogCaptureFixture
) -> None:
    application.answer = application.failing
    ask(connection, POST)
    assert rest(connection).startswith(b"HTTP/1.1 500 ")
    assert "a mistake" in caplog.text


def test_a_response_that_fails_halfway_ends_the_connection(connection: socket.socket, application: Application) -> None:
    application.answer = application.failing_late
    ask(connection, POST)
    assert rest(connection).endswith(b"begun")


@pytest.mark.parametrize(
    "head",
    [
        b"GET /\r\n\r\n",
        b"GET / HTTP/2\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * (MAX_HEADERS + 1) + b"\r\n",
    ],
)
def test_a_malformed_head_is_a_bad_request(connection: socket.socket, application: Application, head: bytes) -> None:
    ask(connection, head)
    connection.shutdown(socket.SHUT_WR)
    assert rest(connection).startswith(b"HTTP/1.1 400 ")
    assert application.requests == []


def test_a_client_that_disconnects_within_its_body_does_not_complete_it(connection: socket.socket, application: Application) -> None:
    read = list[bytes]()

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        read.append(environ["wsgi.input"].read(5))
        return []

    application.answer = answer
    ask(connection, POST[:-2])
    connection.shutdown(socket.SHUT_WR)
    assert rest(connection) == b""
    assert read == []
