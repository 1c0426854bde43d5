"""Names that sort by age and cannot be guessed."""

import secrets
from datetime import datetime

from ulid import ULID


def video_id(now: datetime) -> str:
    """`vid_` and a ULID: 48 bits of milliseconds, 80 random bits."""
    return f"vid_{ULID.from_datetime(now)}"


def event_id(now: datetime) -> str:
    """`evt_` and a ULID; written by the move that it announces, so a state has one."""
    return f"evt_{ULID.from_datetime(now)}"


def claim_token() -> str:
    """128 random bits that tell the holder of a claim from everybody else."""
    return secrets.token_hex(16)


def link_bits() -> str:
    """256 random bits in base64url: whoever has them may watch a video."""
    return secrets.token_urlsafe(32)


def object_name() -> str:
    """128 random bits for an object that nobody shall guess or overwrite."""
    return secrets.token_hex(16)
