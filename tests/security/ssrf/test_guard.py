"""What callers of the guard rely on: its refusals, its limits, and sessions that do nothing by themselves."""

import io
import socket
from collections.abc import Callable, Iterator
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest
import requests

from cliprelay.errors import BadVideo, DeadLink, OutOfTime
from cliprelay.media.download import Downloader
from cliprelay.net import guard as guard_module
from cliprelay.net.deadline import deadline
from cliprelay.net.guard import Guard
from cliprelay.net.urls import MAX_LENGTH, AddressRefused, AddressRules, Limits, check_address
from tests.security.ssrf.network import HOST, PUBLIC, Internet
from tests.support.cuts import Cut
from tests.support.loopback import Loopback
from tests.support.makers import http_answer
from tests.support.tls_server import TlsServer

PUBLIC_RULES, LOOPBACK = AddressRules.PUBLIC, AddressRules.LOOPBACK
Serve = Callable[..., Loopback]


def _failing(code: int) -> Guard:
    def resolve(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(code, "any")

    return Guard(PUBLIC_RULES, resolve=resolve)


# Before an order is accepted


def test_a_name_with_public_addresses_is_reachable() -> None:
    url = f"https://{HOST}/hook"
    assert Internet({HOST: [[PUBLIC, "2606:4700::1111"]]}).guard().check_reachable(url) == url


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "::1", "fd00:ec2::254", "fe80::1%eth0", "nonsense"])
def test_a_name_with_a_forbidden_address_is_not_reachable(address: str) -> None:
    with pytest.raises(AddressRefused, match="must be reachable from the internet"):
        Internet({HOST: [[PUBLIC, address]]}).guard().check_reachable(f"https://{HOST}/hook")


@pytest.mark.parametrize("code", [socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)])
def test_a_name_that_does_not_exist_is_not_reachable(code: int) -> None:
    with pytest.raises(AddressRefused, match="must have a host name that exists"):
        _failing(code).check_reachable(f"https://{HOST}/hook")


@pytest.mark.parametrize("code", [socket.EAI_AGAIN, socket.EAI_FAIL])
def test_a_resolver_error_refuses_nothing(code: int) -> None:
    assert _failing(code).check_reachable(f"https://{HOST}/hook")


def test_loopback_rules_accept_an_unknown_name() -> None:
    assert Internet().guard(LOOPBACK).check_reachable(f"https://{HOST}/hook")


def test_reachability_includes_the_check_of_the_text() -> None:
    internet = Internet({HOST: [[PUBLIC]]})
    for url in (f"http://{HOST}/", f"https://{HOST}:22/", "https://127.0.0.1/", f"https://{HOST}/".ljust(MAX_LENGTH + 1, "x")):
        with pytest.raises(AddressRefused):
            internet.guard().check_reachable(url)
    assert internet.asked == []


@pytest.fixture
def hanging() -> Iterator[Callable[..., Any]]:
    """Yield a resolver that does not answer until the test ends."""
    over = Event()

    def resolve(*_: Any, **__: Any) -> Any:
        over.wait()
        raise socket.gaierror(socket.EAI_AGAIN, "any")

    yield resolve
    over.set()


def test_a_hanging_resolver_refuses_nothing(hanging: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard_module, "REACHABLE_SECONDS", 0.05)
    assert Guard(PUBLIC_RULES, resolve=hanging).check_reachable(f"https://{HOST}/hook")


# Sessions


def test_a_session_gives_up_on_a_hanging_resolver_at_its_time_out(hanging: Callable[..., Any]) -> None:
    with Guard(PUBLIC_RULES, resolve=hanging).session() as session, pytest.raises(requests.ConnectionError):
        session.get(f"https://{HOST}/", timeout=0.05)


def test_a_session_gives_up_on_a_hanging_resolver_at_the_deadline(hanging: Callable[..., Any]) -> None:
    with deadline(0.05), Guard(PUBLIC_RULES, resolve=hanging).session() as session, pytest.raises(requests.ConnectionError):
        session.get(f"https://{HOST}/", timeout=3_600)


