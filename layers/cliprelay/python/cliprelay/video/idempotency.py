"""Idempotency keys: decide which requests of a tenant are the same payment."""

import hashlib
import re
from dataclasses import dataclass

from cliprelay.errors import FieldComplaint

# Long enough for any client's ids; the table stores only a hash.
LONGEST_KEY = 512

_PIECE = 65_536


class IntentTaken(Exception):
    """Another request with the same Idempotency-Key was recorded first."""


@dataclass(frozen=True)
class Intent:
    """The video that a tenant's Idempotency-Key created, with the hashes of the body as sent and of the order that it describes."""

    id: str
    video_id: str
    body_sha256: str
    order_sha256: str | None = None  # absent in items written before orders were compared


KEY_FORM = f"1 to {LONGEST_KEY} characters, not only blanks, without a comma"


def key_complaints(key: str | None) -> list[FieldComplaint]:
    """Return the complaints about an Idempotency-Key; None means that the client sent none."""
    if key is None or (len(key) <= LONGEST_KEY and re.search(r"\S", key)):
        return []
    message = f"must have at most {LONGEST_KEY} characters" if len(key) > LONGEST_KEY else "must not be blank"
    return [FieldComplaint(field="Idempotency-Key", message=message, accepted=KEY_FORM)]


def intent_id(tenant: str, idempotency_key: str) -> str:
    """Return the item id for a tenant and key; hashing allows any character in the key."""
    # A tenant's name contains no slash, so two different pairs never give the same string.
    return "intent_" + hashlib.sha256(f"{tenant}/{idempotency_key}".encode()).hexdigest()


def body_hash(body: str | bytes) -> str:
    """Return the SHA-256 of the body exactly as sent; text is UTF-8."""
    if isinstance(body, bytes):
        return hashlib.sha256(body).hexdigest()
    digest = hashlib.sha256()
    # In pieces, because a copy of some megabytes takes nearly as long as hashing them.
    for start in range(0, len(body), _PIECE):
        digest.update(body[start : start + _PIECE].encode())
    return digest.hexdigest()
