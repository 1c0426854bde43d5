"""The reading of a response: complete heads and bodies only, within bounds, and nothing after our own cut."""

import io
from collections.abc import Callable
from http.client import HTTPException
from types import SimpleNamespace
from typing import Any

import pytest

from cliprelay.net.deadline import deadline
from cliprelay.net.response import LONGEST_LINE, MOST_HEADER_LINES, MOST_INTERIM, Framing, Response

HEAD = b"HTTP/1.1 200 OK\r\n"
HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


def _response(data: bytes, method: str = "GET") -> Response:
    made = Response(SimpleNamespace(makefile=lambda *_: io.BufferedReader(io.BytesIO(data))), method=method)  # type: ignore[arg-type]
    made.begin()
    return made


def _read(data: bytes) -> tuple[int, bytes, Framing]:
    response = _response(data)
    return response.status, b"".join(iter(lambda: response.read(3), b"")), response.framing


# Heads


@pytest.mark.parametrize(
    "before",
    [
        b"",
        HINTS,
        HINTS * MOST_INTERIM,
        *(b"HTTP/1.1 %d Any\r\n\r\n" % status for status in (100, 102, 104, 110, 199)),
        b"HTTP/1.0 100\r\n\r\n",
    ],
)
def test_up_to_16_interim_responses_come_before_the_final_one(before: bytes) -> None:
    assert _read(before + HEAD + b"Content-Length: 2\r\n\r\nok") == (200, b"ok", Framing.LENGTH)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"HTTP/1.1 200",
        b"HTTP/1.1 200 OK\r\n",
        HEAD + b"X: 1",
        HEAD + b"X: 1\r\n",
        HEAD + b"Content-Length: 2\r\n",
        HINTS,
        HINTS + b"HTT",
        HINTS * (MOST_INTERIM + 1) + HEAD + b"\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n" + HEAD + b"\r\n",
        b"HTTP/1.1 099 Low\r\n\r\n",
        b"HTTP/1.1 1000 High\r\n\r\n",
        b"HTTP/1.1 2_0 Odd\r\n\r\n",
        b"HTTP/1.1 +20 Odd\r\n\r\n",
        b"HTTP/1.1 fine\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/2.0 200 OK\r\n\r\n",
        b"SSH-2.0-x\r\n",
        b"<html>200</html>\n",
        b"ok",
    ],
)
def test_what_is_no_complete_head_is_broken(data: bytes) -> None:
    with pytest.raises((HTTPException, ConnectionError)):
        _read(data)


@pytest.mark.parametrize(
    ("lines", "fits"),
    [
        (b"X: x\r\n" * 101, True),
        (b"X: x\r\n" * (MOST_HEADER_LINES - 1), True),
        (b"X: x\r\n" * (MOST_HEADER_LINES + 1), False),
        (b"X: " + b"x" * 65_537 + b"\r\n", True),
        (b"X: " + b"x" * (LONGEST_LINE - 5) + b"\r\n", True),
        (b"X: " + b"x" * LONGEST_LINE + b"\r\n", False),
        ((b"X: " + b"x" * 200_000 + b"\r\n") * 5, True),
        ((b"X: " + b"x" * 200_000 + b"\r\n") * 6, False),
    ],
)
def test_a_head_is_read_up_to_its_bounds(lines: bytes, fits: bool) -> None:
    data = HEAD + lines + b"\r\nok"
    if fits:
        assert _read(data)[:2] == (200, b"ok")
    else:
        with pytest.raises(HTTPException):
            _read(data)


def test_interim_responses_count_towards_the_bound_of_all_heads() -> None:
    with pytest.raises(HTTPException):
        _read((b"HTTP/1.1 103 Any\r\nX: " + b"x" * 100_000 + b"\r\n\r\n") * 11 + HEAD + b"\r\n")


@pytest.mark.parametrize(
    ("lines", "value"),
    [
        (b"X: 1\r\n", "1"),
        (b"x:1\n", "1"),
        (b"X : 1\r\n", "1"),
        (b"X: one\r\n  two\r\n\tthree\r\n", "one two three"),
        (b"X: caf\xe9\r\n", "caf\xe9"),
        (b"X: a\rb\0c\r\n", "a b c"),
        (b"X: 1\r\nno colon here\r\nContent-Length: 0\r\n", "1"),
        (b" folded from nothing\r\nX: 1\r\n", "1"),
        (b"X: 1\r\nX: 2\r\n", "1, 2"),
        (b"X: 1\r\n\xff\xfe: 2\r\n: 3\r\n", "1"),
    ],
)
def test_header_lines_are_read_around_those_that_are_none(lines: bytes, value: str) -> None:
    response = _response(HEAD + lines + b"\r\n")
    assert ", ".join(response.headers.get_all("X", [])) == value


# Bodies


