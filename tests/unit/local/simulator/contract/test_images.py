"""Image addresses of an order: read without a request, and fetched only from this machine unless that is switched on."""

import socket
from collections.abc import Callable

import pytest

from local.simulator.contract.errors import UpstreamError
from local.simulator.contract.images import fetch, fetcher, read_picture
from tests.support.loopback import Loopback
from tests.support.makers import any_png, http_answer

Serve = Callable[..., Loopback]


def test_an_address_is_judged_later_unless_it_is_fetched_now(loopback: Serve) -> None:
    url = loopback(http_answer(200, any_png(640, 360))).url
    assert read_picture("image", url).header is None
    now = read_picture("image", url, fetch)
    assert now.header is not None
    assert (now.header.format, now.header.width, now.header.height) == ("png", 640, 360)


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/a.png", "http:///a.png", "http://127.0.0.1:99999/", "http://127.0.0.1/a b.png", "a.png"])
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(UpstreamError) as caught:
        read_picture("image", url)
    assert caught.value.reason == "INVALID_REQUEST_BODY"


@pytest.mark.parametrize(
    "behave",
    [http_answer(404), http_answer(302, Location="/b.png"), lambda connection: connection.sendall(b"nonsense\r\n\r\n")],
    ids=["404", "redirect", "nonsense"],
)
def test_an_address_that_serves_no_picture_is_refused_when_it_is_fetched_now(
    loopback: Serve, behave: Callable[[socket.socket], None]
) -> None:
    server = loopback(behave)
    with pytest.raises(UpstreamError, match="INVALID_REQUEST_BODY"):
        read_picture("image", server.url, fetch)
    assert server.connections == 1


def test_how_far_addresses_are_fetched_is_an_option(loopback: Serve) -> None:
    assert fetcher("none") is None
    loopback_only = fetcher("loopback")
    assert loopback_only is not None
    assert loopback_only(loopback(http_answer(200, b"picture")).url) == b"picture"
    with pytest.raises(OSError, match="is not a loopback host"):
        loopback_only("https://pictures.example.test/a.png")