def test_no_address_is_tried_after_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def connect(address: tuple[str, int], timeout: float, *_: Any) -> socket.socket:
        tried.append(address[0])
        passed.append(timeout)
        raise TimeoutError

    passed = [0.0]
    monkeypatch.setattr("cliprelay.net.deadline.time", SimpleNamespace(monotonic=lambda: sum(passed)))
    guard = Guard(PUBLIC_RULES, resolve=Internet({HOST: [[f"8.8.8.{number}" for number in range(50)]]}).resolve, connect=connect)
    with deadline(60), guard.session() as session, pytest.raises(requests.ConnectTimeout):
        session.get(f"https://{HOST}/", timeout=3_600)
    assert tried == ["8.8.8.0"]


def test_a_silent_server_is_abandoned_at_the_deadline(loopback: Serve, cut: Cut) -> None:
    def silent(connection: socket.socket) -> None:
        cut.now()
        connection.recv(1)

    server = loopback(silent)
    with deadline(3_600) as limit, Guard(LOOPBACK).session() as session, pytest.raises(requests.RequestException):
        session.get(server.url, timeout=3_600)
    assert limit.over


def test_an_unknown_name_is_an_exception_of_requests() -> None:
    with Internet().guard().session() as session, pytest.raises(requests.ConnectionError):
        session.get(f"https://{HOST}/", timeout=30)


def test_a_name_without_addresses_is_an_exception_of_requests() -> None:
    with Internet({HOST: [[]]}).guard().session() as session, pytest.raises(requests.ConnectionError):
        session.get(f"https://{HOST}/", timeout=30)


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_session_follows_no_redirects_by_itself(method: str, status: int, loopback: Serve) -> None:
    target = loopback(http_answer(200))
    server = loopback(http_answer(status, Location=target.url))
    with Guard(LOOPBACK).session() as session:
        assert session.request(method, server.url, timeout=30).status_code == status
        assert session.request(method, server.url, timeout=30, allow_redirects=True).status_code == status
    assert (server.connections, target.connections) == (2, 0)


