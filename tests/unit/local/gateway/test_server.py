"""The local API server over real sockets, with a fake function."""

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
from local.gateway.http_parser import MAX_BODY_BYTES
from local.gateway.server import MAX_EVENT_BYTES, ApiServer, Gateway
from local.lambda_runtime.sandbox import InvocationResult, failure

Answer = tuple[int, dict[str, str], bytes]
Ask = Callable[..., Answer]


class FakeFunction:
    """Returns its event, or a given result."""

    def __init__(self) -> None:
        self.result: InvocationResult | None = None
        self.events: list[dict[str, Any]] = []
        self.blocked = threading.Event()
        self.blocked.set()

    def __call__(self, event: dict[str, Any]) -> InvocationResult:
        self.events.append(event)
        self.blocked.wait()
        return self.result or InvocationResult(json.dumps({"statusCode": 200, "body": json.dumps(event)}))


@pytest.fixture
def function() -> Iterator[FakeFunction]:
    function = FakeFunction()
    yield function
    function.blocked.set()


@pytest.fixture
def timeout() -> float:
    """A time limit that no test reaches."""
    return 60


@pytest.fixture
def server(function: FakeFunction, timeout: float) -> Iterator[ApiServer]:
    server = ApiServer(0)
    server.start(Gateway(function, "api", Cors({}), timeout=timeout))
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
    """Return everything received for these bytes until the server closes the connection."""
    parts = urlsplit(server.url)
    with socket.create_connection((str(parts.hostname), int(parts.port or 0)), timeout=30) as connection:
        connection.sendall(text)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    return answer


def test_a_request_reaches_the_function_and_its_result_the_client(ask: Ask, function: FakeFunction) -> None:
    status, _, body = ask("POST", "/v1/videos?x=1", b"{}", {"Content-Type": "application/json", "X-A": "b"})
    event = json.loads(body)
    assert (status, event["rawPath"], event["body"], event["headers"]["x-a"]) == (200, "/v1/videos", "{}", "b")


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_every_method_reaches_the_function(ask: Ask, method: str) -> None:
    assert json.loads(ask(method)[2])["requestContext"]["http"]["method"] == method


