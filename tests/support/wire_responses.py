"""What a far end can do to an exchange, byte by byte: complete, cut, slow, endless, compressed and missing answers.

Every behaviour is given the true answer, so that an oddity can be one of the framing alone.
"""

import gzip
import io
import re
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from tests.support.makers import reset as linger_no_more

# A client of a slow or silent far end gives up long before this many seconds, even on a busy machine.
PATIENCE_OF_THE_FAR_END = 60.0
DRIP_SECONDS = 0.02
# So many must have renewed a time-out that applies to each read.
DROPS = 5
# Without reading, a far end does not notice that the client hung up, so it ends after this time.
STARE_SECONDS = 3.0
GIGABYTE = 1_000_000_000
_PIECE = b" " * (1 << 16)


@dataclass(frozen=True)
class Exchange:
    """One request on one connection, with the true answer's body and location.

    `waits` is called once a behaviour has sent all that it sends before it makes the client wait.
    """

    connection: socket.socket
    true: bytes
    target: str = ""
    honest: str = ""
    waits: Callable[[], None] = lambda: None


Behaviour = Callable[[Exchange], None]
Content = bytes | Callable[[bytes], bytes]


def the_truth(true: bytes) -> bytes:
    """Return the true body."""
    return true


def half(true: bytes) -> bytes:
    """Return the first half of the true body."""
    return true[: len(true) // 2]


def packed(true: bytes) -> bytes:
    """Return the true body compressed with gzip."""
    return gzip.compress(true)


def answer(
    status: int = 200,
    content: Content = the_truth,
    *,
    length: str | None = "",
    version: str = "HTTP/1.1",
    before: bytes = b"",
    **headers: str,
) -> Behaviour:
    """Send one answer, then close; `length` replaces the true length, None leaves it out."""

    def behave(exchange: Exchange) -> None:
        body = content if isinstance(content, bytes) else content(exchange.true)
        said = {} if length is None else {"Content-Length": length or str(len(body))}
        said["Connection"] = "close"
        exchange.connection.sendall(before + head(status, version, {**said, **_hyphens(headers)}) + body)

    return behave


def head(status: int, version: str = "HTTP/1.1", headers: dict[str, str] | None = None) -> bytes:
    """Return a status line and headers."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
    return f"{version} {status} Any\r\n{lines}\r\n".encode("latin-1")


def _hyphens(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def redirecting(times: int) -> Behaviour:
    """Redirect `times` times, finally to the true location."""

    def behave(exchange: Exchange) -> None:
        hop = re.match(r"/hop(\d+)(/.*)", exchange.target)
        number, target = (int(hop[1]), hop[2]) if hop else (1, exchange.target)
        place = exchange.honest + target if number == times else f"/hop{number + 1}{target}"
        answer(302, b"", Location=place)(exchange)

    return behave


def with_lines(*lines: bytes) -> Behaviour:
    """Send the true answer with header lines that a dictionary cannot express."""

    def behave(exchange: Exchange) -> None:
        start = b"HTTP/1.1 200 OK\r\n" + b"".join(line + b"\r\n" for line in lines)
        exchange.connection.sendall(start + b"\r\n" + exchange.true)

    return behave


def with_lengths(*lengths: str) -> Behaviour:
    """Send the true answer with these Content-Length headers; {} stands for the true one."""

    def behave(exchange: Exchange) -> None:
        lines = [f"Content-Length: {length.format(len(exchange.true))}".encode() for length in lengths]
        with_lines(*lines)(exchange)

    return behave


def chunked(content: Content = the_truth, *, ending: bytes = b"0\r\n\r\n", size: str = "{:x}", **headers: str) -> Behaviour:
    """Send the body in two chunks, with their sizes formatted by `size`."""

    def behave(exchange: Exchange) -> None:
        body = content if isinstance(content, bytes) else content(exchange.true)
        middle = max(len(body) // 2, 1)
        pieces = [piece for piece in (body[:middle], body[middle:]) if piece]
        chunks = b"".join(size.format(len(piece)).encode() + b"\r\n" + piece + b"\r\n" for piece in pieces)
        said = head(200, headers={"Transfer-Encoding": "chunked", **_hyphens(headers)})
        exchange.connection.sendall(said + chunks + ending)

    return behave


def raw(data: bytes) -> Behaviour:
    """Send exactly these bytes."""
    return lambda exchange: exchange.connection.sendall(data)


def nothing(exchange: Exchange) -> None:
    """Close the connection without an answer."""


def reset(exchange: Exchange) -> None:
    """Reset the connection."""
    linger_no_more(exchange.connection)


def reset_inside(content: Content = half, *, announced: int = GIGABYTE) -> Behaviour:
    """Reset the connection in the middle of the answer."""

    def behave(exchange: Exchange) -> None:
        answer(200, content, length=str(announced))(exchange)
        time.sleep(DRIP_SECONDS)  # a reset overtakes earlier bytes
        linger_no_more(exchange.connection)

    return behave


def silence(exchange: Exchange) -> None:
    """Send nothing until the client hangs up."""
    exchange.waits()
    _until_hung_up(exchange)


def _until_hung_up(exchange: Exchange) -> None:
    exchange.connection.settimeout(PATIENCE_OF_THE_FAR_END)
    with suppress(OSError):
        while exchange.connection.recv(1 << 16):
            pass


def kept_open(exchange: Exchange) -> None:
    """Send the true answer and keep the connection open."""
    answer(Connection="keep-alive")(exchange)
    _until_hung_up(exchange)


def late(seconds: float) -> Behaviour:
    """Send the true answer after a delay."""

    def behave(exchange: Exchange) -> None:
        time.sleep(seconds)
        answer()(exchange)

    return behave


def staring(exchange: Exchange) -> None:
    """Neither read nor send anything."""
    exchange.waits()
    time.sleep(STARE_SECONDS)


def dripping(start: bytes, drop: bytes) -> Behaviour:
    """Send a beginning, then a byte now and then without end."""

    def behave(exchange: Exchange) -> None:
        exchange.connection.sendall(start)
        for number in range(int(PATIENCE_OF_THE_FAR_END / DRIP_SECONDS)):
            if number == DROPS:
                exchange.waits()
            exchange.connection.sendall(drop)
            time.sleep(DRIP_SECONDS)

    return behave


def flood(start: bytes, piece: bytes = _PIECE) -> Behaviour:
    """Send a beginning, then as much as the client accepts, up to a gigabyte."""

    def behave(exchange: Exchange) -> None:
        exchange.connection.sendall(start)
        for _ in range(GIGABYTE // len(piece)):
            exchange.connection.sendall(piece)

    return behave


def gzip_bomb(megabytes: int = 64) -> bytes:
    """Send a small body that decompresses to this many megabytes."""
    bomb = io.BytesIO()
    with gzip.GzipFile(fileobj=bomb, mode="wb", mtime=0) as file:
        for _ in range(megabytes):
            file.write(b" " * 1_000_000)
    return bomb.getvalue()
