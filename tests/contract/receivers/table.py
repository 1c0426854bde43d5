"""The receiver table: what receivers of webhooks do over a real socket, and how the attempt ends; docs/reference/receivers.md shows it."""

from dataclasses import dataclass, field
from enum import StrEnum

from tests.support.wire_responses import (
    GIGABYTE,
    Behaviour,
    Exchange,
    answer,
    chunked,
    dripping,
    flood,
    head,
    kept_open,
    nothing,
    packed,
    raw,
    reset,
    reset_inside,
    silence,
    staring,
    with_lengths,
    with_lines,
)


class At(StrEnum):
    """What the attempt meets instead of a server for plain HTTP, if anything."""

    HTTP = ""
    TLS = "https for a server that speaks no TLS"
    CLOSED = "nobody listens"
    NAMELESS = "the name does not exist"


@dataclass(frozen=True)
class Receiver:
    """One behaviour; `status` and `error` are those of the attempt, `retry_after` what it asks for, in seconds.

    `slow` ones make the client wait until its time is over; `carries` says that the body is the true one, as the paid call needs it.
    """

    name: str
    behave: Behaviour = field(default_factory=answer)
    status: int | None = None
    error: str | None = None
    retry_after: float | None = None
    slow: bool = False
    carries: bool = True
    at: At = At.HTTP

    @property
    def is_delivered(self) -> bool:
        return self.error is None and self.status is not None and 200 <= self.status <= 299


OK = b"HTTP/1.1 200 OK\r\n"
HINTS = head(103, headers={"Link": "</style.css>; rel=preload"})
_COOKIE = "a=b; expires=Mon, 99 Foo 99999999999999 99:99:99; Max-Age=9999999999999999999"


def _told(name: str, behave: Behaviour, status: int = 200, *, carries: bool = True) -> Receiver:
    return Receiver(name, behave, status, carries=carries)


def _broken(name: str, behave: Behaviour, status: int | None = None) -> Receiver:
    """The receiver ends the exchange before its answer is complete."""
    return Receiver(name, behave, status, "broken_off")


def _late(name: str, behave: Behaviour, status: int | None = None) -> Receiver:
    """We end the exchange, because the time is over."""
    return Receiver(name, behave, status, "timeout", slow=True)


def _then(start: bytes, rest: Behaviour) -> Behaviour:
    def behave(exchange: Exchange) -> None:
        exchange.connection.sendall(start)
        rest(exchange)

    return behave


COMPLETE = (
    _told("200 with a body and its length", answer()),
    _told("200 with an empty body", answer(content=b""), carries=False),
    _told("201", answer(201), 201),
    _told("202", answer(202), 202),
    _told("204", answer(204, b"", length=None), 204, carries=False),
    _told("204 with a length, as some write", answer(204, b"", length="5"), 204, carries=False),
    _told("299", answer(299), 299),
    _told("200 in chunks", chunked()),
    _told("200 in chunks with a trailer", chunked(ending=b"0\r\nX-Sum: 1\r\n\r\n")),
    _told("200 in chunks, closed after the last one", chunked(ending=b"0\r\n")),
    _told("200 without a length, closed", answer(length=None)),
    _told("200 of HTTP/1.0, closed", answer(length=None, version="HTTP/1.0")),
    _told("200 that keeps the connection open", kept_open),
    _told("200 with a page of 500 kB", answer(content=b"x" * 500_000), carries=False),
    _told("200 with a page of 500 kB in chunks", chunked(b"x" * 500_000), carries=False),
    _told("103, then 200", answer(before=HINTS)),
    _told("100, then 200", answer(before=head(100))),
    _told("16 interim responses, then 200", answer(before=HINTS * 16)),
    _told("the length twice, the same", with_lengths("{}", "{}")),
    _told("the length twice in one line, the same", with_lengths("{0}, {0}")),
    _told("200 with a length beside chunks", chunked(Content_Length="7")),
    _told("a plain body that is called gzip", answer(Content_Encoding="gzip")),
    _told("a gzip body", answer(content=packed, Content_Encoding="gzip")),
    _told("a hostile cookie", answer(Set_Cookie=_COOKIE)),
    _told("900 header lines", with_lines(*(b"X-Name: %d" % number for number in range(900)))),
    _told("a header line of 200 kB", answer(X_Name="x" * 200_000)),
    _told("a header line without a colon", with_lines(b"no colon here")),
    _told("bytes after the body", answer(content=b"ok and more", length="2"), carries=False),
)

