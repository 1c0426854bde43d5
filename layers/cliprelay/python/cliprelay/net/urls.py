"""Rules for URLs from clients and from the upstream, checked on their text alone; the deployment chooses the rule set.

The grammar is narrower than the standards', so that all parsers read an accepted URL in the same way.
"""

import ipaddress
import re
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urljoin

from cliprelay.net.ip_ranges import is_literal, is_loopback, is_public


class AddressRules(StrEnum):
    """PUBLIC is for the cloud; LOOPBACK, for the local service, also allows http, and this machine on any port."""

    PUBLIC = "public"
    LOOPBACK = "loopback"


# The longest URL that browsers and proxies agree to support.
MAX_LENGTH = 2_048
# A presigned URL with a session token has some 1,500 characters, and must fit into a record.
LONGEST_LINK = 8_192
PORTS = frozenset({443})
_SCHEMES = {"https": 443, "http": 80}

# Browsers read a backslash as a slash, other parsers do not.
_PLAIN = re.compile(r"[!-\[\]-~]*")
# Only a path may follow the host: parsers have disagreed on hosts that end at ? or #.
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)(/.*)?")
_AUTHORITY = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::([1-9][0-9]{0,4}))?")
# Lengths by RFC 1035; underscores occur in practice. The last label begins with a letter, as resolvers read 127.1 as an address.
_NAME = re.compile(r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
# Names that are never public: RFC 6761 and 6762, RFC 8375, RFC 7686, and ICANN's reservation of 2024-07-29.
_OWN_NAMES = ("localhost", "local", "internal", "home.arpa", "onion")

_NOT_PUBLIC = "must be reachable from the internet; private, local and reserved hosts are not allowed"


class AddressRefused(ValueError):
    """A forbidden URL; the text says what is accepted and does not repeat the URL."""


@dataclass(frozen=True)
class Address:
    """Target of a URL; `host` is a name in lower case or a plain IP address without brackets."""

    scheme: str
    host: str
    port: int


@dataclass(frozen=True)
class Limits:
    """What a deployment allows; under LOOPBACK, the IP addresses in `own` count as this machine, too."""

    rules: AddressRules = AddressRules.PUBLIC
    ports: frozenset[int] = PORTS
    own: frozenset[str] = frozenset()

    def check(self, address: Address) -> None:
        """Check all that needs no resolver; raises AddressRefused."""
        if self.rules is AddressRules.PUBLIC and address.scheme != "https":
            raise AddressRefused("must be an https:// URL")
        if is_literal(address.host):
            self.check_place(address.host, address.port)
        elif self.rules is AddressRules.PUBLIC:
            self._check_port(address.port, self.ports)
            if "." not in address.host or f".{address.host}".endswith(tuple(f".{name}" for name in _OWN_NAMES)):
                raise AddressRefused(_NOT_PUBLIC)

    def check_place(self, ip: str, port: int) -> None:
        """Check that connecting to this address is allowed; raises AddressRefused."""
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

# Around an address, and never in one. Other control characters are refused.
_BLANKS = " \t\r\n"
_LOOSE_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://)([^/?#]*)(.*)", re.DOTALL)
# A name that ends with the dot of the root zone, perhaps before a port.
_ROOTED = re.compile(r"([A-Za-z0-9_.-]*[A-Za-z0-9_-])\.(:[0-9]*)?")
# What RFC 3986 wants encoded outside of the authority: a percent sign that begins no escape, and all but visible ASCII. A lone
# surrogate is no character, so it stays and is refused.
_RAW = re.compile(r"""%(?![0-9A-Fa-f]{2})|[ "<>\\^`{|}]|[^\x00-\x7f\ud800-\udfff]""")


def normalised(url: str) -> str:
    """Return an address from the upstream or from a redirect in our narrow grammar, as far as its meaning is clear.

    Raw characters behind the host are percent-encoded, an empty path becomes `/`, and the dot at the end of a host goes. Nothing
    else of the host changes, so the rules judge the same host as before.
    """
    return _encoded(url.strip(_BLANKS))


def _encoded(url: str) -> str:
    parts = _LOOSE_URL.fullmatch(url)
    if not parts:
        return url
    rooted = _ROOTED.fullmatch(parts[2])
    authority = f"{rooted[1]}{rooted[2] or ''}" if rooted else parts[2]
    rest = _RAW.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), parts[3])
    return f"{parts[1]}{authority}{'/' if rest[:1] in ('?', '#') else ''}{rest}"


def redirect_target(url: str, location: str) -> str:
    """Return the normalised address of a redirect from `url`; raises AddressRefused if the text of its Location header is none.

    The header arrives as Latin-1, although its bytes may be UTF-8.
    """
    with suppress(UnicodeError):
        location = location.encode("latin-1").decode()
    location = location.strip(_BLANKS)
    if any(ord(char) < 32 or ord(char) == 127 for char in location):
        raise AddressRefused("redirects to an address with control characters")
    try:
        return _encoded(urljoin(url, location))
    except ValueError:
        raise AddressRefused("redirects to an address that cannot be read") from None


def check_address(url: str, limits: Limits = CLOUD, *, longest: int = MAX_LENGTH) -> str:
    """Return the URL when its text allows it; raises AddressRefused. Nothing is resolved: a Guard opens it."""
    limits.check(read_address(url, longest=longest))
    return url


def read_address(url: str, *, longest: int = MAX_LENGTH) -> Address:
    """Parse a URL by the narrow grammar, whatever its target; raises AddressRefused."""
    if len(url) > longest:
        raise AddressRefused(f"is longer than {longest} characters")
    if not _PLAIN.fullmatch(url):
        raise AddressRefused("must be an ASCII URL without spaces and backslashes; percent-encode other characters")
    parts = _URL.fullmatch(url)
    if not parts:
        raise AddressRefused("must be a complete URL, such as https://host/path or https://host/?query")
    scheme = parts[1].lower()
    if scheme not in _SCHEMES:
        raise AddressRefused("must be an https:// URL")
    return _read_authority(scheme, parts[2].lower())


def _read_authority(scheme: str, authority: str) -> Address:
    if "@" in authority:
        raise AddressRefused("must not contain a user name or password")
    parts = _AUTHORITY.fullmatch(authority)
    if not parts:
        raise AddressRefused(
            "must have a host of letters, digits, dots and hyphens, optionally with a port; write other alphabets as xn--…"
        )
    port = int(parts[2] or _SCHEMES[scheme])
    if port > 65_535:
        raise AddressRefused("must have a port below 65536")
    return Address(scheme, _read_host(parts[1]), port)


def _read_host(host: str) -> str:
    if host.startswith("["):
        try:
            return str(ipaddress.IPv6Address(host[1:-1]))
        except ValueError:
            raise AddressRefused("has no valid IPv6 address in its brackets") from None
    if not is_literal(host) and not _NAME.fullmatch(host):
        raise AddressRefused("must have a complete host name without a trailing dot, or an IPv4 address as four decimal numbers")
    return host
