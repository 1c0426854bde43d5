"""Sessions: nothing of the environment, no retry, no redirect, no cookie, and no word in the log."""

import logging
import socket
from collections.abc import Callable

import pytest
import requests

from cliprelay.net.response import Framing, framing_of
from cliprelay.net.sessions import bare, fresh_session
from tests.support.loopback import Loopback
from tests.support.makers import http_answer, reset

Serve = Callable[..., Loopback]
HEAD = b"HTTP/1.1 200 OK\r\n"


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


def _served(loopback: Serve, data: bytes) -> requests.Response:
    with fresh_session() as session:
        return session.get(loopback(lambda connection: connection.sendall(data)).url, timeout=30)


HOSTILE = (
    b"Set-Cookie: a=b; expires=Mon, 99 Foo 99999999999999 99:99:99\r\n",
    b'Set-Cookie: =; Max-Age=999999999999999999999; Domain=.\r\nSet-Cookie2: a=b; Version=x; Port="x"\r\n',
    b"no colon here\r\n",
    b"X: 1\r\n\r2\r\n",
    b"Content-Type: multipart/mixed; boundary=\r\n",
    b"Content-Type: multipart/byteranges\r\n",
    b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
    b"Location: https://[\r\n",
)


@pytest.mark.parametrize("line", HOSTILE)
def test_no_header_writes_to_the_log_or_leaves_a_cookie(loopback: Serve, caplog: pytest.LogCaptureFixture, line: bytes) -> None:
    with caplog.at_level(logging.INFO):
        answer = _served(loopback, b"HTTP/1.1 302 Any\r\n" + line + b"Connection: close\r\n\r\n0\r\n\r\n")
    assert (answer.status_code, caplog.records, list(answer.cookies)) == (302, [], [])


def test_the_framing_of_a_response_of_requests_is_known(loopback: Serve) -> None:
    assert framing_of(_served(loopback, HEAD + b"Content-Length: 2\r\n\r\nok")) is Framing.LENGTH
    assert framing_of(_served(loopback, HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")) is Framing.CHUNKS
    assert framing_of(_served(loopback, HEAD + b"\r\nok")) is Framing.CLOSE


def test_a_connection_serves_the_next_request_after_a_framed_response(loopback: Serve) -> None:
    def twice(connection: socket.socket) -> None:
        http_answer(200, b"one", Connection="")(connection)
        connection.recv(1 << 16)
        http_answer(200, b"two", Connection="")(connection)

    server = loopback(twice)
    with fresh_session() as session:
        assert [session.get(server.url, timeout=30).content for _ in range(2)] == [b"one", b"two"]
    assert server.connections == 1
