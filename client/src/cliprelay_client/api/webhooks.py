"""Verify webhooks by Standard Webhooks 1.0, with the standard library alone."""

import hashlib
import hmac
import json
import time
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping, Sequence
from typing import Any

from cliprelay_client.api.errors import InvalidSignature, UsageError

# Older or newer ones are refused, as the specification advises, so that a recorded POST cannot be replayed later.
TOLERANCE_SECONDS = 300


def verify(body: bytes | str, headers: Mapping[str, str], secret: str | Sequence[str], *, now: float | None = None) -> dict[str, Any]:
    """Return the event; raise InvalidSignature for a POST that is not ours. During a rotation give both secrets."""
    raw = body.encode() if isinstance(body, str) else body
    given = {name.lower(): value for name, value in headers.items()}
    try:
        event_id, timestamp, signatures = (given[f"webhook-{name}"] for name in ("id", "timestamp", "signature"))
        age = (time.time() if now is None else now) - int(timestamp)
    except (KeyError, ValueError):
        raise InvalidSignature("The headers of a signed webhook are missing or damaged.") from None
    if abs(age) > TOLERANCE_SECONDS:
        raise InvalidSignature("The timestamp is more than five minutes off.")
    message = b".".join((event_id.encode(), timestamp.encode(), raw))
    wanted = [_signature(each, message) for each in ([secret] if isinstance(secret, str) else secret)]
    sent = [each.partition(",")[2].encode() for each in signatures.split() if each.startswith("v1,")]
    if not any(hmac.compare_digest(ours, theirs) for ours in wanted for theirs in sent):
        raise InvalidSignature("The signature is not made with this secret.")
    event = json.loads(raw)
    if not isinstance(event, dict):
        raise InvalidSignature("The body is not an event.")
    return event


def _signature(secret: str, message: bytes) -> bytes:
    try:
        key = b64decode(secret.removeprefix("whsec_"), validate=True)
    except (NotBase64, ValueError):
        raise UsageError("The secret is not one of `GET /v1/webhook`: it begins with whsec_.") from None
    return b64encode(hmac.new(key, message, hashlib.sha256).digest())
