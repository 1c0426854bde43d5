"""A server in front of the simulator: passes requests on or not, then misbehaves as a row says."""

import http.client
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Thread
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

from urllib3.util.connection import create_connection

from tests.contract.faults.rows import At, Far
from tests.support.certificates import Certificates
from tests.support.wire_responses import Exchange

# A public name, as the cloud's address rules require; it is this machine only inside `resolving`.
HOST = "far.example.com"
# Its address for the address guard: any public one.
_PUBLIC = "8.8.8.8"
# Reserved by RFC 2606, so it never exists.
NAMELESS = "far.invalid"
_FALSE_ANSWER = b'{"id": "a-task-that-nobody-made"}'


@dataclass
class Impostor:
    """One far end; `takes` says whether its requests reach the simulator."""

    far: Far
    simulator: str
    certificates: Certificates
    takes: bool = True
    waits: Callable[[], None] = lambda: None
    requests: int = 0
    _listener: socket.socket = field(init=False)

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        Thread(target=self._accept, daemon=True).start()

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
                Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        # Expected: a client that hangs up or rejects the certificate.
        with suppress(OSError), connection:
            if self.far.at is At.TLS:
                with self.certificates.context(self.far.certificate or "good").wrap_socket(connection, server_side=True) as wrapped:
                    self._answer(wrapped)
            else:
                self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        request = self._read(connection)
        self.requests += 1
        target = request.partition(b" ")[2].partition(b" ")[0].decode("latin-1")
        true = self._relayed(request) if request and self.takes else _FALSE_ANSWER
        self.far.behave(Exchange(connection, true, target, self.simulator, self.waits))

    def _read(self, connection: socket.socket) -> bytes:
        if self.far.reads == "nothing":
            return b""
        data = b""
        while b"\r\n\r\n" not in data:
            data += _more(connection)
        if self.far.reads == "head":
            return b""
        length = re.search(rb"(?i)content-length: (\d+)", data)
        whole = data.index(b"\r\n\r\n") + 4 + (int(length[1]) if length else 0)
        while len(data) < whole:
            data += _more(connection)
        return data

    def _relayed(self, request: bytes) -> bytes:
        """Send the same request to the simulator and return the body of its answer."""
        start, _, body = request.partition(b"\r\n\r\n")
        first, *lines = start.decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ")
        headers = dict(line.split(": ", 1) for line in lines if not line.lower().startswith("host:"))
        connection = http.client.HTTPConnection(urlsplit(self.simulator).netloc)
        try:
            connection.request(method, target, body, headers)
            return connection.getresponse().read()
        finally:
            connection.close()


def _more(connection: socket.socket) -> bytes:
    piece = connection.recv(1 << 20)
    if not piece:
        raise ConnectionError
    return piece


@contextmanager
def standing(
    far: Far, simulator: str, certificates: Certificates, *, takes: bool, waits: Callable[[], None] = lambda: None
) -> Iterator[str]:
    """Yield the base URL of the far end; `waits` is called when it makes the client wait."""
    match far.at:
        case At.NAMELESS:
            yield f"https://{NAMELESS}"
        case At.CLOSED:
            with socket.create_server(("127.0.0.1", 0)) as listener:
                port = listener.getsockname()[1]
            yield f"http://127.0.0.1:{port}"
        case At.FULL:
            with _full() as port:
                yield f"http://127.0.0.1:{port}"
        case _:
            impostor = Impostor(far, simulator, certificates, takes, waits)
            try:
                with resolving(impostor.port):
                    yield f"https://{HOST}" if far.certificate else f"http://127.0.0.1:{impostor.port}"
            finally:
                impostor.close()


@contextmanager
def _full() -> Iterator[int]:
    """Yield the port of a listener whose queue is full, so that the kernel accepts no more connections."""
    waiting = [socket.socket() for _ in range(8)]
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(listener.getsockname())
        try:
            yield listener.getsockname()[1]
        finally:
            for each in waiting:
                each.close()


def ask(host: str, port: int, **options: Any) -> Any:
    """Resolve HOST to a public address for the address guard."""
    return socket.getaddrinfo(_PUBLIC if host == HOST else host, port, **options)


def reach(address: tuple[str, int], *options: Any) -> socket.socket:
    """Connect the address guard to HOST instead of its public address."""
    host, port = address
    return create_connection((HOST if host == _PUBLIC else host, port), *options)


@contextmanager
def resolving(port: int | None = None) -> Iterator[None]:
    """Make HOST this machine, always at this port, and NAMELESS unknown, without using the network."""
    real: Callable[..., Any] = socket.getaddrinfo

    def resolve(host: str, asked: Any, *args: Any, **kwargs: Any) -> Any:
        if host == HOST and port:
            return real("127.0.0.1", port, *args, **kwargs)
        if host == NAMELESS:
            raise socket.gaierror(socket.EAI_NONAME, "nobody knows this name")
        return real(host, asked, *args, **kwargs)

    with patch.object(socket, "getaddrinfo", resolve):
        yield