BROKEN_OFF = (
    _broken("closed without a word", nothing),
    _broken("reset", reset),
    _broken("closed inside the status line", raw(b"HTTP/1.1 200")),
    _broken("closed after the status line", raw(OK)),
    _broken("closed inside a header line", raw(OK + b"Content-Le")),
    _broken("closed after a header line", raw(OK + b"Content-Length: 0\r\n")),
    _broken("closed after an interim response", raw(HINTS)),
    _broken("closed before the announced length", raw(OK + b"Content-Length: 5\r\n\r\n"), 200),
    _broken("closed inside the announced length", answer(content=b"half", length="100"), 200),
    _broken("closed far inside a long body", answer(content=b"x" * 100_000, length="100001"), 200),
    _broken("reset inside the body", reset_inside(), 200),
    _broken("closed before the last chunk", chunked(ending=b""), 200),
    _broken("closed inside a chunk", chunked(ending=b"ff\r\nhalf"), 200),
    _broken("closed inside a chunk's size", chunked(ending=b"f"), 200),
    _broken("a negative chunk size", chunked(size="-{:x}"), 200),
    _broken("a chunk size that is no number", chunked(size="many"), 200),
    _broken("a chunk longer than its size", chunked(size="1"), 200),
    _broken("two different lengths", with_lengths("{}", "7")),
    _broken("two different lengths in one line", with_lengths("{}, 7")),
    _broken("a length that is no number", answer(length="many"), 200),
    _broken("a negative length", answer(length="-5"), 200),
    _broken("17 interim responses, then 200", answer(before=HINTS * 17)),
    _broken("101", answer(101, b"", length=None)),
    _broken("101, then 200", answer(before=head(101))),
    _broken("2,000 header lines", with_lines(*([b"X-Name: x"] * 2_000))),
    _broken("header lines without end", flood(OK, b"X-Name: x\r\n")),
    _broken("a header line without end", flood(OK + b"X: ")),
    _broken("a body without a head, as in HTTP/0.9", raw(b"ok\n")),
    _broken("HTTP/2 in plain text", raw(b"HTTP/2 200\r\n\r\n")),
    _broken("a status that is no number", raw(b"HTTP/1.1 fine\r\n\r\n")),
    _broken("a status of two digits", raw(b"HTTP/1.1 20 OK\r\n\r\n")),
    _broken("another protocol", raw(b"SSH-2.0-OpenSSH_9.6\r\n")),
)

NEVER_DONE = (
    _late("says nothing", silence),
    _late("reads nothing", staring),
    _late("the status line drips", dripping(b"HTTP/1.1 200", b" ")),
    _late("a header line drips", dripping(OK + b"X: ", b"x")),
    _late("header lines drip", dripping(OK, b"X: x\r\n")),
    _late("interim responses drip", dripping(b"HTTP/1.1 103 Any\r\n", b"X: x\r\n")),
    _late("hangs inside the head", _then(OK + b"Content-Length: 2\r\n", silence)),
    _late("hangs after an interim response", _then(HINTS, silence)),
    _late("hangs after the head, with a length", _then(OK + b"Content-Length: 5\r\n\r\n", silence), 200),
    _late("hangs after the head, without a length", _then(OK + b"\r\n", silence), 200),
    _late("hangs inside the body, without a length", _then(OK + b"\r\nhalf", silence), 200),
    _late("hangs before the last chunk", _then(OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n", silence), 200),
    _late("the body drips, with a length", dripping(OK + b"Content-Length: 100000\r\n\r\n", b"x"), 200),
    _late("the body drips, without a length", dripping(OK + b"\r\n", b"x"), 200),
    _late("the body drips in chunks", dripping(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"), 200),
    _late("the trailer drips", dripping(OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: x\r\n"), 200),
)

TOO_LONG = (
    Receiver("a body without end or length", flood(OK + b"\r\n"), 200, "answer_too_long"),
    Receiver("a gigabyte announced, and sent", flood(OK + b"Content-Length: %d\r\n\r\n" % GIGABYTE), 200, "answer_too_long"),
    Receiver(
        "chunks without end", flood(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"400\r\n" + b"x" * 1_024 + b"\r\n"), 200, "answer_too_long"
    ),
)

OTHER_STATUSES = (
    *(_told(f"{status}", answer(status), status) for status in (300, 400, 401, 404, 410, 500, 502, 504, 999)),
    *(
        _told(f"{status} to a place that would answer 200", answer(status, b"", Location="/200"), status)
        for status in (301, 302, 303, 307, 308)
    ),
    _told("304", answer(304, b"", length=None), 304),
    _told("302 to half an address", answer(302, b"", Location="https://["), 302),
    _told("500 whose body never ends", flood(head(500)), 500),
    _told("410 that breaks off in its body", answer(410, b"half", length="100"), 410),
    Receiver("429 with Retry-After", answer(429, Retry_After="120"), 429, retry_after=120),
    Receiver(
        "429 with Retry-After that breaks off in its body", answer(429, b"half", length="100", Retry_After="120"), 429, retry_after=120
    ),
    Receiver("503 with Retry-After in an interim response only", answer(503, before=head(103, headers={"Retry-After": "9"})), 503),
)

ELSEWHERE = (
    Receiver(At.TLS, raw(b"no TLS\r\n"), error="tls", at=At.TLS),
    Receiver(At.CLOSED, error="connect", at=At.CLOSED),
    Receiver(At.NAMELESS, error="dns", at=At.NAMELESS),
)

RECEIVERS = (*COMPLETE, *BROKEN_OFF, *NEVER_DONE, *TOO_LONG, *OTHER_STATUSES, *ELSEWHERE)

_INTRODUCTION = """\
# Receivers of webhooks

Each line is a receiver that a test plays over a real socket, against the real sender, with the outcome of the attempt as
`GET /v1/videos/{id}/deliveries` shows it. An attempt is delivered only if its whole answer has arrived and its status is 2xx:
`timeout` means that ClipRelay ended the exchange, `broken_off` that the receiver did, or that it broke the protocol.
"""


def page() -> str:
    """Return docs/reference/receivers.md without its first line."""
    delivered = sum(each.is_delivered for each in RECEIVERS)
    counts = f"{len(RECEIVERS)} receivers: {delivered} delivered, {len(RECEIVERS) - delivered} not.\n"
    rows = [f"| {each.name} | {_code(each.status)} | {_code(each.error)} | {'yes' if each.is_delivered else 'no'} |" for each in RECEIVERS]
    return "\n".join([_INTRODUCTION, counts, "| receiver | status | error | delivered |", "| --- | --- | --- | --- |", *rows]) + "\n"


def _code(value: int | str | None) -> str:
    return "" if value is None else f"`{value}`"
