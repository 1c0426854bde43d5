"""Durable, revocable capability URLs for finished videos.

A token is the video id, a dot, and 256 random bits from the record in base64url (RFC 4648, without padding).
"""

import hashlib
import hmac
import re
from dataclasses import replace
from enum import Enum

from cliprelay.video.record import Video

_TOKEN = re.compile(r"(vid_[0-9A-HJKMNP-TV-Z]{26})\.([A-Za-z0-9_-]{43})")

# How many revoked links per video are reported as revoked; older ones are reported as unknown.
REMEMBERED = 20


class Opening(Enum):
    """Whether a link opens its video."""

    VALID = "valid"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


def link_url(video: Video) -> str | None:
    """Return the durable link of a video, or None while it has none."""
    return f"{video.base_url}/v1/links/{video.id}.{video.link}" if video.link else None


def poster_link(video: Video) -> str | None:
    """Return the durable link of a video's poster; it is revoked with that of the video."""
    link = link_url(video)
    return f"{link}?variant=poster" if link and video.poster else None


def read_token(token: str) -> tuple[str, str] | None:
    """Return the id and the bits of a token, or None if it is malformed."""
    match = _TOKEN.fullmatch(token)
    return (match[1], match[2]) if match else None


def opening(video: Video, bits: str) -> Opening:
    """Return whether the bits open the video, compared in constant time."""
    if video.link and hmac.compare_digest(video.link.encode(), bits.encode()):
        return Opening.VALID
    was_revoked = any(hmac.compare_digest(digest, _digest(bits)) for digest in video.revoked_links)
    return Opening.REVOKED if was_revoked else Opening.UNKNOWN


def renewed(video: Video, bits: str) -> Video:
    """Replace the bits of a link; the previous ones are retained as revoked, by SHA-256 only."""
    return replace(without_link(video), link=bits)


def without_link(video: Video) -> Video:
    """Revoke the link of a video, which then has none."""
    revoked = [*video.revoked_links, _digest(video.link)] if video.link else video.revoked_links
    return replace(video, link=None, revoked_links=revoked[-REMEMBERED:])


def _digest(bits: str) -> str:
    return hashlib.sha256(bits.encode()).hexdigest()
