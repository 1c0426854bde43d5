"""Accepted URLs: only public ones in the cloud, and this machine under loopback rules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprelay.net.urls import MAX_LENGTH, AddressRefused, AddressRules, Limits, check_address

PUBLIC, LOOPBACK = Limits(AddressRules.PUBLIC), Limits(AddressRules.LOOPBACK)
LOCAL = [
    "https://localhost/x",
    "https://LOCALHOST/x",
    "https://a.localhost/x",
    "https://printer.local/x",
    "https://db.internal/x",
    "https://db.internal./x",
    "https://metadata.google.internal/x",
    "https://intranet/x",
    "https://127.0.0.1/x",
    "https://127.255.255.254/x",
    "https://0.0.0.0/x",
    "https://10.1.2.3/x",
    "https://100.64.0.1/x",
    "https://172.16.0.1/x",
    "https://192.168.1.1/x",
    "https://169.254.169.254/latest/meta-data/",
    "https://198.18.0.1/x",
    "https://240.0.0.1/x",
    "https://255.255.255.255/x",
    "https://[::]/x",
    "https://[::1]/x",
    "https://[fe80::1]/x",
    "https://[fd00:ec2::254]/x",
    "https://[::ffff:127.0.0.1]/x",
    "https://[::ffff:a9fe:a9fe]/x",
    "https://2130706433/x",
]
# The same hosts, disguised so that only a resolver would recognise them.
LOCAL_UNSEEN = [
    "https://localhost./x",
    "https://127.1/x",
    "https://0x7f.1/x",
    "https://0177.0.0.1/x",
    "https://127.0.0.1./x",
    "https://224.0.0.1/x",
    "https://[ff02::1]/x",
    "https://[64:ff9b::7f00:1]/x",
]
NOT_URLS = [
    "",
    "https://",
    "https:///x",
    "//example.com/x",
    "example.com/x",
    "https://[::1/x",
    "https://example.com:port/x",
    "https://example.com:99999/x",
]
ODD = [
    "https://exa mple.com/",
    "https://example.com/\n",
    "https://example.com/\x00",
    "https://example.com/\\x",
    "https://exämple.com/",
    "https://\uff11.example.com/",
]


@pytest.mark.parametrize(
    "url", ["https://example.com/a.png", "https://example.com:443/a.png?x=1#y", "https://8.8.8.8/a.png", "https://[2606:4700::1111]/"]
)
def test_a_public_https_url_is_returned_as_it_is(url: str) -> None:
    assert check_address(url, PUBLIC) == url


@pytest.mark.parametrize("url", LOCAL)
def test_a_private_local_or_reserved_host_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        check_address(url, PUBLIC)


@pytest.mark.parametrize("url", LOCAL_UNSEEN)
def test_a_disguised_local_host_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        check_address(url, PUBLIC)


@pytest.mark.parametrize("scheme", ["http", "file", "gopher", "ftp", "ws", "javascript", "HTTP"])
def test_only_https_is_accepted_in_the_cloud(scheme: str) -> None:
    with pytest.raises(AddressRefused):
        check_address(f"{scheme}://example.com/a.png", PUBLIC)


@pytest.mark.parametrize("port", [22, 80, 8443, 9001, 1])
def test_only_port_443_is_accepted_in_the_cloud(port: int) -> None:
    with pytest.raises(AddressRefused, match="port 443"):
        check_address(f"https://example.com:{port}/", PUBLIC)


@pytest.mark.parametrize("port", [65_536, 65_979, 99_999])
def test_a_port_above_65535_is_refused_even_if_it_is_allowed(port: int) -> None:
    with pytest.raises(AddressRefused, match="below 65536"):
        check_address(f"https://example.com:{port}/", Limits(ports=frozenset({443, port})))


def test_the_highest_port_may_be_allowed() -> None:
    assert check_address("https://example.com:65535/", Limits(ports=frozenset({65_535})))


@pytest.mark.parametrize("rules", [PUBLIC, LOOPBACK])
@pytest.mark.parametrize("url", NOT_URLS + ODD)
def test_what_is_no_url_in_plain_ascii_is_refused_by_all_rules(url: str, rules: Limits) -> None:
    with pytest.raises(AddressRefused):
        check_address(url, rules)


@pytest.mark.parametrize("rules", [PUBLIC, LOOPBACK])
@pytest.mark.parametrize("who", ["user@", "user:secret@", ":secret@", "@"])
def test_a_user_name_or_password_is_refused_by_all_rules(who: str, rules: Limits) -> None:
    with pytest.raises(AddressRefused, match="user name"):
        check_address(f"https://{who}example.com/", rules)


def test_the_limit_of_a_urls_length_is_exact() -> None:
    longest = "https://example.com/".ljust(MAX_LENGTH, "x")
    assert check_address(longest, PUBLIC) == longest
    with pytest.raises(AddressRefused, match="longer"):
        check_address(longest + "x", PUBLIC)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8787/a.png", "http://localhost:1/x", "https://example.com/", "http://[::1]:80/"])
def test_loopback_rules_also_accept_http_and_loopback(url: str) -> None:
    assert check_address(url, LOOPBACK) == url


@pytest.mark.parametrize("url", ["file:///etc/passwd", "gopher://127.0.0.1/", "ftp://127.0.0.1/"])
def test_loopback_rules_accept_only_http_and_https(url: str) -> None:
    with pytest.raises(AddressRefused):
        check_address(url, LOOPBACK)


def _answer(url: str, rules: Limits) -> str:
    try:
        return check_address(url, rules)
    except AddressRefused as refusal:
        return "refused" if len(url) < 12 or url not in str(refusal) else "repeated"


@given(url=st.text(max_size=60) | st.text("htps:/@[].%0123456789xlocath ", max_size=40).map("https://".__add__))
def test_any_text_is_accepted_or_plainly_refused_without_being_repeated(url: str) -> None:
    for rules in (PUBLIC, LOOPBACK):
        assert _answer(url, rules) in (url, "refused")


def test_a_check_without_rules_uses_those_of_the_cloud() -> None:
    with pytest.raises(AddressRefused):
        check_address("http://127.0.0.1/")
