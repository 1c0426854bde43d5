"""Ids that sort by time, and random tokens."""

import hashlib
import secrets
from datetime import datetime


def video_id(now: datetime) -> str:
    """Return `vid_` and a ULID: 48 bits of milliseconds, 80 random bits."""
    return f"vid_{_ulid(now)}"


def first_video_id(moment: datetime) -> str:
    """Return the lowest id that a video of this moment, or a later one, can have."""
    from ulid import ULID

    milliseconds = max(0, int(moment.timestamp() * 1000))
    return f"vid_{ULID.from_bytes(milliseconds.to_bytes(6) + bytes(10))}"


def event_id(now: datetime) -> str:
    """Return `evt_` and a ULID; the move that it announces writes it, so each state has one."""
    return f"evt_{_ulid(now)}"


def event_id_of(subject: str, moment: datetime) -> str:
    """Return the one id of an event that is not the move of a video: `evt_`, the moment, and 80 bits of its subject's hash."""
    from ulid import ULID

    random = hashlib.sha256(subject.encode()).digest()[:10]
    return f"evt_{ULID.from_bytes(ULID.from_datetime(moment).bytes[:6] + random)}"


def claim_token() -> str:
    """Return 128 random bits that identify the holder of a claim."""
    return secrets.token_hex(16)


def link_bits() -> str:
    """Return 256 random bits in base64url; whoever has them may watch the video."""
    return secrets.token_urlsafe(32)


def object_name() -> str:
    """Return 128 random bits for an object key that nobody can guess or overwrite."""
    return secrets.token_hex(16)


def _ulid(now: datetime) -> str:
    from ulid import ULID  # most cold starts are of functions that name nothing

    return str(ULID.from_datetime(now))
