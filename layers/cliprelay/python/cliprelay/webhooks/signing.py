"""The sender's side of Standard Webhooks 1.0: headers that authenticate body, id and time.

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
    """One version of a tenant's secrets: 32 bytes for HMAC-SHA256, and a 32-byte seed for ed25519."""

    secret: bytes
    seed: bytes

    @property
    def shown_secret(self) -> str:
        """`whsec_…`, with which a receiver verifies `v1`; anyone who has it can also sign."""
        return f"whsec_{_text(self.secret)}"

    @property
    def shown_private(self) -> str:
        """`whsk_…`, which signs `v1a`; never sent to anybody."""
        return f"whsk_{_text(self.seed)}"

    @property
    def shown_public(self) -> str:
        """`whpk_…`, with which a receiver verifies `v1a`; it cannot sign."""
        return f"whpk_{_text(self._key().public_key().public_bytes_raw())}"

    def signatures(self, message: bytes) -> list[str]:
        """Return the `v1` and `v1a` signatures of the signed content."""
        symmetric = hmac.new(self.secret, message, hashlib.sha256).digest()
        return [f"v1,{_text(symmetric)}", f"v1a,{_text(self._key().sign(message))}"]

    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)


def headers(event_id: str, moment: datetime, body: bytes, keys: Sequence[KeyPair]) -> dict[str, str]:
    """Return the headers of one attempt; during a rotation several `keys` sign, and a receiver needs only one."""
    timestamp = str(int(moment.timestamp()))
    message = b".".join((event_id.encode(), timestamp.encode(), body))
    signatures = [signature for pair in keys for signature in pair.signatures(message)]
    return {"webhook-id": event_id, "webhook-timestamp": timestamp, "webhook-signature": " ".join(signatures)}


def _text(data: bytes) -> str:
    return b64encode(data).decode()
