"""Connections made of nothing end as real ones do: the same bytes mean the same to the product, over both."""

import socket
import struct
from collections.abc import Callable
from typing import Any

import pytest

from cliprelay import wiring
from cliprelay.errors import UpstreamError
from cliprelay.upstream.contract import PaidRequest
from cliprelay.upstream.myrouter.client import MyRouter
from tests.simulation.fixture import simulated_product
from tests.simulation.leak_check import Output
from tests.simulation.runtime.processes import Ending, Strand
from tests.simulation.workers import in_this_process
from tests.simulation.world import Settings, World, living_in
from tests.support.http_wire import Reply, chunked, cut, html, json_reply, parse, reply, until_closed
from tests.support.loopback import Loopback
from tests.support.makers import no_input

__all__ = ["simulated_product"]

TASK = b'{"id": "task-1", "status": "TASK_STATUS_QUEUED"}'
REPLIES = {
    "whole": reply(200, TASK),
    "chunked": chunked(200, [TASK[:9], TASK[9:]]),
    "without a length": until_closed(200, TASK),
    "cut": cut(200, TASK, 5),
    "cut in its chunks": chunked(200, [TASK], whole=False),
    "cut without a length": until_closed(200, TASK[:-4]),
    "a page": html(502),
    "refused": json_reply(400, {"reason": "INVALID", "message": "no"}),
    "throttled": json_reply(429, {"reason": "RATE_LIMIT_EXCEEDED"}, Retry_After="7"),
    "redirected": reply(302, Location="https://example.com/"),
    "no http": Reply([(0, b"SSH-2.0-OpenSSH_9.6\r\n")]),
    "closed": Reply(),
    "reset": Reply(end="reset"),
    "reset in the body": Reply(cut(200, TASK, 5).pieces, "reset"),
}


def heard(call: Callable[[], object]) -> str:
    """What the product makes of an answer."""
    try:
        return repr(call())
    except UpstreamError as error:
        return f"{type(error).__name__} {error.code} {error.retry_after}"


def over_a_real_connection(make: Callable[..., Loopback], answer: Reply, ask: Callable[[MyRouter], object]) -> str:
    def behave(connection: socket.socket) -> None:
        for _, piece in answer.pieces:
            connection.sendall(piece)
        if answer.end == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    server = make(behave)
    return heard(lambda: ask(MyRouter(server.url, lambda: "key", no_input, submit_seconds=30)))


def over_a_simulated_one(answer: Reply, ask: Callable[[MyRouter], object]) -> str:
    with in_this_process() as output:
        return simulated(output, answer, ask)


def simulated(output: Output, answer: Reply, ask: Callable[[MyRouter], object]) -> str:
    world, endings = World(Settings(1, videos=1, rate=0.0)), list[Ending]()
    world.upstream.handle = lambda request: answer  # type: ignore[method-assign]
    with living_in(world, output):
        world.stage.begin(Strand("submit", lambda: heard(lambda: ask(wiring.upstream())), 1e12), endings.append)
        world.timeline.run(lambda: bool(endings))
    assert not endings[0].error
    return str(endings[0].value)


@pytest.mark.parametrize("name", REPLIES)
@pytest.mark.parametrize(
    "ask", [lambda it: it.create(PaidRequest("/model", b"{}"), key="key"), lambda it: it.task("task-1")], ids=["create", "task"]
)
def test_an_answer_means_the_same_over_both(loopback: Callable[..., Loopback], name: str, ask: Any) -> None:
    real = over_a_real_connection(loopback, REPLIES[name], ask)
    assert over_a_simulated_one(REPLIES[name], ask) == real


@pytest.mark.parametrize("breaks_after", [0, 100, 30_000])
def test_a_body_that_did_not_leave_whole_was_not_accepted(output: Output, breaks_after: int) -> None:
    world, endings = World(Settings(1, videos=1, rate=0.0)), list[Ending]()
    with living_in(world, output):
        dial = world._network.dial

        def broken(host: str, port: int, timeout: float) -> Any:
            line = dial(host, port, timeout)
            line.breaks_after = breaks_after
            return line

        world._network.dial = broken
        create = lambda: heard(lambda: wiring.upstream().create(PaidRequest("/model", b"x" * 100_000), key="key"))  # noqa: E731
        world.stage.begin(Strand("submit", create, 1e12), endings.append)
        world.timeline.run(lambda: bool(endings))
    assert endings[0].value == "NotAccepted upstream_unreachable None"
    assert not world.upstream.ledger.tasks


def test_a_request_is_whole_only_with_its_last_byte() -> None:
    data = b"POST /v3/async/model?x=1 HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nabcde"
    assert parse(data[:-1]) is None
    request = parse(data)
    assert request is not None
    assert (request.method, request.path, request.query, request.body) == ("POST", "/v3/async/model", {"x": "1"}, b"abcde")
