"""Servers that the tests of the address guard share: one where nobody may come, and one that speaks TLS."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from unittest.mock import patch

import pytest
from requests import adapters

from tests.conftest import Loopback
from tests.contract.certificates import Certificates
from tests.guard.internet import HOST
from tests.makers import http_answer


@pytest.fixture(scope="module")
def forbidden() -> Iterator[Loopback]:
    """Answers without being asked, and counts who comes."""
    server = Loopback(http_answer(200, b"secret"), reads="nothing")
    yield server
    server.close()


@dataclass
class TlsServer(Loopback):
    """Speaks TLS with a certificate for HOST; sends whoever asks where `location` says, and remembers the names that were asked for."""

    location: str = ""
    names: list[str | None] = field(default_factory=list)
    context: ssl.SSLContext | None = None

    def _serve(self, connection: socket.socket) -> None:
        assert self.context
        with suppress(OSError), self.context.wrap_socket(connection, server_side=True) as wrapped:
            self._read(wrapped)
            http_answer(302 if self.location else 200, b"", Location=self.location)(wrapped)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"), HOST)


@pytest.fixture(scope="module")
def secure(certificates: Certificates) -> Iterator[TlsServer]:
    """The server behind HOST, whose authority the clients of this process believe meanwhile."""
    context = certificates.context("good")
    server = TlsServer(lambda connection: None, context=context)
    context.sni_callback = lambda wrapped, name, context: server.names.append(name)
    with patch.object(adapters, "DEFAULT_CA_BUNDLE_PATH", str(certificates.believed)):
        yield server
    server.close()
