"""IP addresses of public hosts: not reserved by IANA, and not a carrier of another address.

Source: the IANA IPv4 and IPv6 Special-Purpose Address Registries as updated on 2025-10-09, read on 2026-07-18. Copied here because
Python's own tables lack entries and differ between versions. Entries that the registry calls globally reachable are refused, too:
they are relays, translators and sinks, not hosts.
https://www.iana.org/assignments/iana-ipv4-special-registry/ and …/iana-ipv6-special-registry/
"""

import ipaddress

RESERVED_IPV4 = {
    "0.0.0.0/8": "this network",
    "10.0.0.0/8": "private use",
    "100.64.0.0/10": "shared address space; a cloud's metadata at 100.100.100.200",
    "127.0.0.0/8": "loopback",
    "169.254.0.0/16": "link local; clouds' metadata at 169.254.169.254 and 169.254.170.2",
    "172.16.0.0/12": "private use",
    "192.0.0.0/24": "protocol assignments, with DS-Lite, PCP, TURN and NAT64 discovery",
    "192.0.2.0/24": "documentation",
    "192.31.196.0/24": "AS112",
    "192.52.193.0/24": "automatic multicast tunnelling",
    "192.88.99.0/24": "6to4 and 6a44 relays",
    "192.168.0.0/16": "private use",
    "192.175.48.0/24": "AS112",
    "198.18.0.0/15": "benchmarking",
    "198.51.100.0/24": "documentation",
    "203.0.113.0/24": "documentation",
    "224.0.0.0/4": "multicast, RFC 5771: a registry of its own",
    "240.0.0.0/4": "reserved, and limited broadcast",
    # Looks public, but the host of a virtual machine answers: https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
    "168.63.129.16/32": "a cloud's metadata",
}
# IPv6 works by an allow-list, because IANA assigns host addresses from one block only (RFC 4291, section 2.4). Outside of it are loopback,
# ::/96 and ::ffff:0:0/96 (IPv4-compatible and mapped), NAT64 (64:ff9b::/96 and 64:ff9b:1::/48), discard, dummy, SRv6, unique and
# site local (with fd00:ec2::254, the metadata of EC2), link local and multicast.
UNICAST_IPV6 = "2000::/3"
RESERVED_IPV6 = {
    "2001::/23": "protocol assignments: Teredo, benchmarking, AMT, AS112, ORCHID, drones' tags",
    "2001:db8::/32": "documentation",
    "2002::/16": "6to4, which carries an IPv4 address",
    "2620:4f:8000::/48": "AS112",
    "3fff::/20": "documentation",
}

_RESERVED = tuple(ipaddress.ip_network(block) for block in (*RESERVED_IPV4, *RESERVED_IPV6))
_UNICAST = ipaddress.ip_network(UNICAST_IPV6)
_LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))

# ISATAP puts an IPv4 address after this marker, in the lower half of any prefix; two of its bits may be set (RFC 5214, section 6.1).
_ISATAP, _ISATAP_MASK = 0x0000_5EFE, 0xFCFF_FFFF


def is_literal(host: str) -> bool:
    """Return whether a host, without brackets, is a plain IP address and not a name."""
    return _parsed(host) is not None


def is_public(address: str) -> bool:
    """Return whether this is the plain IP address of a public host."""
    parsed = _parsed(address)
    if parsed is None or any(parsed in block for block in _RESERVED):
        return False
    return parsed.version == 4 or (parsed in _UNICAST and not _is_isatap(parsed))


def is_loopback(address: str) -> bool:
    """Return whether this is a plain loopback IP address."""
    parsed = _parsed(address)
    return parsed is not None and any(parsed in block for block in _LOOPBACK)


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(address)
    except ValueError:
        return None


def _is_isatap(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return (int(address) >> 32) & _ISATAP_MASK == _ISATAP
