"""DNS rebinding: connections go only to the address that was checked."""

import pytest
import requests

from cliprelay.net.urls import AddressRefused
from tests.security.ssrf.network import HOST, PUBLIC, PUBLIC_IPV6, Internet, counting
from tests.support.loopback import Loopback
from tests.support.tls_server import TlsServer

ROUNDS = 1_000
OURS = "127.0.0.1"


def _try(internet: Internet, port: int) -> str:
    """Return how a call to the name ends."""
    with internet.guard(ports=frozenset({port})).session() as session:
        try:
            return str(session.get(f"https://{HOST}:{port}/", timeout=30).status_code)
        except (AddressRefused, requests.ConnectionError) as error:
            return type(error).__name__


def _changing(forbidden: Loopback, *answers: list[str]) -> Internet:
    """Return a network in which HOST has these answers, our own address is the forbidden server, and the others are unused."""
    return Internet({HOST: [*answers]}, {OURS: forbidden})


def test_a_name_rebound_to_us_after_the_check_is_not_connected_to(forbidden: Loopback) -> None:
    with counting(forbidden):
        for _ in range(ROUNDS):
            internet = _changing(forbidden, [PUBLIC], [OURS])
            assert _try(internet, forbidden.port) == "ConnectionError"
            assert internet.reached == [(PUBLIC, forbidden.port)]
            assert internet.asked == [HOST]


def test_a_name_rebound_to_us_after_the_order_is_not_connected_to(forbidden: Loopback) -> None:
    with counting(forbidden):
        for _ in range(ROUNDS // 10):
            internet = _changing(forbidden, [PUBLIC], [OURS])
            internet.guard().check_reachable(f"https://{HOST}/")
            assert _try(internet, forbidden.port) == "AddressRefused"
            assert internet.reached == []


def test_a_name_that_is_ours_first_and_public_later_is_refused_first_and_opened_later(forbidden: Loopback) -> None:
    with counting(forbidden):
        for _ in range(ROUNDS):
            internet = _changing(forbidden, [OURS], [PUBLIC])
            assert [_try(internet, forbidden.port) for _ in range(2)] == ["AddressRefused", "ConnectionError"]
            assert internet.reached == [(PUBLIC, forbidden.port)]


@pytest.mark.parametrize("answer", [[PUBLIC, OURS], [OURS, PUBLIC], [PUBLIC_IPV6, PUBLIC, "::1"], [PUBLIC, "::ffff:127.0.0.1"]])
def test_one_forbidden_address_forbids_the_name(answer: list[str], forbidden: Loopback) -> None:
    with counting(forbidden):
        internet = _changing(forbidden, answer)
        assert _try(internet, forbidden.port) == "AddressRefused"
        assert internet.reached == []


def test_every_connection_of_a_session_is_checked(forbidden: Loopback, secure: TlsServer) -> None:
    secure.location = ""
    internet = Internet({HOST: [[PUBLIC], [OURS]]}, {PUBLIC: secure, OURS: forbidden})
    with counting(forbidden), internet.guard().session() as session:
        assert session.get(f"https://{HOST}/", timeout=30).status_code == 200
        with pytest.raises(AddressRefused):
            session.get(f"https://{HOST}/", timeout=30)


# Connection and certificate


def test_the_connection_goes_to_the_checked_address_and_uses_the_name(secure: TlsServer) -> None:
    secure.location = ""
    secure.names.clear()
    secure.heads.clear()
    internet = Internet({HOST: [[PUBLIC], ["8.8.4.4"]]}, {PUBLIC: secure})
    with internet.guard().session() as session:
        answer = session.get(f"https://{HOST}/v.mp4?a=1", timeout=30)
    assert answer.status_code == 200
    assert (internet.asked, internet.reached) == ([HOST], [(PUBLIC, 443)])
    assert secure.names == [HOST]
    assert secure.heads[0].startswith("GET /v.mp4?a=1 HTTP/1.1\r\n")
    assert f"\r\nHost: {HOST}\r\n" in secure.heads[0] + "\r\n"


@pytest.mark.parametrize("host", ["other.example.com", PUBLIC])
def test_a_certificate_for_another_name_is_rejected(host: str, secure: TlsServer) -> None:
    secure.heads.clear()
    internet = Internet({host: [[PUBLIC]]}, {PUBLIC: secure})
    with internet.guard().session() as session, pytest.raises(requests.exceptions.SSLError, match="certificate"):
        session.get(f"https://{host}/", timeout=30)
    assert secure.heads == []


def test_addresses_are_tried_in_their_order_until_one_answers(secure: TlsServer) -> None:
    secure.location = ""
    internet = Internet({HOST: [["2606:4700::1", "1.1.1.1", "1.1.1.1", PUBLIC, "8.8.4.4"]]}, {PUBLIC: secure})
    with internet.guard().session() as session:
        assert session.get(f"https://{HOST}/", timeout=30).status_code == 200
    assert internet.reached == [("2606:4700::1", 443), ("1.1.1.1", 443), (PUBLIC, 443)]
