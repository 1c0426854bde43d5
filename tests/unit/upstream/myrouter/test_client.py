"""The real client against real sockets maps every answer or failure to an exception and protects the key."""

import gzip
import json
import socket
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprelay.errors import NoAnswer, NotAccepted, OutcomeUnknown, RefusedAccount, RefusedVideo, TaskNotFound, UpstreamError
from cliprelay.upstream.contract import Outcome, PaidRequest
from cliprelay.upstream.myrouter.client import ANSWER_LIMIT, HandedBody, MyRouter
from cliprelay.upstream.myrouter.request import prepare
from tests.support.cuts import Cut
from tests.support.makers import any_video, http_answer, json_answer, no_input, reset

if TYPE_CHECKING:
    from tests.support.loopback import Loopback

Serve = Callable[..., "Loopback"]
KEY = "sk-upstream-0123456789abcdef"
PATH = "/v3/async/seedance-v1.5-pro-i2v"
PAYLOAD = b'{"prompt":"A private lighthouse.","image":"https://assets.example.com/1.png"}'
# Larger than the socket buffers of both sides, so that part stays unsent if the server does not read.
BIG = b'"' + b"x" * 40_000_000 + b'"'
RUNNING = {"task": {"task_id": "t-1", "status": "TASK_STATUS_PROCESSING", "progress_percent": 35, "eta": 40}}


def _client(url: str, **options: Any) -> MyRouter:
    return MyRouter(url, lambda: KEY, **options)


def _create(server: "Loopback", payload: bytes = PAYLOAD, **options: Any) -> str:
    return _client(server.url, **options).create(PaidRequest(PATH, payload), key=KEY)


def _refusal(server: "Loopback", payload: bytes = PAYLOAD, **options: Any) -> UpstreamError:
    with pytest.raises(UpstreamError) as caught:
        _create(server, payload, **options)
    return caught.value


def _silent(connection: socket.socket) -> None:
    """Wait silently until the client hangs up."""
    connection.settimeout(60)
    connection.recv(1)


def _abandoned(cut: Cut) -> Callable[[socket.socket], None]:
    """Let the client's time be over once the whole request has arrived."""

    def behave(connection: socket.socket) -> None:
        cut.now()
        _silent(connection)

    return behave


def _closed_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


# What is sent


def test_the_paid_call_is_one_post_with_the_given_body(loopback: Serve) -> None:
    server = loopback(json_answer(200, {"id": "t-1"}))
    assert _create(server) == "t-1"
    head = server.heads[0].lower()
    assert server.heads[0].startswith(f"POST {PATH} HTTP/1.1\r\n")
    assert f"authorization: bearer {KEY}" in head
    assert "content-type: application/json" in head
    assert f"content-length: {len(PAYLOAD)}" in head
    assert "transfer-encoding" not in head
    assert server.bodies == [PAYLOAD]


def test_a_poll_sends_the_key_and_the_content_type(loopback: Serve) -> None:
    server = loopback(json_answer(200, RUNNING))
    task = _client(server.url + "/").task("t-1")
    assert (task.outcome, task.progress, task.eta) == (Outcome.RUNNING, 35, 40)
    assert server.heads[0].startswith("GET /v3/async/task-result?task_id=t-1 HTTP/1.1\r\n")
    assert f"authorization: bearer {KEY}" in server.heads[0].lower()
    assert "content-type: application/json" in server.heads[0].lower()


@pytest.mark.parametrize(("end", "path"), [("", ""), ("/", ""), ("/X", "/X"), ("/base/", "/base")])
def test_the_base_url_is_used_as_it_is_but_for_a_slash_at_its_end(loopback: Serve, end: str, path: str) -> None:
    server = loopback(json_answer(200, {"id": "t-1"}))
    _client(server.url + end).create(PaidRequest(PATH, PAYLOAD), key=KEY)
    assert server.heads[0].startswith(f"POST {path}{PATH} ")


def test_the_client_prepares_the_call_of_its_own_provider() -> None:
    assert _client("https://upstream.example.com").prepare(any_video(), no_input) == prepare(any_video(), no_input)


