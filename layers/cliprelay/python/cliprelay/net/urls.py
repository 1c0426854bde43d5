"""Which URLs we accept from clients and from the upstream, as far as their text tells: one rule set, chosen by the deployment.

The grammar is narrower than the standards', so that no two parsers can read what it accepts in two ways.
"""

import ipaddress
import re
from dataclasses import dataclass
from enum import StrEnum

from cliprelay.net.ip_ranges import is_literal, is_loopback, is_public


class AddressRules(StrEnum):
    """PUBLIC is the cloud's rule; LOOPBACK also takes http, and this machine on any port, for the service on one machine."""

    PUBLIC = "public"
    LOOPBACK = "loopback"


# The longest address that browsers and proxies agree to carry.
MAX_LENGTH = 2_048
# A presigned link with a session token has some 1,500 characters; a record has to hold it.
LONGEST_LINK = 8_192
PORTS = frozenset({443})
_SCHEMES = {"https": 443, "http": 80}

# A backslash is a slash to browsers and a letter to others.
_PLAIN = re.compile(r"[!-\[\]-~]*")
# What follows the host is nothing or a path: parsers have disagreed on hosts that end at ? or #.
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)(/.*)?")
_AUTHORITY = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::([1-9][0-9]{0,4}))?")
# RFC 1035's lengths; underscores are found in practice. The last label begins with a letter: resolvers take 127.1 or 0x7f.1 for an address.
_NAME = re.compile(r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
# Names that never are of the internet: RFC 6761 and 6762, RFC 8375, RFC 7686, and ICANN's reservation of 2024-07-29.
_OWN_NAMES = ("localhost", "local", "internal", "home.arpa", "onion")

_NOT_PUBLIC = "must be reachable from the internet: a private, local or reserved host is not"


class AddressRefused(ValueError):
    """An address that must not be used; the text says what would be accepted and repeats nothing of it."""


@dataclass(frozen=True)
class Address:
    """Where a URL leads: `host` is a name in lower case or a plain IP address without brackets."""

    scheme: str
    host: str
    port: int


@dataclass(frozen=True)
class Limits:
    """What a deployment allows; `own` are IP addresses that count as this machine, beside loopback, where that is allowed."""

    rules: AddressRules = AddressRules.PUBLIC
    ports: frozenset[int] = PORTS
    own: frozenset[str] = frozenset()

    def check(self, address: Address) -> None:
        """Everything that can be said without asking a resolver; raises AddressRefused."""
        if self.rules is AddressRules.PUBLIC and address.scheme != "https":
            raise AddressRefused("must be an https:// URL")
        if is_literal(address.host):
            self.check_place(address.host, address.port)
        elif self.rules is AddressRules.PUBLIC:
            self._check_port(address.port, self.ports)
            if "." not in address.host or f".{address.host}".endswith(tuple(f".{name}" for name in _OWN_NAMES)):
                raise AddressRefused(_NOT_PUBLIC)

    def check_place(self, ip: str, port: int) -> None:
        """Whether a connection may go there; raises AddressRefused."""
        ports = self.ports
        if self.rules is AddressRules.LOOPBACK:
            if is_loopback(ip) or ip in self.own:
                return
            ports = ports | {_SCHEMES["http"]}
        if not is_public(ip):
            raise AddressRefused(_NOT_PUBLIC)
        self._check_port(port, ports)

    def _check_port(self, port: int, ports: frozenset[int]) -> None:
        if port not in ports:
            raise AddressRefused(f"must use port {' or '.join(str(each) for each in sorted(ports))}")


CLOUD = Limits()


def check_address(url: str, limits: Limits = CLOUD, *, longest: int = MAX_LENGTH) -> str:
    """Return the URL when its text allows it; raises AddressRefused. Nothing is resolved: a Guard opens it."""
    limits.check(read_address(url, longest=longest))
    return url


def read_address(url: str, *, longest: int = MAX_LENGTH) -> Address:
    """Where a URL in the narrow grammar leads, wherever that is; raises AddressRefused."""
    if len(url) > longest:
        raise AddressRefused(f"is longer than {longest} characters")
    if not _PLAIN.fullmatch(url):
        raise AddressRefused("must be a URL in ASCII without spaces and backslashes; percent-encode other characters")
    parts = _URL.fullmatch(url)
    if not parts:
        raise AddressRefused("must be a whole URL, as in https://host/path or https://host/?query")
    scheme = parts[1].lower()
    if scheme not in _SCHEMES:
        raise AddressRefused("must be an https:// URL")
    return _read_authority(scheme, parts[2].lower())


def _read_authority(scheme: str, authority: str) -> Address:
    if "@" in authority:
        raise AddressRefused("must not carry a user name or password")
    parts = _AUTHORITY.fullmatch(authority)
    if not parts:
        raise AddressRefused("must have a host of letters, digits, dots and hyphens, and at most a port; write other alphabets as xn--…")
    port = int(parts[2] or _SCHEMES[scheme])
    if port > 65_535:
        raise AddressRefused("must have a port below 65536")
    return Address(scheme, _read_host(parts[1]), port)


def _read_host(host: str) -> str:
    if host.startswith("["):
        try:
            return str(ipaddress.IPv6Address(host[1:-1]))
        except ValueError:
            raise AddressRefused("has no IPv6 address in its brackets") from None
    if not is_literal(host) and not _NAME.fullmatch(host):
        raise AddressRefused("must have a whole host name without a dot at its end, or an IPv4 address as four plain decimal numbers")
    return host
