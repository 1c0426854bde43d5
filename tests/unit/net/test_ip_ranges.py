"""Addresses: which are hosts of the public internet, which are this machine, and which are none at all."""

import ipaddress

import pytest

from cliprelay.net.ip_ranges import RESERVED_IPV4, RESERVED_IPV6, is_literal, is_loopback, is_public


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "172.32.0.1", "2606:4700::1111", "2a00:1450:4001:81b::200e"])
def test_a_host_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)
    assert is_literal(address)


@pytest.mark.parametrize("block", [*RESERVED_IPV4, *RESERVED_IPV6])
def test_the_first_and_the_last_address_of_a_reserved_block_are_not_public(block: str) -> None:
    network = ipaddress.ip_network(block)
    assert not is_public(str(network[0]))
    assert not is_public(str(network[-1]))


@pytest.mark.parametrize(
    "address", ["::1", "::ffff:8.8.8.8", "64:ff9b::808:808", "fd00:ec2::254", "fe80::1", "ff02::1", "1fff::1", "4000::1"]
)
def test_an_ipv6_address_outside_the_unicast_block_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("middle", ["0", "100", "200", "300"])
def test_an_isatap_address_carries_another_one_and_is_not_public(middle: str) -> None:
    assert not is_public(f"2a00:1450::{middle}:5efe:7f00:1")


@pytest.mark.parametrize("address", ["127.0.0.1", "127.255.255.254", "::1"])
def test_loopback_is_this_machine(address: str) -> None:
    assert is_loopback(address)


@pytest.mark.parametrize("address", ["126.255.255.255", "128.0.0.1", "::2", "::ffff:127.0.0.1", "localhost"])
def test_no_other_address_is_this_machine(address: str) -> None:
    assert not is_loopback(address)


@pytest.mark.parametrize("text", ["example.com", "127.1", "0x7f.1", "010.0.0.1", "2130706433", "[::1]", "", "8.8.8.8 "])
def test_what_is_not_the_plain_form_of_an_address_is_none(text: str) -> None:
    assert not is_literal(text)
    assert not is_public(text)
