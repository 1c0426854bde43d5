"""Which addresses we accept from clients and from the upstream: one rule set, chosen by the deployment."""

import ipaddress
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from urllib.parse import SplitResult, urlsplit


class AddressRules(StrEnum):
    """PUBLIC is the cloud's rule; LOOPBACK also takes http and this machine, for the service on one machine."""

    PUBLIC = "public"
    LOOPBACK = "loopback"


# The longest address that browsers and proxies agree to carry.
MAX_LENGTH = 2_048

# A host name of at least two labels, of which the last begins with a letter.
_NAME = re.compile(r"([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
# Networks whose addresses carry another one, which a translator may reach: NAT64, 6to4, Teredo.
_TRANSLATED = tuple(ipaddress.ip_network(block) for block in ("64:ff9b::/96", "2002::/16", "2001::/32"))

_current: ContextVar[AddressRules] = ContextVar("address_rules", default=AddressRules.PUBLIC)


class AddressRefused(ValueError):
    """An address that must not be used; the text says what would be accepted and repeats nothing of it."""


@contextmanager
def obeying(rules: AddressRules) -> Iterator[None]:
    """Within it, `check_address` without rules of its own obeys these."""
    token = _current.set(rules)
    try:
        yield
    finally:
        _current.reset(token)


def check_address(url: str, rules: AddressRules | None = None, *, longest: int = MAX_LENGTH) -> str:
    """Return the URL when it may be used; raises AddressRefused."""
    rules = rules or _current.get()
    if len(url) > longest:
        raise AddressRefused(f"is longer than {longest} characters")
    if any(ord(char) <= 32 or ord(char) >= 127 or char == "\\" for char in url):
        raise AddressRefused("must be a URL in ASCII without spaces; percent-encode other characters")
    parts = _split(url)
    if rules is AddressRules.PUBLIC:
        _check_public(parts)
    elif parts.scheme not in ("https", "http"):
        raise AddressRefused("must be an https:// or http:// URL")
    return url


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # a port that is no number is found only when asked for
    except ValueError:
        raise AddressRefused("is not a URL") from None
    if not parts.hostname:
        raise AddressRefused("must be a URL with a host")
    if parts.username is not None or parts.password is not None:
        raise AddressRefused("must not carry a user name or password")
    return parts


def _check_public(parts: SplitResult) -> None:
    if parts.scheme != "https":
        raise AddressRefused("must be an https:// URL")
    if parts.port not in (None, 443):
        raise AddressRefused("must use port 443")
    if not _is_public_host(parts.hostname or ""):
        raise AddressRefused("must be reachable from the internet: a private, local or reserved host is not")


def _is_public_host(host: str) -> bool:
    name = host.rstrip(".").lower()
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        # A last label of digits, as in 127.1 or 0x7f.1, is an address to the resolver though not to the parser.
        return bool(_NAME.fullmatch(name)) and not name.endswith((".localhost", ".local", ".internal"))
    return address.is_global and not address.is_multicast and not any(address in network for network in _TRANSLATED)
