"""Standard Webhooks 1.0, the sender's side: headers that prove who sent a body, under which id, and when.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


@dataclass(frozen=True, repr=False)
class KeyPair:
    """One version of a tenant's secrets: 32 bytes for HMAC-SHA256, and the 32-byte seed of an ed25519 key."""

    secret: bytes
    seed: bytes

    @property
    def shown_secret(self) -> str:
        """`whsec_…`: with it a receiver verifies `v1`, and whoever has it can sign."""
        return f"whsec_{_text(self.secret)}"

    @property
    def shown_private(self) -> str:
        """`whsk_…`: signs `v1a`; never leaves this side."""
        return f"whsk_{_text(self.seed)}"

    @property
    def shown_public(self) -> str:
        """`whpk_…`: with it a receiver verifies `v1a`, and can sign nothing."""
        return f"whpk_{_text(self._key().public_key().public_bytes_raw())}"

    def signatures(self, message: bytes) -> list[str]:
        """`v1` and `v1a` over the signed content."""
        symmetric = hmac.new(self.secret, message, hashlib.sha256).digest()
        return [f"v1,{_text(symmetric)}", f"v1a,{_text(self._key().sign(message))}"]

    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)


def headers(event_id: str, moment: datetime, body: bytes, keys: Sequence[KeyPair]) -> dict[str, str]:
    """The headers of one attempt; while secrets are being rotated several `keys` sign, and a receiver needs only one of them."""
    timestamp = str(int(moment.timestamp()))
    message = b".".join((event_id.encode(), timestamp.encode(), body))
    signatures = [signature for pair in keys for signature in pair.signatures(message)]
    return {"webhook-id": event_id, "webhook-timestamp": timestamp, "webhook-signature": " ".join(signatures)}


def _text(data: bytes) -> str:
    return b64encode(data).decode()
