"""A loopback server with TLS."""

import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass, field

from tests.support.loopback import Loopback
from tests.support.makers import http_answer


@dataclass
class TlsServer(Loopback):
    """Uses TLS with a certificate for HOST; redirects to `location`, if set, and records the requested names."""

    location: str = ""
    names: list[str | None] = field(default_factory=list)
    context: ssl.SSLContext | None = None

    def _serve(self, connection: socket.socket) -> None:
        assert self.context
        with suppress(OSError), self.context.wrap_socket(connection, server_side=True) as wrapped:
            self._read(wrapped)
            http_answer(302 if self.location else 200, b"", Location=self.location)(wrapped)