@pytest.mark.parametrize("given", ["environment", "session", "call"])
def test_no_proxy_is_used(given: str, loopback: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy, server = loopback(http_answer(200, b"of the proxy")), loopback(http_answer(200, b"of the server"))
    proxies = {"http": proxy.url, "https": proxy.url}
    if given == "environment":
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
    with Guard(LOOPBACK).session() as session:
        if given == "session":
            session.proxies.update(proxies)
        assert session.get(server.url, timeout=30, proxies=proxies if given == "call" else None).content == b"of the server"
    assert proxy.connections == 0


def test_a_refusal_reaches_the_caller_unchanged_and_does_not_show_the_url() -> None:
    internet = Internet({"secret-name.example.com": [["10.0.0.1"]]})
    for url in ("https://secret-name.example.com/?token=secret-token", "https://10.0.0.1/?token=secret-token", "ftp://secret-name/"):
        with internet.guard().session() as session, pytest.raises(AddressRefused) as caught:
            session.get(url, timeout=30)
        assert "secret" not in str(caught.value)
        assert "10.0.0.1" not in str(caught.value)


def test_a_request_prepared_elsewhere_is_checked_too() -> None:
    internet = Internet({HOST: [[PUBLIC]]})
    with internet.guard().session() as session, pytest.raises(AddressRefused, match="https"):
        session.send(requests.Request("GET", f"http://{HOST}:443/").prepare())
    assert internet.reached == []


def test_a_link_of_any_length_is_opened_after_a_check_for_that_length(secure: TlsServer) -> None:
    secure.location = ""
    internet = Internet({HOST: [[PUBLIC]]}, {PUBLIC: secure})
    url = f"https://{HOST}/".ljust(8_000, "x")
    with internet.guard().session() as session:
        assert session.get(internet.guard().check(url, longest=8_192), timeout=30).status_code == 200
    with pytest.raises(AddressRefused, match="longer than 2048"):
        internet.guard().check(url)


# The rules of a deployment


def test_other_ports_can_be_allowed() -> None:
    guard = Internet().guard(ports=frozenset({443, 8443}))
    assert guard.check(f"https://{HOST}:8443/")
    for port in (444, 80):
        with pytest.raises(AddressRefused, match="must use port 443 or 8443"):
            guard.check(f"https://{HOST}:{port}/")


def test_a_list_without_443_forbids_it() -> None:
    with pytest.raises(AddressRefused, match="must use port 8443"):
        Internet().guard(ports=frozenset({8443})).check(f"https://{HOST}/")


def test_an_order_s_addresses_obey_the_ports_of_the_deployment() -> None:
    limits = Limits(PUBLIC_RULES, frozenset({8443}))
    assert check_address("https://example.com:8443/a.png", limits)
    with pytest.raises(AddressRefused, match="port 8443"):
        check_address("https://example.com/a.png", limits)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "[::1]", "localhost", "made-up"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_loopback_rules_open_every_port_of_loopback(host: str, scheme: str) -> None:
    internet = Internet({"localhost": [["::1", "127.0.0.1"]], "made-up": [["127.0.0.1"]]})
    url = f"{scheme}://{host}:9001/x"
    assert internet.guard(LOOPBACK).check_reachable(url) == url
    with pytest.raises(AddressRefused):
        internet.guard().check_reachable(url)


@pytest.mark.parametrize(
    "address", ["10.0.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.1", "::ffff:127.0.0.1", "fd00:ec2::254", "224.0.0.1"]
)
def test_loopback_rules_open_only_public_addresses_and_loopback(address: str) -> None:
    internet = Internet({HOST: [[address], ["127.0.0.1", address]]})
    for url in (f"http://{HOST}/", f"https://{HOST}/", f"http://[{address}]/" if ":" in address else f"http://{address}/"):
        with pytest.raises(AddressRefused):
            internet.guard(LOOPBACK).check_reachable(url)
        with internet.guard(LOOPBACK).session() as session, pytest.raises(AddressRefused):
            session.get(url, timeout=30)
    assert internet.reached == []


def test_loopback_rules_open_only_allowed_ports_of_public_addresses() -> None:
    guard = Internet({HOST: [[PUBLIC]]}).guard(LOOPBACK)
    assert guard.check_reachable(f"http://{HOST}/")
    assert guard.check_reachable(f"https://{PUBLIC}/")
    for url in (f"https://{HOST}:22/", f"http://{PUBLIC}:9001/"):
        with pytest.raises(AddressRefused, match="must use port 80 or 443"):
            guard.check_reachable(url)


def test_an_address_of_this_machine_beside_loopback_is_open_only_where_the_rules_allow_it() -> None:
    bridge: dict[str, Any] = {"own": frozenset({"172.17.0.1"})}
    assert Internet().guard(LOOPBACK, **bridge).check_reachable("http://172.17.0.1:4566/")
    for guard, url in ((Internet().guard(LOOPBACK, **bridge), "http://172.17.0.2/"), (Internet().guard(**bridge), "https://172.17.0.1/")):
        with pytest.raises(AddressRefused):
            guard.check(url)


# Downloads


def _fetch(internet: Internet, url: str, **options: Any) -> None:
    Downloader(internet.guard(**options), 1_000).fetch(url, io.BytesIO(), seconds=30)


def test_a_link_to_an_internal_address_is_dead_and_not_tried() -> None:
    internet = Internet({HOST: [["10.0.0.1"]]})
    with pytest.raises(DeadLink, match="address_refused"):
        _fetch(internet, f"https://{HOST}/v.mp4")
    assert internet.reached == []


def test_a_link_with_an_unknown_name_is_a_broken_download() -> None:
    with pytest.raises(BadVideo, match="download_broken"):
        _fetch(Internet(), f"https://{HOST}/v.mp4")


def test_a_link_whose_name_resolves_too_late_is_out_of_time(hanging: Callable[..., Any]) -> None:
    with pytest.raises(OutOfTime):
        Downloader(Guard(PUBLIC_RULES, resolve=hanging), 1_000).fetch(f"https://{HOST}/v.mp4", io.BytesIO(), seconds=0.05)
