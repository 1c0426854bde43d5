"""The paid call and the poll behind every transport of the receiver table: known only from a complete answer."""

import json
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from cliprelay.errors import NoAnswer, OutcomeUnknown, RefusedAccount, RefusedVideo
from cliprelay.upstream.contract import Outcome, PaidRequest
from cliprelay.upstream.myrouter.client import MyRouter
from tests.contract.receivers.table import BROKEN_OFF, COMPLETE, HINTS, NEVER_DONE, TOO_LONG, Receiver
from tests.support.cuts import Cut
from tests.support.makers import http_answer
from tests.support.wire_responses import Behaviour, Exchange, answer, chunked, head, raw

if TYPE_CHECKING:
    from tests.support.loopback import Loopback

Serve = Callable[..., "Loopback"]
CREATED = b'{"id": "t-1"}'
RUNNING = b'{"task": {"task_id": "t-1", "status": "TASK_STATUS_PROCESSING"}}'
MODERATED = json.dumps({"code": 400, "reason": "ILLEGAL_PROMPT", "message": "content policy"}).encode()
# A length that is no number leaves an answer whose JSON shows that it is whole.
LENIENT = ("a length that is no number", "a negative length")
WHOLE = [each for each in (*COMPLETE, *BROKEN_OFF) if (each in COMPLETE and each.carries) or each.name in LENIENT]
NEVER = [each for each in (*BROKEN_OFF, *NEVER_DONE, *TOO_LONG) if each.name not in LENIENT]
# Reached by no test: where the client has to be the one that gives up, the far end lets the time be over.
AGES = 60.0


def _name(each: Receiver) -> str:
    return each.name


def _create(loopback: Serve, behave: Behaviour, true: bytes = CREATED, waits: Callable[[], None] = lambda: None) -> str:
    server = loopback(lambda connection: behave(Exchange(connection, true, waits=waits)))
    return MyRouter(server.url, lambda: "key", submit_seconds=AGES).create(PaidRequest("/any", b"{}"), key="key")


@pytest.mark.parametrize("upstream", WHOLE, ids=_name)
def test_a_complete_answer_accepts_or_refuses_the_paid_call(upstream: Receiver, loopback: Serve) -> None:
    assert _create(loopback, upstream.behave) == "t-1"


@pytest.mark.parametrize("upstream", NEVER, ids=_name)
@pytest.mark.parametrize("true", [CREATED, MODERATED], ids=["accepting", "refusing"])
def test_an_answer_that_is_not_complete_leaves_the_outcome_unknown(upstream: Receiver, true: bytes, loopback: Serve, cut: Cut) -> None:
    with pytest.raises(OutcomeUnknown):
        _create(loopback, upstream.behave, true, cut.now)


@pytest.mark.parametrize("status", [302, 400, 401, 404, 422, 429, 503])
@pytest.mark.parametrize("rest", [b"", b" Any", b" Any\r\n", b" Any\r\nContent-Ty", b" Any\r\nContent-Length: 0\r\n"])
def test_a_refusal_whose_head_breaks_off_is_none(status: int, rest: bytes, loopback: Serve) -> None:
    with pytest.raises(OutcomeUnknown):
        _create(loopback, raw(b"HTTP/1.1 %d" % status + rest))


@pytest.mark.parametrize(
    "behave",
    [
        answer(400),
        answer(400, before=HINTS),
        answer(400, before=HINTS * 16),
        answer(400, length=None),
        answer(400, Content_Encoding="gzip"),
        answer(400, Set_Cookie="a=b", X_Name="x" * 200_000),
    ],
)
def test_a_refusal_is_one_behind_any_transport(behave: Behaviour, loopback: Serve) -> None:
    with pytest.raises(RefusedVideo):
        _create(loopback, behave, MODERATED)


@pytest.mark.parametrize("location", ["https://[", "http://[::1", "http://a:port/", "\xff\xfe", "//", ""])
def test_a_redirect_to_anywhere_bought_nothing(location: str, loopback: Serve) -> None:
    with pytest.raises(RefusedAccount):
        _create(loopback, answer(302, b"", Location=location))


def test_an_interim_response_with_a_status_of_its_own_decides_nothing(loopback: Serve) -> None:
    assert _create(loopback, chunked_after(head(103, headers={"Content-Length": "9", "Retry-After": "9"}))) == "t-1"


def chunked_after(before: bytes) -> Behaviour:
    def behave(exchange: Exchange) -> None:
        exchange.connection.sendall(before)
        chunked()(exchange)

    return behave


@pytest.mark.parametrize("upstream", WHOLE, ids=_name)
def test_a_poll_is_answered_by_a_complete_answer(upstream: Receiver, loopback: Serve) -> None:
    server = loopback(lambda connection: upstream.behave(Exchange(connection, RUNNING)))
    assert MyRouter(server.url, lambda: "key").task("t-1").outcome is Outcome.RUNNING


@pytest.mark.parametrize("upstream", [each for each in NEVER if not each.slow], ids=_name)
def test_a_poll_without_a_complete_answer_can_be_repeated(upstream: Receiver, loopback: Serve) -> None:
    server = loopback(lambda connection: upstream.behave(Exchange(connection, RUNNING)))
    with pytest.raises(NoAnswer):
        MyRouter(server.url, lambda: "key").task("t-1")


def test_a_poll_that_we_cut_can_be_repeated(loopback: Serve, cut: Cut, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cliprelay.upstream.myrouter.client.POLL_SECONDS", AGES)

    def hang(connection: socket.socket) -> None:
        http_answer(200, RUNNING, Content_Length="")(connection)
        cut.now()
        connection.recv(1)

    server = loopback(hang)
    with pytest.raises(NoAnswer):
        MyRouter(server.url, lambda: "key").task("t-1")