def test_a_call_has_these_headers_and_no_others(loopback: Serve) -> None:
    server = loopback(json_answer(200, RUNNING | {"id": "t-1"}))
    _create(server)
    _client(server.url).task("t-1")
    create, poll = ({line.partition(":")[0].lower() for line in head.strip().splitlines()[1:]} for head in server.heads)
    every = {"host", "authorization", "content-type", "accept", "accept-encoding", "user-agent"}
    assert (create - {"connection"}, poll - {"connection"}) == (every | {"content-length"}, every)
    for head in server.heads:
        assert "\r\naccept-encoding: identity\r\n" in head.lower()
        assert "\r\naccept: application/json\r\n" in head.lower()
        assert "\r\nuser-agent: cliprelay\r\n" in head.lower()


@pytest.mark.parametrize("task_id", ["../../admin?x=1&task_id=2#f", "a b", "%2e%2e", "t/1", "ü"])
def test_an_unusual_task_id_is_escaped_in_its_parameter(loopback: Serve, task_id: str) -> None:
    server = loopback(json_answer(200, RUNNING))
    _client(server.url).task(task_id)
    target = server.heads[0].split(" ")[1]
    assert target.startswith("/v3/async/task-result?task_id=")
    assert not set(target.partition("task_id=")[2]) & set("/?#& ")


def test_every_paid_call_uses_a_new_connection(loopback: Serve) -> None:
    def keep_alive(connection: socket.socket) -> None:
        json_answer(200, {"id": "t-1"}, Connection="keep-alive")(connection)
        _silent(connection)

    server = loopback(keep_alive)
    client = _client(server.url)
    for _ in range(3):
        client.create(PaidRequest(PATH, PAYLOAD), key=KEY)
    assert server.connections == 3


# Certainly nothing was bought


def test_a_refused_connection_bought_nothing() -> None:
    with pytest.raises(NotAccepted) as caught:
        _client(_closed_port()).create(PaidRequest(PATH, PAYLOAD), key=KEY)
    assert caught.value.code == "upstream_unreachable"


def test_an_unresolvable_host_bought_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "any")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(NotAccepted):
        _client("https://upstream.example.com").create(PaidRequest(PATH, PAYLOAD), key=KEY)


def test_a_failed_tls_handshake_bought_nothing_and_revealed_nothing(loopback: Serve) -> None:
    seen: list[bytes] = []

    def answer_in_plain_text(connection: socket.socket) -> None:
        seen.append(connection.recv(1 << 16))
        http_answer(200)(connection)

    server = loopback(answer_in_plain_text, reads="nothing")
    with pytest.raises(NotAccepted):
        _client(server.url.replace("http:", "https:")).create(PaidRequest(PATH, PAYLOAD), key=KEY)
    assert KEY.encode() not in seen[0]


def test_a_reset_before_the_whole_body_was_handed_over_bought_nothing(loopback: Serve) -> None:
    assert isinstance(_refusal(loopback(reset, reads="head"), BIG), NotAccepted)


def test_an_unsendable_key_bought_nothing(loopback: Serve) -> None:
    server = loopback(json_answer(200, {"id": "t-1"}))
    with pytest.raises(NotAccepted):
        _client(server.url).create(PaidRequest(PATH, PAYLOAD), key="line\nbreak")
    assert server.connections == 0


def test_an_early_refusal_is_understood_before_the_body_is_read(loopback: Serve) -> None:
    def refuse_and_drain(connection: socket.socket) -> None:
        json_answer(401, {"code": 401, "reason": "FAILED_TO_AUTH", "message": "any"})(connection)
        while connection.recv(1 << 20):
            pass

    assert isinstance(_refusal(loopback(refuse_and_drain, reads="head"), BIG), RefusedAccount)


# Unknown outcomes


def test_a_reset_after_the_whole_body_leaves_the_outcome_unknown(loopback: Serve) -> None:
    assert isinstance(_refusal(loopback(reset)), OutcomeUnknown)


def test_a_connection_closed_without_an_answer_leaves_the_outcome_unknown(loopback: Serve) -> None:
    assert isinstance(_refusal(loopback(lambda connection: None)), OutcomeUnknown)


