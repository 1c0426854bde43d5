"""One attempt against misbehaving receivers: always a reply in time, and no more read than necessary."""

import socket
from collections.abc import Callable
from threading import Event
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import requests

from cliprelay.net.guard import Guard
from cliprelay.net.urls import AddressRules
from cliprelay.webhooks.retry_schedule import Reply
from cliprelay.webhooks.sender import ANSWER_LIMIT, CONNECT_SECONDS, SECONDS, WebhookSender
from tests.support.makers import NOW, OwnedClock, http_answer, reset

if TYPE_CHECKING:
    from tests.support.loopback import Loopback

Serve = Callable[..., "Loopback"]
BODY = '{"prompt":"Wellen 🌊"}'.encode()
HEADERS = {"webhook-id": "evt_1", "webhook-timestamp": "1", "webhook-signature": "v1,abc"}
# Long enough for an immediate answer on a busy machine, short enough to wait for.
SHORT = 0.3


def _post(url: str, *, rules: AddressRules = AddressRules.LOOPBACK, limit: float = 15) -> Reply:
    ticks = iter(range(100))
    return WebhookSender(Guard(rules), lambda: NOW, seconds=lambda: float(next(ticks)), limit=limit).post(url, BODY, HEADERS)


def test_the_body_arrives_as_signed_with_its_headers(loopback: Serve) -> None:
    server = loopback(http_answer(204))
    reply = _post(f"{server.url}/clips?token=geheim")
    assert reply == Reply(204, ms=1_000)
    assert server.bodies == [BODY]
    assert server.heads[0].startswith("POST /clips?token=geheim HTTP/1.1")
    sent = {name.lower(): value for name, _, value in (line.partition(": ") for line in server.heads[0].split("\r\n")[1:])}
    assert {name: sent[name] for name in HEADERS} == HEADERS
    assert sent["content-type"] == "application/json"
    assert (sent["connection"], sent["user-agent"]) == ("close", "ClipRelay")


def test_every_attempt_uses_a_new_connection(loopback: Serve) -> None:
    server = loopback(http_answer(200))
    _post(server.url)
    _post(server.url)
    assert server.connections == 2


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_a_failure_and_is_not_followed(loopback: Serve, status: int) -> None:
    target = loopback(http_answer(200))
    server = loopback(http_answer(status, Location=target.url))
    assert _post(server.url).status == status
    assert target.connections == 0


def test_a_slow_connection_has_its_own_limit_and_is_a_time_out() -> None:
    asked: list[object] = []

    class Slow(requests.Session):
        def post(self, *args: Any, timeout: Any = None, **kwargs: Any) -> requests.Response:
            asked.append(timeout)
            raise requests.exceptions.ConnectTimeout

    guard: Any = SimpleNamespace(session=Slow)
    assert WebhookSender(guard, lambda: NOW).post("https://hooks.example.com/", BODY, HEADERS).error == "timeout"
    assert asked == [(CONNECT_SECONDS, SECONDS)]


def test_retry_after_is_read(loopback: Serve) -> None:
    assert _post(loopback(http_answer(503, Retry_After="120")).url).retry_after == 120


def test_a_silent_receiver_is_a_time_out(loopback: Serve) -> None:
    until = Event()
    server = loopback(lambda connection: until.wait(60) and None)
    assert _post(server.url, limit=SHORT).error == "timeout"
    until.set()


def _drip(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    pause = Event()
    while not pause.wait(0.05):
        connection.sendall(b"1\r\nx\r\n")


def _pour(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        connection.sendall(b"1000\r\n" + b"x" * 4_096 + b"\r\n")


def test_an_endless_slow_answer_is_a_time_out(loopback: Serve) -> None:
    reply = _post(loopback(_drip).url, limit=SHORT)
    assert (reply.is_success, reply.error) == (False, "timeout")


def test_an_endless_fast_answer_is_a_failure_at_the_limit(loopback: Serve) -> None:
    reply = _post(loopback(_pour).url)
    assert (reply.is_success, reply.error) == (False, "answer_too_long")


@pytest.mark.parametrize("in_chunks", [True, False])
@pytest.mark.parametrize(("size", "counts"), [(0, True), (1, True), (5_000, True), (ANSWER_LIMIT, True), (ANSWER_LIMIT + 1, False)])
def test_an_answer_counts_if_it_ends_within_the_limit(loopback: Serve, size: int, in_chunks: bool, counts: bool) -> None:
    chunk = f"{size:x}\r\n".encode() + b"x" * size + b"\r\n" if size else b""
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk + b"0\r\n\r\n"
    answer = (lambda connection: connection.sendall(chunked)) if in_chunks else http_answer(200, b"x" * size)
    assert _post(loopback(answer).url).error == (None if counts else "answer_too_long")


def test_an_incomplete_answer_is_a_failure(loopback: Serve) -> None:
    server = loopback(lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"))
    reply = _post(server.url)
    assert (reply.is_success, reply.error) == (False, "broken_off")


@pytest.mark.parametrize("behave", [reset, lambda connection: None, lambda connection: connection.sendall(b"SSH-2.0-x\r\n")])
def test_a_receiver_that_hangs_up_or_speaks_no_http_is_a_failure(loopback: Serve, behave: Callable[[socket.socket], None]) -> None:
    assert _post(loopback(behave).url).error == "broken_off"


def test_a_closed_port_an_unknown_name_and_a_failed_handshake_have_their_own_codes(loopback: Serve) -> None:
    server = loopback(http_answer(200), reads="nothing")
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert _post(f"http://127.0.0.1:{port}/").error == "connect"
    assert _post("http://nobody.invalid/").error == "dns"
    assert _post(server.url.replace("http://", "https://")).error == "tls"


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "https://127.0.0.1/", "https://169.254.169.254/latest", "https://10.0.0.1/", "https://[::1]/"]
)
def test_a_forbidden_url_is_never_called(url: str) -> None:
    assert _post(url, rules=AddressRules.PUBLIC) == Reply(error="address_refused", ms=1_000)


def test_a_name_rebound_to_a_private_address_is_never_called(loopback: Serve) -> None:
    server = loopback(http_answer(200))

    def turned(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        return [(2, 1, 6, "", ("127.0.0.1", server.port))]

    guard = Guard(AddressRules.PUBLIC, frozenset({443, server.port}), resolve=turned)
    reply = WebhookSender(guard, lambda: NOW).post(f"https://hooks.example.com:{server.port}/", BODY, HEADERS)
    assert (reply.error, server.connections) == ("address_refused", 0)


def test_a_reply_contains_neither_the_url_nor_the_answer(loopback: Serve) -> None:
    server = loopback(http_answer(500, b"a secret of the receiver"))
    assert "geheim" not in repr(_post(f"{server.url}/?token=geheim"))
    assert "secret" not in repr(_post(server.url))


def test_a_date_in_retry_after_is_relative_to_the_clock(loopback: Serve) -> None:
    clock = OwnedClock()
    server = loopback(http_answer(429, Retry_After="Sun, 22 Nov 2026 06:02:00 GMT"))
    sender = WebhookSender(Guard(AddressRules.LOOPBACK), clock)
    assert sender.post(server.url, BODY, HEADERS).retry_after == 120
    clock.advance(60)
    assert sender.post(server.url, BODY, HEADERS).retry_after == 60
