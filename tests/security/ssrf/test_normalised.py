"""Addresses of the upstream and of redirects: normalised, they meet the same rules, and no other host than before."""

import contextlib
import io
import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from urllib3.util import parse_url

from cliprelay.errors import DeadLink
from cliprelay.images.errors import ImageUnread
from cliprelay.images.remote import probe_remote
from cliprelay.media.download import Downloader
from cliprelay.net.guard import Guard
from cliprelay.net.urls import AddressRefused, check_address, normalised, read_address, redirect_target
from tests.security.ssrf.disguises import NUMBER_FORMS, OWN_NAMES, SCHEMES, TRICKS, USERS
from tests.security.ssrf.network import HOST, PUBLIC, Internet, counting
from tests.support.loopback import Loopback
from tests.support.tls_server import TlsServer

# Of all tricks, these have one meaning: a public host, and a raw or odd text behind it.
CLEAR = {
    "https://media.example.com#@127.0.0.1/",
    "https://media.example.com?@127.0.0.1/",
    "https://media.example.com./",
    "https://media.example.com/a b",
    "https://media.example.com/a\\b",
}
# Without its dot it is a name like any other, whose address is checked when it is opened.
_ORDINARY = "localhost.localdomain."
# The rules refuse a control character wherever it is; a line break at the end is trimmed.
FORBIDDEN = [
    *(f"https://{host}{path}" for host in NUMBER_FORMS + OWN_NAMES if host != _ORDINARY for path in ("/", "?a", "#a", "./v.mp4")),
    *(url for url in TRICKS if url not in CLEAR),
    *SCHEMES,
    *(f"https://{user}{HOST}?a" for user in USERS),
    *(f"https://{HOST}.:{port}?a" for port in (1, 22, 80, 8443)),
    f"https://{HOST}\\.127.0.0.1?a",
    f"https://{HOST}.\\@127.0.0.1?a",
    "https://127.0.0.1.?media.example.com",
    "https://[::1]?a",
    "https://[::1].?a",
]


@pytest.mark.parametrize("url", FORBIDDEN)
def test_a_forbidden_address_is_forbidden_when_normalised(url: str, forbidden: Loopback) -> None:
    with counting(forbidden):
        internet = Internet({HOST: [[PUBLIC]]}, elsewhere=forbidden)
        with pytest.raises(DeadLink, match="address_refused"):
            Downloader(internet.guard(), 1_000).fetch(url, io.BytesIO(), seconds=30)
        assert internet.reached == []


@pytest.mark.parametrize("url", sorted(CLEAR))
def test_an_address_with_one_meaning_reaches_the_host_that_it_names(url: str) -> None:
    assert read_address(check_address(normalised(url))).host == HOST


def _download(guard: Guard, url: str) -> None:
    Downloader(guard, 1_000).fetch(url, io.BytesIO(), seconds=30)


def _probe(guard: Guard, url: str) -> None:
    probe_remote(url, guard)


@pytest.mark.parametrize("read", [_download, _probe])
@pytest.mark.parametrize(
    "location",
    [
        "https://127.0.0.1.?a",
        "https://localhost./",
        "//169.254.169.254?a",
        f"https://{HOST}\\@127.0.0.1/",
        f"//{HOST}\\.127.0.0.1/",
        "https://[",
        "http://127.0.0.1 /",
    ],
)
def test_a_redirect_to_a_forbidden_address_is_never_followed(
    secure: TlsServer, forbidden: Loopback, location: str, read: Callable[..., object]
) -> None:
    secure.location = location
    internet = Internet({HOST: [[PUBLIC]]}, {PUBLIC: secure}, elsewhere=forbidden)
    with counting(forbidden), pytest.raises((DeadLink, ImageUnread), match="address"):
        read(internet.guard(), f"https://{HOST}/v.mp4")
    assert {host for host, _ in internet.reached} <= {PUBLIC}


REST = st.text('ab/\\?#@:% "<é\u2100', max_size=12)
HOSTS = st.text("abc019.-:[]@%\\_xX é", max_size=24)


def _host_of(url: str) -> str:
    """The host as given: what is between the slashes and the next delimiter, without port and final dot."""
    match = re.match(r"https://([^/?#]*)", url.strip())
    assert match
    return re.sub(r"\.?(:[0-9]*)?$", "", match[1], count=1).strip("[]").lower()


@given(url=st.builds("https://{}{}".format, HOSTS, REST))
def test_normalising_changes_no_host_and_leaves_nothing_ambiguous(url: str) -> None:
    with contextlib.suppress(AddressRefused):
        text = normalised(url)
        host = read_address(text).host
        prepared = requests.Request("GET", text).prepare().url or ""
        assert host == _host_of(url)
        assert {urlsplit(each).hostname for each in (text, prepared)} == {host}
        assert {(parse_url(each).host or "").strip("[]") for each in (text, prepared)} == {host}


@given(location=REST | st.builds("//{}{}".format, HOSTS, REST))
def test_a_redirect_target_has_the_host_of_its_location_or_of_the_redirecting_url(location: str) -> None:
    with contextlib.suppress(AddressRefused):
        target = redirect_target(f"https://{HOST}/a/b", location)
        expected = (_host_of(f"https:{location}") if location.startswith("//") else "") or HOST
        assert read_address(target).host == expected
