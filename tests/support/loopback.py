"""A server on this machine with configurable misbehaviour."""

import re
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass


@dataclass
class Loopback:
    """A server on this machine that treats every connection as the test says, and records the requests."""

    behave: Callable[[socket.socket], None]
    reads: str = "body"  # or "head" or "nothing", before it behaves
    heads: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    connections: int = 0

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        # Expected: some tests are about clients that disconnect.
        with suppress(OSError), connection:
            if self.reads != "nothing":
                self._read(connection)
            self.behave(connection)

    def _read(self, connection: socket.socket) -> None:
        head, _, body = _until(connection, b"\r\n\r\n").partition(b"\r\n\r\n")
        self.heads.append(head.decode("latin-1"))
        length = re.search(rb"(?i)content-length: (\d+)", head)
        while self.reads == "body" and length and len(body) < int(length[1]):
            body += connection.recv(1 << 16)
        self.bodies.append(body)


def _until(connection: socket.socket, mark: bytes) -> bytes:
    data = b""
    while mark not in data:
        piece = connection.recv(1 << 16)
        if not piece:
            raise ConnectionError
        data += piece
    return data
