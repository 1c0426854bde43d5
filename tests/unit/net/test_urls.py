"""Accepted URLs: only public ones in the cloud, and this machine under loopback rules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprelay.net.urls import MAX_LENGTH, AddressRefused, AddressRules, Limits, check_address, normalised, redirect_target

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


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("https://example.com/v.mp4?a=b&c=%2F#d", "https://example.com/v.mp4?a=b&c=%2F#d"),
        ("https://example.com", "https://example.com"),
        (" \t\r\nhttps://example.com/v.mp4\n", "https://example.com/v.mp4"),
        ("https://example.com/my video.mp4?name=a b", "https://example.com/my%20video.mp4?name=a%20b"),
        ("https://example.com/видео/動画.mp4?é", "https://example.com/%D0%B2%D0%B8%D0%B4%D0%B5%D0%BE/%E5%8B%95%E7%94%BB.mp4?%C3%A9"),
        ("https://example.com/🌊", "https://example.com/%F0%9F%8C%8A"),
        ("https://example.com/a\\b", "https://example.com/a%5Cb"),
        ("""https://example.com/"a"<b>`{c|d}^'""", "https://example.com/%22a%22%3Cb%3E%60%7Bc%7Cd%7D%5E'"),
        ("https://example.com/100%.mp4?a=%zz&b=%4&c=%41", "https://example.com/100%25.mp4?a=%25zz&b=%254&c=%41"),
        ("https://example.com?a=b c", "https://example.com/?a=b%20c"),
        ("https://example.com:443?a", "https://example.com:443/?a"),
        ("https://example.com#a", "https://example.com/#a"),
        ("https://example.com./v.mp4", "https://example.com/v.mp4"),
        ("https://Example.COM.:443?a", "https://Example.COM:443/?a"),
        ("https://127.0.0.1./", "https://127.0.0.1/"),
    ],
)
def test_an_address_of_the_upstream_is_normalised(given: str, expected: str) -> None:
    assert normalised(given) == expected
    assert normalised(expected) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "no url",
        "https:\\\\example.com\\v.mp4",
        "https://example.com\\v.mp4",
        "https://example.com\\@127.0.0.1/",
        "https://exa mple.com/",
        "https://exämple.com/",
        "https://example.com../",
        "https://example.com.:port/",
        "https://./",
        "https://user@example.com./",
        "https://[::1]./",
        "https://example.com/\x00",
        "https://example.com/a\tb",
        "https://example.com/a\nb",
        "https://example.com/\x7f",
        "https://example.com/\ud800",
    ],
)
def test_what_has_no_clear_meaning_is_left_to_the_rules_which_refuse_it(url: str) -> None:
    assert normalised(url) == url
    with pytest.raises(AddressRefused):
        check_address(normalised(url), LOOPBACK)


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("https://b.example/v", "https://b.example/v"),
        ("/v", "https://a.example/v"),
        ("v", "https://a.example/x/v"),
        ("?b", "https://a.example/x/y?b"),
        ("//b.example/v", "https://b.example/v"),
        ("//b.example?v", "https://b.example/?v"),
        ("https://b.example.?v w", "https://b.example/?v%20w"),
        ("/a b\\c", "https://a.example/a%20b%5Cc"),
        ("/\xc3\xa9", "https://a.example/%C3%A9"),  # UTF-8, as a header arrives
        ("/\xe9", "https://a.example/%C3%A9"),  # Latin-1
        ("  /v  ", "https://a.example/v"),
        ("\\\\b.example\\v", "https://a.example/x/%5C%5Cb.example%5Cv"),
        ("", "https://a.example/x/y?z"),
    ],
)
def test_a_redirect_target_is_normalised(location: str, target: str) -> None:
    assert redirect_target("https://a.example/x/y?z", location) == target


@pytest.mark.parametrize(
    "location",
    ["https://[", "//[::1", "https://a]b/", "//a\u212a.example\u2100/", "//a.example #", "/a\tb", "/a\x00b", "ht\ttps://b.example/"],
)
def test_a_location_that_cannot_be_read_is_refused(location: str) -> None:
    with pytest.raises(AddressRefused):
        check_address(redirect_target("https://a.example/", location), LOOPBACK)
