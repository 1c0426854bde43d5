"""No connection goes to a special address, however it is given; a server counts the attempts."""

import io

import pytest
import requests

from cliprelay.errors import DeadLink
from cliprelay.media.download import Downloader
from cliprelay.net.urls import AddressRefused
from tests.security.ssrf.network import HOST, PUBLIC, PUBLIC_IPV6, Internet, counting
from tests.security.ssrf.registries import BLOCKS, EMBEDDINGS, IPV4_BLOCKS, METADATA, neighbours, samples
from tests.support.loopback import Loopback
from tests.support.tls_server import TlsServer

EVERY = pytest.mark.parametrize("block", BLOCKS)


def _written(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _get(internet: Internet, host: str) -> None:
    with internet.guard().session() as session:
        session.get(f"https://{host}/", timeout=30)


def _refuses(address: str, forbidden: Loopback, **answers: list[str]) -> None:
    """Try the address directly, and as the answer for a name."""
    for host, answer in {_written(address): [], HOST: [address], **answers}.items():
        internet = Internet({host: [answer]}, elsewhere=forbidden)
        with pytest.raises(AddressRefused, match="must be reachable from the internet"):
            _get(internet, host)
        assert internet.reached == []


@EVERY
def test_no_special_address_is_connected_to_directly_or_by_name(block: str, forbidden: Loopback) -> None:
    with counting(forbidden):
        for address in samples(block):
            _refuses(address, forbidden, **{"a.example.com": [PUBLIC, address], "b.example.com": [address, PUBLIC]})


@pytest.mark.parametrize("form", EMBEDDINGS)
@pytest.mark.parametrize("block", IPV4_BLOCKS)
def test_no_special_address_embedded_in_another_one_is_connected_to(block: str, form: str, forbidden: Loopback) -> None:
    with counting(forbidden):
        for address in samples(block):
            _refuses(EMBEDDINGS[form](address), forbidden)


@pytest.mark.parametrize("form", EMBEDDINGS)
def test_no_public_address_embedded_in_another_one_is_connected_to(form: str, forbidden: Loopback) -> None:
    with counting(forbidden):
        _refuses(EMBEDDINGS[form](PUBLIC), forbidden)


@pytest.mark.parametrize("address", METADATA)
def test_no_metadata_service_of_a_cloud_is_connected_to(address: str, forbidden: Loopback) -> None:
    with counting(forbidden):
        _refuses(address, forbidden)


@pytest.mark.parametrize("address", ["1000::1", "4000::1", "6000::1", "8000::1", "c000::1", "e000::1", "1::1", "200::1", "400::1"])
def test_no_address_outside_the_hosts_blocks_is_connected_to(address: str, forbidden: Loopback) -> None:
    with counting(forbidden):
        _refuses(address, forbidden)


@EVERY
def test_no_redirect_leads_to_a_special_block_by_address_or_by_name(block: str, forbidden: Loopback, secure: TlsServer) -> None:
    with counting(forbidden):
        names = {HOST: [[PUBLIC]], "inside.example.com": [[samples(block)[0]]]}
        for target in ("inside.example.com", *map(_written, samples(block))):
            internet = Internet(names, {PUBLIC: secure}, forbidden)
            secure.location = f"https://{target}/latest/meta-data/"
            with pytest.raises(DeadLink, match="address_refused"):
                Downloader(internet.guard(), 1_000).fetch(f"https://{HOST}/video.mp4", io.BytesIO(), seconds=60)
            assert internet.reached == [(PUBLIC, 443)]


@pytest.mark.parametrize("block", [block for block in BLOCKS if neighbours(block)])
def test_the_addresses_next_to_a_special_block_are_connected_to(block: str) -> None:
    for address in neighbours(block):
        for host in (_written(address), HOST):
            internet = Internet({HOST: [[address]]})
            with pytest.raises(requests.ConnectionError):
                _get(internet, host)
            assert internet.reached == [(address, 443)]


@pytest.mark.parametrize(
    "address", [PUBLIC, PUBLIC_IPV6, "1.1.1.1", "54.239.28.85", "2a05:d018::5eff:1:1", "2a05:d018::1200:5efe:1:1", "2600:1f18:5efe::1"]
)
def test_a_public_address_is_connected_to(address: str, forbidden: Loopback) -> None:
    """The counting server is reached once the guard allows it."""
    internet = Internet({HOST: [[address]]}, elsewhere=forbidden)
    with counting(forbidden, expected=2):
        for host in (_written(address), HOST):
            with pytest.raises(requests.ConnectionError):
                _get(internet, host)
    assert internet.reached == [(address, 443)] * 2
