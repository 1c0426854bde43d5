"""Special addresses, read from the published registries; the product has its own tables."""

import csv
from collections.abc import Callable, Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path

_HERE = Path(__file__).parent
# Special, too, but not in these registries: RFC 5771, RFC 4291 (2.7 and 2.5.5.1), RFC 2765, RFC 3879, and the metadata of Azure.
_BESIDE = ("224.0.0.0/4", "ff00::/8", "::/96", "::ffff:0:0:0/96", "fec0::/10", "168.63.129.16/32")
# Metadata services of clouds, by their documentation.
METADATA = (
    *("169.254.169.254", "169.254.170.2", "169.254.170.23", "100.100.100.200", "192.0.0.192", "168.63.129.16"),
    *("fd00:ec2::254", "fd00:ec2::23"),
)


def _published() -> Iterator[str]:
    for version in (4, 6):
        lines = (_HERE / f"iana-ipv{version}-special-registry.csv").read_text().splitlines()
        for row in csv.DictReader(line for line in lines if not line.startswith("#")):
            # A cell may contain two blocks and the number of a footnote.
            yield from (cell.split("[")[0].strip() for cell in row["Address Block"].split(","))


BLOCKS = (*_published(), *_BESIDE)
IPV4_BLOCKS = tuple(block for block in BLOCKS if "." in block)


def samples(block: str) -> list[str]:
    """Return the first, a middle and the last address."""
    network = ip_network(block)
    return sorted({str(network[0]), str(network[network.num_addresses // 2]), str(network[-1])})


def neighbours(block: str) -> list[str]:
    """Return the addresses next to the block that are in no other block and assigned to hosts."""
    network = ip_network(block)
    numbers = (int(network[0]) - 1, int(network[-1]) + 1)
    kind = IPv4Address if network.version == 4 else IPv6Address
    found = [kind(number) for number in numbers if 0 <= number < 2**network.max_prefixlen]
    return [str(address) for address in found if not _is_special(address)]


def _is_special(address: IPv4Address | IPv6Address) -> bool:
    if address.version == 6 and address not in ip_network("2000::/3"):
        return True
    return any(address in ip_network(block) for block in BLOCKS)


def _inside(prefix: str, shift: int = 0) -> Callable[[str], str]:
    return lambda address: str(IPv6Address(int(IPv6Address(prefix)) | int(ip_address(address)) << shift))


def _turned(address: str) -> str:
    """Invert every bit, as Teredo does with a client's address (RFC 4380, section 4)."""
    return str(IPv4Address(~int(IPv4Address(address)) & 0xFFFF_FFFF))


# An IPv4 address embedded in an IPv6 one; a translator on the way would reach the IPv4 address.
EMBEDDINGS: dict[str, Callable[[str], str]] = {
    "mapped": _inside("::ffff:0:0"),
    "mapped, written with dots": lambda address: f"::ffff:{address}",
    "compatible": _inside("::"),
    "translated (SIIT)": _inside("::ffff:0:0:0"),
    "NAT64": _inside("64:ff9b::"),
    "local NAT64": _inside("64:ff9b:1::"),
    "6to4": _inside("2002::1", 80),
    "Teredo, as the server": _inside("2001:0:0:0:8000:f227:f7f7:f7f7", 64),
    "Teredo, as the client": lambda address: _inside("2001:0:808:808:8000:f227::")(
        str(IPv4Address(~int(IPv4Address(address)) & 0xFFFF_FFFF))
    ),
    "ISATAP": _inside("2600:1f18::5efe:0:0"),
    "ISATAP, of a unique address": _inside("2600:1f18::200:5efe:0:0"),
}
