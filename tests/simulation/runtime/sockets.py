"""Connections of the product's own HTTP client, made of nothing: requests, urllib3 and http.client are the real ones down to the socket.

So which error a fault becomes, and whether the whole body was handed over, is decided by the code that decides it in the cloud.
"""

import io
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from tests.simulation.runtime.processes import Stage, Strand
from tests.support.http_wire import Reply, Request, parse


class Line(Protocol):
    """The far end of one connection."""

    tls: OSError | None  # what the TLS handshake fails with
    breaks_after: int | None  # so many bytes of a request pass, then the connection is gone

    def answer(self, request: Request) -> Reply:
        """Do what the request asks for; called once it is whole."""
        ...


# The public address of each name that was asked for.
_ADDRESSES: dict[str, str] = {}
_NAMES: dict[str, str] = {}


def resolve(name: str, port: int, **_: Any) -> list[Any]:
    """As much of getaddrinfo as the product uses."""
    address = _ADDRESSES.setdefault(name, f"8.8.8.{len(_ADDRESSES) + 1}")
    _NAMES[address] = name
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]


def _name_of(host: str) -> str:
    """Whose address it is; what is nobody's stays as it is."""
    return _NAMES.get(host, host)


@dataclass
class Network:
    """Opens connections; `dial` raises OSError when there is none to be had."""

    dial: Callable[[str, int, float], Line]
    stage: Stage

    def open(self, address: tuple[str, int], timeout: Any = None, *_: Any, **__: Any) -> "FakeSocket":
        return FakeSocket(self.dial(_name_of(address[0]), address[1], timeout if isinstance(timeout, int | float) else 60.0), self.stage)


class FakeSocket:
    """As much of a socket as http.client and urllib3 use."""

    def __init__(self, line: Line, stage: Stage) -> None:
        self.line, self._stage = line, stage
        self._sent, self._timeout = b"", 60.0
        self._reader: Strand | None = None
        self.is_shut = False

    def settimeout(self, timeout: float | None) -> None:
        self._timeout = timeout if timeout is not None else 1e9

    def sendall(self, data: bytes) -> None:
        if self.is_shut:
            raise BrokenPipeError(32, "Broken pipe")
        self._sent += bytes(data)
        if self.line.breaks_after is not None and len(self._sent) > self.line.breaks_after:
            raise ConnectionResetError(104, "Connection reset by peer")

    def makefile(self, *_: Any, **__: Any) -> io.BufferedReader:
        return io.BufferedReader(_Incoming(self))

    def receive(self) -> Reply:
        """Hand the request over, and get what comes back."""
        request, self._sent = parse(self._sent), b""
        return self.line.answer(request) if request else Reply(end="reset")

    def wait(self, seconds: float) -> None:
        """Until the next piece, the read time-out, or the moment at which somebody shuts the connection down."""
        self._reader = self._stage.current
        self._stage.pause(min(seconds, self._timeout))
        self._reader = None
        if seconds >= self._timeout and not self.is_shut:
            raise TimeoutError("timed out")

    def setsockopt(self, *_: Any) -> None:
        """There is nothing to tune."""

    def shutdown(self, how: int) -> None:
        """Whoever reads finds the end of the stream."""
        self.is_shut = True
        if self._reader:
            self._stage.interrupt(self._reader)

    def close(self) -> None:
        """The far end does not mind."""


class _Incoming(io.RawIOBase):
    """The bytes that arrive, each when its time has come."""

    def __init__(self, socket: FakeSocket) -> None:
        self._socket = socket
        self._reply: Reply | None = None
        self._buffer, self._next = b"", 0

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        while not self._buffer:
            if self._socket.is_shut or not self._arrive() or self._socket.is_shut:
                return 0
        size = min(len(target), len(self._buffer))
        target[:size] = self._buffer[:size]
        self._buffer = self._buffer[size:]
        return size

    def _arrive(self) -> bool:
        """The next piece; False when the connection was closed."""
        if self._reply is None:
            self._reply = self._socket.receive()
        if self._next == len(self._reply.pieces):
            return self._ended(self._reply)
        seconds, self._buffer = self._reply.pieces[self._next]
        self._next += 1
        if seconds:
            self._socket.wait(seconds)
        return True

    def _ended(self, reply: Reply) -> bool:
        if reply.end == "reset":
            raise ConnectionResetError(104, "Connection reset by peer")
        if reply.end == "hang":
            self._socket.wait(1e9)
        return False
