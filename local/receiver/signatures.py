"""Whether a POST is ClipRelay's: `v1` is judged by the public library `standardwebhooks`, `v1a` with its public key alone."""

import base64
import binascii
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks import Webhook, WebhookVerificationError


class Forged(Exception):
    """Not signed with a secret that is known here; the text says what was wrong."""


@dataclass(frozen=True)
class Secrets:
    """What a receiver knows of its sender: `whsec_…` values and `whpk_…` values, one of each per valid version."""

    shared: tuple[str, ...]
    public: tuple[str, ...] = ()


def is_secret(value: str) -> bool:
    """Whether a value can be a `whsec_` secret."""
    try:
        return value.startswith("whsec_") and bool(base64.b64decode(value.removeprefix("whsec_"), validate=True))
    except binascii.Error:
        return False


def verify(body: bytes, headers: Mapping[str, str], secrets: Secrets) -> list[str]:
    """The kinds of signature that hold, `v1` and perhaps `v1a`; raises Forged when `v1` does not."""
    complaints = []
    for secret in secrets.shared:
        try:
            Webhook(secret).verify(body, dict(headers))
        except WebhookVerificationError as refusal:
            complaints.append(str(refusal))
        else:
            return ["v1", *(["v1a"] if any(_holds(body, headers, key) for key in secrets.public) else [])]
    raise Forged(complaints[0] if complaints else "no secret is known")


def _holds(body: bytes, headers: Mapping[str, str], key: str) -> bool:
    """Whether one of the `v1a` signatures was made by the private half of `key`."""
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key.removeprefix("whpk_")))
    for signature in _asymmetric(headers["webhook-signature"].split()):
        try:
            public.verify(base64.b64decode(signature), signed)
        except (InvalidSignature, binascii.Error):
            continue
        return True
    return False


def _asymmetric(signatures: Iterable[str]) -> list[str]:
    return [value.removeprefix("v1a,") for value in signatures if value.startswith("v1a,")]
