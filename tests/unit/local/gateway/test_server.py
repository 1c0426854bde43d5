"""The API's server door over real sockets, before a function that the test plays."""

import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from local.gateway.cors import Cors
from local.gateway.events import Request
from local.gateway.http_parser import LARGEST_BODY
from local.gateway.server import LARGEST_EVENT, ApiServer, Gateway
from local.lambda_runtime.sandbox import InvocationResult, failure

Answer = tuple[int, dict[str, str], bytes]
Ask = Callable[..., Answer]


class Function:
    """Answers with the event it was given, or with what the test wants."""

    def __init__(self) -> None:
        self.outcome: InvocationResult | None = None
        self.events: list[dict[str, Any]] = []
        self.blocked = threading.Event()
        self.blocked.set()

    def __call__(self, event: dict[str, Any]) -> InvocationResult:
        self.events.append(event)
        self.blocked.wait()
        return self.outcome or InvocationResult(json.dumps({"statusCode": 200, "body": json.dumps(event)}))


@pytest.fixture
def function() -> Iterator[Function]:
    function = Function()
    yield function
    function.blocked.set()


@pytest.fixture
def server(function: Function) -> Iterator[ApiServer]:
    server = ApiServer(0)
    # A time limit that only a blocked function meets.
    server.start(Gateway(function, "api", Cors({}), seconds=2))
    yield server
    server.stop()


@pytest.fixture
def ask(server: ApiServer) -> Iterator[Ask]:
    connections: list[http.client.HTTPConnection] = []

    def ask(method: str, path: str = "/", body: Any = None, headers: dict[str, str] | None = None) -> Answer:
        connection = http.client.HTTPConnection(str(urlsplit(server.url).netloc), timeout=30)
        connections.append(connection)
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()

    yield ask
    for connection in connections:
        connection.close()


def send(server: ApiServer, text: bytes) -> bytes:
    """Everything that comes back for these bytes, until the server hangs up."""
    parts = urlsplit(server.url)
    with socket.create_connection((str(parts.hostname), int(parts.port or 0)), timeout=30) as connection:
        connection.sendall(text)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    return answer


def test_a_request_reaches_the_function_and_its_answer_the_client(ask: Ask, function: Function) -> None:
    status, _, body = ask("POST", "/v1/videos?x=1", b"{}", {"Content-Type": "application/json", "X-A": "b"})
    event = json.loads(body)
    assert (status, event["rawPath"], event["body"], event["headers"]["x-a"]) == (200, "/v1/videos", "{}", "b")


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_every_method_reaches_the_function(ask: Ask, method: str) -> None:
    assert json.loads(ask(method)[2])["requestContext"]["http"]["method"] == method


def test_a_head_request_is_answered_without_a_body(server: ApiServer) -> None:
    answer = send(server, b"HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    assert b"content-length: " in head
    assert body == b""


def test_a_status_without_a_body_has_no_length(ask: Ask, function: Function) -> None:
    function.outcome = InvocationResult(json.dumps({"statusCode": 204, "body": "ignored"}))
    status, headers, body = ask("DELETE")
    assert (status, body) == (204, b"")
    assert "content-length" not in headers


def test_a_chunked_body_is_put_together(ask: Ask) -> None:
    status, _, body = ask("POST", "/", iter([b"ab", b"cd"]), {"Content-Type": "text/plain"})
    assert (status, json.loads(body)["body"]) == (200, "abcd")


def test_nothing_tells_which_software_answers(ask: Ask) -> None:
    assert "server" not in ask("GET")[1]


def test_a_body_over_ten_megabytes_is_refused_as_the_gateway_does(server: ApiServer, function: Function) -> None:
    announced = str(LARGEST_BODY + 1).encode()
    answer = send(server, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + announced + b"\r\n\r\nits beginning")
    assert answer.startswith(b"HTTP/1.1 413")
    assert json.loads(answer.partition(b"\r\n\r\n")[2]) == {"message": "Request Entity Too Large"}
    assert function.events == []


def test_a_client_that_sends_all_of_a_large_body_gets_to_read_the_refusal(ask: Ask, function: Function) -> None:
    assert ask("POST", "/", b"x" * (LARGEST_BODY + 1))[0] == 413
    assert function.events == []


def test_an_event_that_lambda_would_refuse_is_answered_with_413(ask: Ask, function: Function) -> None:
    status, _, body = ask("POST", "/", b"x" * LARGEST_EVENT, {"Content-Type": "text/plain"})
    assert (status, json.loads(body)) == (413, {"message": "Request Entity Too Large"})
    assert function.events == []


def test_an_event_just_below_lambda_s_limit_reaches_the_function(ask: Ask, function: Function) -> None:
    function.outcome = InvocationResult(json.dumps({"statusCode": 200}))
    assert ask("POST", "/", b"x" * (LARGEST_EVENT - 2000), {"Content-Type": "text/plain"})[0] == 200


@pytest.mark.parametrize(("more", "status"), [(0, 200), (1, 413)])
def test_the_limit_of_an_event_is_exact(function: Function, more: int, status: int) -> None:
    gateway = Gateway(function, "api", Cors({}))

    def ask(size: int) -> int:
        headers = [("host", "x"), ("content-type", "text/plain")]
        return gateway.answer(Request("POST", "/", "HTTP/1.1", headers, b"x" * size, "127.0.0.1")).status

    assert ask(1) == 200
    around = len(json.dumps(function.events[0])) - 1
    assert ask(LARGEST_EVENT - around + more) == status


def test_headers_over_10240_bytes_are_refused(ask: Ask, function: Function) -> None:
    assert ask("GET", "/", None, {"X-Large": "x" * 10_240})[0] == 431
    assert ask("GET", "/", None, {"X-Large": "x" * 10_000})[0] == 200
    assert len(function.events) == 1


@pytest.mark.parametrize("outcome", [failure("Runtime.ExitError", "secret"), failure("Sandbox.Timedout", "secret")])
def test_a_failing_function_is_an_internal_server_error(ask: Ask, function: Function, outcome: InvocationResult) -> None:
    function.outcome = outcome
    status, _, body = ask("GET")
    assert (status, json.loads(body)) == (500, {"message": "Internal Server Error"})


def test_a_function_that_takes_too_long_is_service_unavailable(ask: Ask, function: Function) -> None:
    function.blocked.clear()
    status, _, body = ask("GET")
    assert (status, json.loads(body)) == (503, {"message": "Service Unavailable"})


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nshort",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: y\r\n" % number for number in range(200)) + b"\r\n",
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n",
    ],
)
def test_a_malformed_request_is_refused_and_the_next_one_served(server: ApiServer, ask: Ask, garbage: bytes) -> None:
    answer = send(server, garbage)
    status = int(answer.split(b" ")[1])
    assert 400 <= status < 500 or status == 505
    assert b"Server:" not in answer
    assert ask("GET")[0] == 200


def test_a_method_that_no_route_knows_is_not_found(server: ApiServer) -> None:
    assert send(server, b"BREW / HTTP/1.1\r\nHost: x\r\n\r\n").startswith(b"HTTP/1.1 404")


def test_two_requests_share_one_connection(server: ApiServer) -> None:
    connection = http.client.HTTPConnection(str(urlsplit(server.url).netloc), timeout=30)
    for _ in range(2):
        connection.request("GET", "/")
        response = connection.getresponse()
        response.read()
        assert response.status == 200
    connection.close()