def test_the_response_to_head_has_no_body(server: ApiServer) -> None:
    answer = send(server, b"HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    assert b"content-length: " in head
    assert body == b""


def test_a_status_without_a_body_has_no_length(ask: Ask, function: FakeFunction) -> None:
    function.result = InvocationResult(json.dumps({"statusCode": 204, "body": "ignored"}))
    status, headers, body = ask("DELETE")
    assert (status, body) == (204, b"")
    assert "content-length" not in headers


def test_a_chunked_body_is_joined(ask: Ask) -> None:
    status, _, body = ask("POST", "/", iter([b"ab", b"cd"]), {"Content-Type": "text/plain"})
    assert (status, json.loads(body)["body"]) == (200, "abcd")


def test_the_server_software_is_not_disclosed(ask: Ask) -> None:
    assert "server" not in ask("GET")[1]


def test_a_body_over_ten_megabytes_is_rejected_as_by_the_gateway(server: ApiServer, function: FakeFunction) -> None:
    announced = str(MAX_BODY_BYTES + 1).encode()
    answer = send(server, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + announced + b"\r\n\r\nits beginning")
    assert answer.startswith(b"HTTP/1.1 413")
    assert json.loads(answer.partition(b"\r\n\r\n")[2]) == {"message": "Request Entity Too Large"}
    assert function.events == []


def test_a_client_that_sends_a_whole_large_body_can_read_the_rejection(ask: Ask, function: FakeFunction) -> None:
    assert ask("POST", "/", b"x" * (MAX_BODY_BYTES + 1))[0] == 413
    assert function.events == []


def test_an_event_over_lambdas_limit_is_rejected_with_413(ask: Ask, function: FakeFunction) -> None:
    status, _, body = ask("POST", "/", b"x" * MAX_EVENT_BYTES, {"Content-Type": "text/plain"})
    assert (status, json.loads(body)) == (413, {"message": "Request Entity Too Large"})
    assert function.events == []


def test_an_event_just_below_lambdas_limit_reaches_the_function(ask: Ask, function: FakeFunction) -> None:
    function.result = InvocationResult(json.dumps({"statusCode": 200}))
    assert ask("POST", "/", b"x" * (MAX_EVENT_BYTES - 2000), {"Content-Type": "text/plain"})[0] == 200


@pytest.mark.parametrize(("more", "status"), [(0, 200), (1, 413)])
def test_the_limit_of_an_event_is_exact(function: FakeFunction, more: int, status: int) -> None:
    gateway = Gateway(function, "api", Cors({}))

    def ask(size: int) -> int:
        headers = [("host", "x"), ("content-type", "text/plain")]
        return gateway.answer(Request("POST", "/", "HTTP/1.1", headers, b"x" * size, "127.0.0.1")).status

    assert ask(1) == 200
    around = len(json.dumps(function.events[0])) - 1
    assert ask(MAX_EVENT_BYTES - around + more) == status


def test_headers_over_10240_bytes_are_rejected(ask: Ask, function: FakeFunction) -> None:
    assert ask("GET", "/", None, {"X-Large": "x" * 10_240})[0] == 431
    assert ask("GET", "/", None, {"X-Large": "x" * 10_000})[0] == 200
    assert len(function.events) == 1


@pytest.mark.parametrize("result", [failure("Runtime.ExitError", "secret"), failure("Sandbox.Timedout", "secret")])
def test_a_failing_function_causes_an_internal_server_error(ask: Ask, function: FakeFunction, result: InvocationResult) -> None:
    function.result = result
    status, _, body = ask("GET")
    assert (status, json.loads(body)) == (500, {"message": "Internal Server Error"})


@pytest.mark.parametrize("timeout", [0.1])
def test_a_function_that_takes_too_long_causes_service_unavailable(ask: Ask, function: FakeFunction) -> None:
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
def test_a_malformed_request_is_rejected_and_the_next_one_served(server: ApiServer, ask: Ask, garbage: bytes) -> None:
    answer = send(server, garbage)
    status = int(answer.split(b" ")[1])
    assert 400 <= status < 500 or status == 505
    assert b"Server:" not in answer
    assert ask("GET")[0] == 200


def test_an_unsupported_method_is_not_found(server: ApiServer) -> None:
    assert send(server, b"BREW / HTTP/1.1\r\nHost: x\r\n\r\n").startswith(b"HTTP/1.1 404")


def test_a_connection_serves_several_requests(server: ApiServer) -> None:
    connection = http.client.HTTPConnection(str(urlsplit(server.url).netloc), timeout=30)
    for _ in range(2):
        connection.request("GET", "/")
        response = connection.getresponse()
        response.read()
        assert response.status == 200
    connection.close()


@pytest.mark.parametrize(
    ("base_path", "method", "target", "route"),
    [
        ("", "GET", "/docs", "GET /docs"),
        ("", "GET", "/docs?utm_source=mail", "GET /docs"),
        ("", "GET", "/d%6Fcs", "GET /docs"),
        ("", "GET", "http://x/docs", "GET /docs"),
        ("", "HEAD", "/docs", "$default"),
        ("", "POST", "/docs", "$default"),
        ("", "GET", "/docs/", "$default"),
        ("", "GET", "/Docs", "$default"),
        ("", "GET", "/clips/docs", "$default"),
        ("", "POST", "/any", "ANY /any"),
        ("", "GET", "/any", "GET /any"),
        ("/clips", "GET", "/clips/docs", "GET /docs"),
        ("/clips", "GET", "/docs", "GET /docs"),
        ("/clips", "GET", "/clipsy/docs", "$default"),
        ("/clips", "GET", "/clips", "$default"),
    ],
)
def test_a_request_takes_its_most_specific_route_and_keeps_its_path(
    function: FakeFunction, base_path: str, method: str, target: str, route: str
) -> None:
    gateway = Gateway(function, "api", Cors({}), routes={"GET /docs", "GET /any", "ANY /any"}, base_path=base_path)
    gateway.answer(Request(method, target, "HTTP/1.1", [("host", "x")], b"", "127.0.0.1"))
    (event,) = function.events
    assert (event["routeKey"], event["requestContext"]["routeKey"]) == (route, route)
    path = target.removeprefix("http://x").partition("?")[0].replace("%6F", "o")
    assert (event["rawPath"], event["requestContext"]["http"]["path"]) == (path, path)
