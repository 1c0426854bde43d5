"""Verify ClipRelay's signatures: `v1` with the public library `standardwebhooks`, `v1a` with the public key."""

import base64
import binascii
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks import Webhook, WebhookVerificationError


class InvalidSignatureError(Exception):
    """No known secret matches; the message says why."""


@dataclass(frozen=True)
class Secrets:
    """A sender's `whsec_…` and `whpk_…` values, one of each per valid version."""

    shared: tuple[str, ...]
    public: tuple[str, ...] = ()


def is_secret(value: str) -> bool:
    """Return whether a value has the form of a `whsec_` secret."""
    try:
        return value.startswith("whsec_") and bool(base64.b64decode(value.removeprefix("whsec_"), validate=True))
    except binascii.Error:
        return False


def verify(body: bytes, headers: Mapping[str, str], secrets: Secrets) -> list[str]:
    """Return the valid kinds of signature, `v1` and perhaps `v1a`; raise InvalidSignatureError if `v1` is not valid."""
    errors = []
    for secret in secrets.shared:
        try:
            Webhook(secret).verify(body, dict(headers))
        except WebhookVerificationError as error:
            errors.append(str(error))
        else:
            return ["v1", *(["v1a"] if any(_verify_asymmetric(body, headers, key) for key in secrets.public) else [])]
    raise InvalidSignatureError(errors[0] if errors else "no secret is known")


def _verify_asymmetric(body: bytes, headers: Mapping[str, str], key: str) -> bool:
    """Return whether one of the `v1a` signatures matches the public key."""
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
