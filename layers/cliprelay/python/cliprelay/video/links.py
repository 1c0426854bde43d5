"""Durable links: a capability in a URL that keeps working while its video is kept, and that its owner can revoke.

A token is the video's id, a dot, and 256 random bits of the record in base64url (RFC 4648, without padding).
"""

import hashlib
import hmac
import re
from dataclasses import replace
from enum import Enum

from cliprelay.video.record import Video

_TOKEN = re.compile(r"(vid_[0-9A-HJKMNP-TV-Z]{26})\.([A-Za-z0-9_-]{43})")

# How many revoked links of one video still say that they were revoked; older ones are just unknown.
REMEMBERED = 20


class Opening(Enum):
    """What a link's bits are to a record."""

    VALID = "valid"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


def link_url(video: Video) -> str | None:
    """The video's durable link; None while it has none."""
    return f"{video.base_url}/v1/links/{video.id}.{video.link}" if video.link else None


def read_token(token: str) -> tuple[str, str] | None:
    """The id and the bits of a token, or None when it cannot be one."""
    match = _TOKEN.fullmatch(token)
    return (match[1], match[2]) if match else None


def opening(video: Video, bits: str) -> Opening:
    """Whether the bits open the video, compared in constant time."""
    if video.link and hmac.compare_digest(video.link.encode(), bits.encode()):
        return Opening.VALID
    was_revoked = any(hmac.compare_digest(digest, _digest(bits)) for digest in video.revoked_links)
    return Opening.REVOKED if was_revoked else Opening.UNKNOWN


def renewed(video: Video, bits: str) -> Video:
    """The video with other bits; the ones before are remembered as revoked, by their SHA-256 only."""
    revoked = [*video.revoked_links, _digest(video.link)] if video.link else video.revoked_links
    return replace(video, link=bits, revoked_links=revoked[-REMEMBERED:])


def _digest(bits: str) -> str:
    return hashlib.sha256(bits.encode()).hexdigest()