@pytest.mark.parametrize(
    ("lines", "framing"),
    [
        (b"Content-Length: 5\r\n", Framing.LENGTH),
        (b"Content-Length: 005\r\n", Framing.LENGTH),
        (b"Content-Length: 5\r\nContent-Length: 5\r\n", Framing.LENGTH),
        (b"Content-Length: 5, 5\r\ncontent-length: 05\r\n", Framing.LENGTH),
        (b"Content-Length: 5\r\nTransfer-Encoding: identity\r\n", Framing.LENGTH),
        (b"", Framing.CLOSE),
        (b"Content-Length:\r\n", Framing.CLOSE),
        (b"Transfer-Encoding: gzip\r\n", Framing.CLOSE),
        (b"Transfer-Encoding: chunked, gzip\r\nContent-Length: 3\r\n", Framing.CLOSE),
        (b"Content-Length: many\r\n", Framing.UNREADABLE),
        (b"Content-Length: -5\r\n", Framing.UNREADABLE),
        (b"Content-Length: +5\r\n", Framing.UNREADABLE),
        (b"Content-Length: 5_0\r\n", Framing.UNREADABLE),
        (b"Content-Length: " + b"9" * 5_000 + b"\r\n", Framing.UNREADABLE),
    ],
)
def test_a_plain_body_ends_at_its_length_or_with_the_connection(lines: bytes, framing: Framing) -> None:
    assert _read(HEAD + lines + b"\r\nhello") == (200, b"hello", framing)


@pytest.mark.parametrize("lines", [b"Content-Length: 5, 6\r\n", b"Content-Length: 5\r\nContent-Length: 6\r\n", b"Content-Length: 5, x\r\n"])
def test_lengths_that_differ_are_broken(lines: bytes) -> None:
    with pytest.raises(HTTPException):
        _read(HEAD + lines + b"\r\nhello")


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        (b"chunked", b"5\r\nhello\r\n0\r\n\r\n"),
        (b"Chunked", b"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"),
        (b"gzip, chunked", b"5\r\nhello\r\n0\r\n\r\n"),
        (b"identity, chunked", b"5\nhello\n0\n\n"),
        (b"chunked", b"00005 ;name=value\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n"),
        (b"chunked", b"5\r\nhello\r\n0\r\n"),
        (b"chunked\r\nContent-Length: 99", b"5\r\nhello\r\n0\r\n\r\nmore"),
    ],
)
def test_a_chunked_body_ends_with_its_last_chunk(coding: bytes, body: bytes) -> None:
    assert _read(HEAD + b"Transfer-Encoding: " + coding + b"\r\n\r\n" + body) == (200, b"hello", Framing.CHUNKS)


@pytest.mark.parametrize(
    "data",
    [
        HEAD + b"Content-Length: 6\r\n\r\nhello",
        HEAD + b"Content-Length: 6\r\n\r\n",
        *(
            CHUNKED + body
            for body in (
                b"",
                b"5\r\nhello\r\n",
                b"5\r\nhello",
                b"5\r\nhel",
                b"5",
                b"\r\n",
                b"-5\r\nhello\r\n0\r\n\r\n",
                b"+5\r\nhello\r\n0\r\n\r\n",
                b"0x5\r\nhello\r\n0\r\n\r\n",
                b"five\r\nhello\r\n0\r\n\r\n",
                b"5\r\nhello more\r\n0\r\n\r\n",
                b"f" * 20 + b"\r\nhello",
                b"5\r\nhello\r\n0",
                b"0\r\n" + b"X: x\r\n" * (MOST_HEADER_LINES + 1) + b"\r\n",
            )
        ),
    ],
)
def test_a_body_that_ends_before_its_end_is_broken(data: bytes) -> None:
    with pytest.raises(HTTPException):
        _read(data)


@pytest.mark.parametrize(("status", "method"), [(204, "GET"), (304, "GET"), (200, "HEAD")])
def test_a_response_without_a_body_ends_with_its_head(status: int, method: str) -> None:
    response = _response(b"HTTP/1.1 %d Any\r\nContent-Length: 5\r\n\r\nhello" % status, method)
    assert (response.read(), response.framing) == (b"", Framing.LENGTH)


def test_a_whole_body_is_read_at_once_or_in_pieces() -> None:
    data = CHUNKED + b"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"
    assert _response(data).read() == b"hello"
    assert _response(data).read(0) == b""


# Our own cut


def _whole(response: Response) -> bytes:
    response.begin()
    return response.read()


class _Cut(io.RawIOBase):
    """A stream that ends because the deadline is over."""

    def __init__(self, data: bytes, cut: Callable[[], None]) -> None:
        self._left, self._cut = io.BytesIO(data), cut

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        size = self._left.readinto(target)
        if not size:
            self._cut()
        return size


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nX: ",
        HEAD + b"X: 1\r\n",
        HEAD + b"\r\nhello",
        HEAD + b"Content-Length: many\r\n\r\nhello",
        HEAD + b"Content-Length: 6\r\n\r\nhello",
        CHUNKED + b"5\r\nhello\r\n",
        CHUNKED + b"5\r\nhello\r\n0\r\n",
        HINTS,
    ],
)
def test_a_stream_that_we_cut_is_a_time_out(data: bytes) -> None:
    with deadline(60) as limit:
        stream = io.BufferedReader(_Cut(data, limit.cut))
        response = Response(SimpleNamespace(makefile=lambda *_: stream))  # type: ignore[arg-type]
        with pytest.raises(TimeoutError):
            _whole(response)


def test_what_arrives_after_our_cut_is_not_believed() -> None:
    with deadline(60) as limit:
        response = _response(HEAD + b"Content-Length: 5\r\n\r\nhello")
        limit.cut()
        with pytest.raises(TimeoutError):
            response.read()
