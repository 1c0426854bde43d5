"""One server for thousands of links: what each serves, and how, is hung up beforehand."""

import socket
from contextlib import suppress
from threading import Thread

from tests.support.wire_responses import Behaviour, Exchange, answer

# Where redirects lead in the end.
_WHOLE = "/whole"


class Gallery:
    """Links by name; a link answers as its behaviours say, one after the other, the last one for ever."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._shown: dict[str, tuple[bytes, list[Behaviour]]] = {}
        Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def hang(self, name: str, mp4: bytes, *behaviours: Behaviour) -> str:
        """Show a video, and return its link."""
        self._shown[name] = mp4, list(behaviours or (answer(),))
        return f"{self.url}/{name}/video.mp4?X-Amz-Signature=any"

    def take_down(self, name: str) -> None:
        """From now on it is a 404."""
        self._shown.pop(name, None)

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        # A client that hangs up on a bad video does what it should.
        with suppress(OSError), connection:
            target = _target(connection)
            self._behaviour(target)(Exchange(connection, self._video(target), target, f"{self.url}{_WHOLE}"))

    def _behaviour(self, target: str) -> Behaviour:
        _, behaviours = self._shown.get(_name(target), (b"", [answer(404, b"")]))
        if target.startswith(_WHOLE):
            return answer()
        return behaviours.pop(0) if len(behaviours) > 1 else behaviours[0]

    def _video(self, target: str) -> bytes:
        return self._shown.get(_name(target), (b"", []))[0]


def _name(target: str) -> str:
    """The link's name, on whichever way of redirects it was asked for."""
    return target.split("/")[-2]


def _target(connection: socket.socket) -> str:
    head = b""
    while b"\r\n\r\n" not in head:
        piece = connection.recv(1 << 14)
        if not piece:
            raise ConnectionError
        head += piece
    return head.split(b" ", 2)[1].decode("latin-1")
