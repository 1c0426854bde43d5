"""URLs that one parser reads as a public host and another as this machine: none opens a connection."""

import contextlib
import socket
from urllib.parse import urlsplit

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from urllib3.util import parse_url

from cliprelay.net.guard import Guard
from cliprelay.net.urls import AddressRefused, AddressRules, read_address
from tests.security.ssrf.disguises import NUMBER_FORMS, OWN_NAMES, SCHEMES, TRICKS, USERS
from tests.security.ssrf.network import HOST, PUBLIC, Internet, counting
from tests.support.loopback import Loopback


def _refused(url: str, forbidden: Loopback) -> str:
    """Return the guard's refusal, after asserting that it made no connection."""
    with counting(forbidden):
        internet = Internet({HOST: [[PUBLIC]]}, elsewhere=forbidden)
        # requests refuses some of them before the guard sees them.
        with internet.guard().session() as session, pytest.raises((AddressRefused, requests.RequestException)):
            session.get(url, timeout=30)
        assert internet.reached == []
        with pytest.raises(AddressRefused) as caught:
            internet.guard().check(url)
    return str(caught.value)


@pytest.mark.parametrize("host", NUMBER_FORMS + OWN_NAMES)
def test_this_machine_is_refused_in_every_disguise(host: str, forbidden: Loopback) -> None:
    assert _refused(f"https://{host}/", forbidden).startswith(("must ", "has "))


@pytest.mark.parametrize(
    "host", ["localhost.example.com", "local.example.com", "127.0.0.1.example.com", "a.glocal", "xhome.arpa", "0x7f.example"]
)
def test_a_public_name_that_resembles_this_machine_is_accepted(host: str) -> None:
    assert read_address(f"https://{host}/").host == host
    assert Guard(AddressRules.PUBLIC).check(f"https://{host}/")


def test_a_host_is_read_in_lower_case_and_the_path_is_unchanged() -> None:
    assert read_address("HTTPS://Media.EXAMPLE.com:443/A").host == HOST
    assert Guard(AddressRules.PUBLIC).check("HTTPS://Media.EXAMPLE.com:443/A") == "HTTPS://Media.EXAMPLE.com:443/A"


@pytest.mark.parametrize("host", NUMBER_FORMS)
def test_no_form_of_a_number_reaches_this_machine_through_its_own_resolver(host: str, forbidden: Loopback) -> None:
    with counting(forbidden):
        guard = Guard(AddressRules.PUBLIC, frozenset({forbidden.port}))
        with guard.session() as session, pytest.raises(AddressRefused):
            session.get(f"https://{host}:{forbidden.port}/", timeout=30)


@pytest.mark.parametrize("host", ["127.1", "0x7f.1", "2130706433"])
def test_the_resolved_address_of_a_number_is_checked_whatever_the_url_said(host: str, forbidden: Loopback) -> None:
    """This protects against a lower layer that parses another host."""
    assert socket.getaddrinfo(host, 443)[0][4][0] == "127.0.0.1"
    with counting(forbidden), pytest.raises(AddressRefused):
        Guard(AddressRules.PUBLIC, frozenset({forbidden.port}))._dial((host, forbidden.port), 30)


@pytest.mark.parametrize("url", TRICKS)
def test_an_ambiguous_url_is_refused(url: str, forbidden: Loopback) -> None:
    assert _refused(url, forbidden).startswith(("must ", "has "))


@pytest.mark.parametrize("url", SCHEMES)
def test_only_https_is_opened(url: str, forbidden: Loopback) -> None:
    assert _refused(url, forbidden).startswith(("must be an https:// URL", "must be a complete URL, such as https://host/path"))


@pytest.mark.parametrize("user", USERS)
def test_no_user_name_and_no_password_is_sent(user: str, forbidden: Loopback) -> None:
    assert "user name" in _refused(f"https://{user}{HOST}/", forbidden)


@pytest.mark.parametrize("port", [1, 22, 25, 80, 444, 3306, 6379, 8443, 9001, 65535])
def test_only_allowed_ports_are_opened(port: int, forbidden: Loopback) -> None:
    assert _refused(f"https://{HOST}:{port}/", forbidden) == "must use port 443"
    assert _refused(f"https://{PUBLIC}:{port}/", forbidden) == "must use port 443"


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1:9001/2018-06-01/runtime/invocation/next", "http://127.0.0.1:9001/", "https://[::1]:9001/"]
)
def test_the_functions_own_runtime_api_is_never_opened(url: str, forbidden: Loopback) -> None:
    assert _refused(url, forbidden)


HOSTS = st.text("abc019.-:[]@%#?/\\_xX", max_size=24)


@given(url=st.builds("https://{}{}{}".format, HOSTS, st.sampled_from(["", ":443", ":8443"]), st.sampled_from(["", "/", "/a?b#c@d"])))
def test_every_parser_reads_an_accepted_url_in_the_same_way(url: str) -> None:
    with contextlib.suppress(AddressRefused):
        address = read_address(url)
        prepared = requests.Request("GET", url).prepare().url or ""
        for each in (urlsplit(url), urlsplit(prepared)):
            assert (each.scheme, each.hostname, each.port or 443) == ("https", address.host, address.port)
        for other in (parse_url(url), parse_url(prepared)):
            assert (other.scheme, (other.host or "").strip("[]"), other.port or 443) == ("https", address.host, address.port)
