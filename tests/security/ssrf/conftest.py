"""Servers shared by the tests of the address guard: a forbidden one and one with TLS."""

from collections.abc import Iterator
from unittest.mock import patch

import pytest
from requests import adapters

from tests.security.ssrf.network import HOST
from tests.support.certificates import Certificates
from tests.support.loopback import Loopback
from tests.support.makers import http_answer
from tests.support.tls_server import TlsServer


@pytest.fixture(scope="module")
def forbidden() -> Iterator[Loopback]:
    """Answer every connection at once, and count them."""
    server = Loopback(http_answer(200, b"secret"), reads="nothing")
    yield server
    server.close()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"), HOST)


@pytest.fixture(scope="module")
def secure(certificates: Certificates) -> Iterator[TlsServer]:
    """Yield the server for HOST, whose authority this process trusts meanwhile."""
    context = certificates.context("good")
    server = TlsServer(lambda connection: None, context=context)
    context.sni_callback = lambda wrapped, name, context: server.names.append(name)
    with patch.object(adapters, "DEFAULT_CA_BUNDLE_PATH", str(certificates.believed)):
        yield server
    server.close()