def test_a_timeout_leaves_the_outcome_unknown(loopback: Serve, cut: Cut) -> None:
    assert isinstance(_refusal(loopback(_abandoned(cut))), OutcomeUnknown)


@pytest.mark.parametrize(("asked", "given"), [(None, 600), (70, 70), (601, 600)])
def test_a_call_accepts_a_shorter_time_limit(loopback: Serve, cut: Cut, asked: float | None, given: float) -> None:
    server = loopback(_abandoned(cut))
    with pytest.raises(OutcomeUnknown):
        _client(server.url, submit_seconds=600).create(PaidRequest(PATH, PAYLOAD), key=KEY, seconds=asked)
    assert cut.seconds == [given]


def test_a_slow_answer_is_abandoned_at_the_deadline(loopback: Serve, cut: Cut) -> None:
    dripped: list[int] = []

    def drip(connection: socket.socket) -> None:
        """Send a byte often enough to look alive, for far longer than the deadline."""
        http_answer(200, Content_Length="1000")(connection)
        for number in range(500):
            connection.sendall(b" ")
            dripped.append(number)
            if number == 5:
                cut.now()
            time.sleep(0.02)

    assert isinstance(_refusal(loopback(drip)), OutcomeUnknown)
    assert len(dripped) < 500


@pytest.mark.parametrize(
    "answer",
    [
        http_answer(200, b"<html>Welcome</html>", Content_Type="text/html"),
        http_answer(200, b""),
        http_answer(204, b""),
        http_answer(200, b'{"id": "t-'),
        http_answer(200, b"\xff\xfe"),
        http_answer(200, b"[" * 100_000),
        http_answer(200, b'{"id": ' + b"9" * 5_000 + b"}"),
        http_answer(200, b'{"id": "t-1"}', Content_Length="100"),
        http_answer(200, b"not gzip", Content_Encoding="gzip"),
        json_answer(200, {}),
        json_answer(200, []),
        json_answer(200, {"id": None}),
        json_answer(200, {"id": "x" * 10_000}),
        json_answer(200, {"code": 500, "reason": "CREATE_TASK_FAILED", "message": "any"}),
        json_answer(200, {"error": {"code": "InternalServiceError"}, "id": "t-1"}),
        json_answer(500, {"code": 500, "reason": "CREATE_TASK_FAILED", "message": "any"}),
        http_answer(502, b"<html>Bad Gateway</html>"),
        http_answer(504, b""),
        http_answer(408, b""),
        http_answer(400, b"<html>Bad Request</html>"),
        lambda connection: connection.sendall(b"not http at all\r\n\r\n"),
    ],
)
def test_an_answer_without_a_usable_id_leaves_the_outcome_unknown(loopback: Serve, answer: Callable[[socket.socket], None]) -> None:
    assert isinstance(_refusal(loopback(answer)), OutcomeUnknown)


def test_an_oversized_answer_is_not_read_to_the_end(loopback: Serve) -> None:
    sent: list[int] = []

    def flood(connection: socket.socket) -> None:
        http_answer(200, Content_Length="100000000")(connection)
        for number in range(100):
            connection.sendall(b" " * ANSWER_LIMIT)
            sent.append(number)

    assert isinstance(_refusal(loopback(flood)), OutcomeUnknown)
    assert len(sent) < 100


def test_an_answer_that_decompresses_beyond_the_limit_is_not_read_to_the_end(loopback: Serve) -> None:
    bomb = gzip.compress(b" " * 64 * ANSWER_LIMIT)
    assert isinstance(_refusal(loopback(http_answer(200, bomb, Content_Encoding="gzip"))), OutcomeUnknown)


@given(
    status=st.integers(200, 599).filter(lambda status: status not in (204, 304)),
    body=st.binary(max_size=200) | st.text(max_size=50).map(json.dumps).map(str.encode),
)
def test_every_answer_is_an_id_or_one_of_four_exceptions(status: int, body: bytes) -> None:
    from tests.support.loopback import Loopback

    server = Loopback(http_answer(status, body))
    with suppress(NotAccepted, RefusedAccount, RefusedVideo, OutcomeUnknown):
        assert _create(server)
    server.close()


