"""Idempotency keys: which of a tenant's requests mean the same payment."""

import hashlib
import re
from dataclasses import dataclass

from cliprelay.errors import FieldComplaint

# Long enough for every client's own ids; the table stores only a hash.
LONGEST_KEY = 512


class IntentTaken(Exception):
    """Another request with the same Idempotency-Key was recorded first."""


@dataclass(frozen=True)
class Intent:
    """(tenant, Idempotency-Key) → the video that it made, and the hash of the body as sent."""

    id: str
    video_id: str
    body_sha256: str


KEY_FORM = f"1 to {LONGEST_KEY} characters, not only blanks"


def key_complaints(key: str | None) -> list[FieldComplaint]:
    """Return what is wrong with an Idempotency-Key; None means that the client sent none."""
    if key is None or (len(key) <= LONGEST_KEY and re.search(r"\S", key)):
        return []
    message = f"must have at most {LONGEST_KEY} characters" if len(key) > LONGEST_KEY else "must not be blank"
    return [FieldComplaint(field="Idempotency-Key", message=message, accepted=KEY_FORM)]


def intent_id(tenant: str, idempotency_key: str) -> str:
    """Id of the item that stands for (tenant, key); the hash keeps odd keys apart and legal."""
    # A tenant's name has no slash, so no two pairs run together.
    return "intent_" + hashlib.sha256(f"{tenant}/{idempotency_key}".encode()).hexdigest()


def body_hash(body: bytes) -> str:
    """SHA-256 of the body exactly as sent."""
    return hashlib.sha256(body).hexdigest()
