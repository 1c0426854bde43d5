"""Idempotency keys: which of a tenant's requests mean the same payment."""

import hashlib
from dataclasses import dataclass

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


def intent_id(tenant: str, idempotency_key: str) -> str:
    """Id of the item that stands for (tenant, key); the hash keeps odd keys apart and legal."""
    # A tenant's name has no slash, so no two pairs run together.
    return "intent_" + hashlib.sha256(f"{tenant}/{idempotency_key}".encode()).hexdigest()


def body_hash(body: bytes) -> str:
    """SHA-256 of the body exactly as sent."""
    return hashlib.sha256(body).hexdigest()