# Redirects, proxies, .netrc


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_never_followed(loopback: Serve, status: int) -> None:
    elsewhere = loopback(json_answer(200, {"id": "t-1", **RUNNING}))
    server = loopback(http_answer(status, Location=elsewhere.url + "/v3"))
    assert _refusal(server).code == "redirected"
    with pytest.raises(NoAnswer):
        _client(server.url).task("t-1")
    assert elsewhere.connections == 0


def test_environment_proxies_never_see_the_key(loopback: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = loopback(json_answer(200, {"id": "from the proxy", **RUNNING}))
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, proxy.url)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    server = loopback(json_answer(200, {"id": "t-1", **RUNNING}))
    assert _create(server) == "t-1"
    _client(server.url).task("t-1")
    assert proxy.connections == 0


def test_netrc_never_replaces_the_key(loopback: Serve, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login other password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    server = loopback(json_answer(200, {"id": "t-1"}))
    _create(server)
    assert f"authorization: bearer {KEY}" in server.heads[0].lower()


# Polls


@pytest.mark.parametrize(
    "body",
    [
        {"code": 404, "reason": "TASK_NOT_FOUND", "message": "task not found"},
        {"code": 404, "reason": "NOT_FOUND", "message": "The task t-1 does not exist."},
        {"error": {"code": "ResourceNotFound", "message": "task t-1 not found"}},
    ],
)
def test_an_unknown_task_is_distinguished_from_no_answer(loopback: Serve, body: dict[str, object]) -> None:
    server = loopback(json_answer(404, body))
    with pytest.raises(TaskNotFound) as caught:
        _client(server.url).task("t-1")
    assert caught.value.code == "lost_upstream"


@pytest.mark.parametrize(
    "body",
    [
        b"<html>no such page</html>",
        b"route not found",
        b"",
        b'{"detail":"Not Found"}',
        b'{"message":"no Route matched with those values"}',
        b'{"error":{"code":"NotFound","message":"/v3/async/task-result"}}',
        b'{"code":404,"reason":"API_NOT_FOUND","message":"no such task api"}',
        b'{"message":"task not found"}',
    ],
)
def test_a_missing_route_says_nothing_about_a_task(loopback: Serve, body: bytes) -> None:
    server = loopback(http_answer(404, body))
    with pytest.raises(NoAnswer):
        _client(server.url).task("t-1")


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_poll_is_a_refused_account(loopback: Serve, status: int) -> None:
    with pytest.raises(RefusedAccount):
        _client(loopback(http_answer(status)).url).task("t-1")


@pytest.mark.parametrize(
    "answer",
    [
        http_answer(500, b""),
        http_answer(429, b""),
        http_answer(302, Location="/elsewhere"),
        http_answer(200, b"<html>"),
        http_answer(200, b""),
        http_answer(200, b'{"task": '),
        http_answer(200, b'{"padding": "' + b"x" * 2 * ANSWER_LIMIT + b'"}'),
        json_answer(200, {"code": 500, "reason": "GET_RESULT_FAILED", "message": "any"}),
        json_answer(200, {"task": None}),
        reset,
        lambda connection: None,
    ],
)
def test_a_poll_without_a_usable_answer_can_be_repeated(loopback: Serve, answer: Callable[[socket.socket], None]) -> None:
    with pytest.raises(NoAnswer):
        _client(loopback(answer).url).task("t-1")


def test_a_task_failure_reported_as_500_ends_the_task(loopback: Serve) -> None:
    server = loopback(json_answer(500, {"code": 500, "reason": "TASK_FAILED", "message": "the task failed"}))
    assert _client(server.url).task("t-1").outcome is Outcome.FAILED


def test_a_poll_of_an_unreachable_upstream_can_be_repeated() -> None:
    with pytest.raises(NoAnswer):
        _client(_closed_port()).task("t-1")


def test_a_throttled_poll_passes_on_the_retry_time(loopback: Serve) -> None:
    with pytest.raises(NoAnswer) as caught:
        _client(loopback(http_answer(429, Retry_After="7")).url).task("t-1")
    assert caught.value.retry_after == 7


@pytest.mark.parametrize("status", [401, 403])
def test_a_query_refused_with_a_key_that_was_rotated_is_sent_again_with_the_new_one(loopback: Serve, status: int) -> None:
    answers = iter([http_answer(status), json_answer(200, RUNNING)])
    server = loopback(lambda connection: next(answers)(connection))
    assert MyRouter(server.url, lambda: "old", fresh_key=lambda: "new").task("t-1").outcome is Outcome.RUNNING
    assert server.connections == 2


def test_a_query_refused_with_the_key_of_the_moment_is_not_repeated(loopback: Serve) -> None:
    server = loopback(http_answer(401))
    with pytest.raises(RefusedAccount):
        MyRouter(server.url, lambda: "key", fresh_key=lambda: "key").task("t-1")
    assert server.connections == 1


def test_a_missing_key_is_reported_before_anything_is_sent(loopback: Serve) -> None:
    def missing() -> str:
        raise RefusedAccount("upstream_key_missing", "any")

    server = loopback(json_answer(200, RUNNING))
    with pytest.raises(RefusedAccount):
        MyRouter(server.url, missing).task("t-1")
    assert server.connections == 0


# No secrets in exceptions


@pytest.mark.parametrize("behave", [reset, _silent, http_answer(500, b""), json_answer(401, {"reason": f"no {KEY}", "message": KEY})])
def test_no_exception_reveals_the_key_the_body_or_the_url(loopback: Serve, behave: Callable[[socket.socket], None]) -> None:
    server = loopback(behave)
    refusal = _refusal(server, submit_seconds=0.3)
    shown = "".join(traceback.format_exception(refusal)) + refusal.message + repr(refusal)
    for secret in (KEY, "private", server.url.removeprefix("http://")):
        assert secret not in shown


@pytest.mark.parametrize("key", ["k-1", "a shorter key", KEY])
def test_an_upstream_that_echoes_the_key_is_quoted_without_it(loopback: Serve, key: str) -> None:
    said = f"no key {key} please"
    refused = loopback(json_answer(400, {"reason": "INVALID_REQUEST_BODY", "message": said}))
    with pytest.raises(RefusedVideo) as caught:
        _client(refused.url).create(PaidRequest(PATH, PAYLOAD), key=key)
    messages = [caught.value.message]
    for status, body in ((200, {"task": {"status": "FAILED", "reason": said}}), (500, {"reason": "TASK_FAILED", "message": said})):
        client = MyRouter(loopback(json_answer(status, body)).url, lambda: key)
        messages.append(client.task("t-1").error_message or "")
    assert [message.partition(" (")[2] for message in messages] == [
        "INVALID_REQUEST_BODY no key please)",
        "no key please)",
        "no key please)",
    ]


# Retry-After


def _http_date(moment: datetime) -> str:
    return moment.strftime("%a, %d %b %Y %H:%M:%S GMT")


@pytest.mark.parametrize("value", ["Mon, 1 Jan 99999999999 00:00:00 GMT", "Mon, 1 Jan 2026 99999999999999999999:00:00 GMT"])
def test_an_out_of_range_retry_date_is_ignored(loopback: Serve, value: str) -> None:
    refusal = _refusal(loopback(http_answer(429, Retry_After=value)))
    assert isinstance(refusal, NotAccepted)
    assert refusal.retry_after is None


# The body that records whether it was handed over


def test_a_body_counts_as_handed_over_only_with_its_last_byte() -> None:
    body = HandedBody(b"12345")
    assert len(body) == 5
    assert (body.read(4), body.handed_over) == (b"1234", False)
    assert (body.read(4), body.handed_over) == (b"5", True)
    assert body.read(4) == b""


@given(data=st.binary(min_size=1, max_size=100), size=st.integers(1, 120))
def test_a_body_is_read_completely_in_pieces_of_any_size(data: bytes, size: int) -> None:
    body = HandedBody(data)
    assert b"".join(iter(lambda: body.read(size), b"")) == data
    assert HandedBody(data).read() == data
