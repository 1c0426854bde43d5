"""Signatures that the public libraries verify, and secrets of which no tenant, version or kind has another's."""

import base64
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks import Webhook, WebhookVerificationError

from cliprelay.webhooks.secrets import derive
from cliprelay.webhooks.signing import KeyPair, headers

# What the project Standard Webhooks tests its own libraries with.
VECTOR_ID, VECTOR_TIME, VECTOR_BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, b'{"test": 2432232314}'
VECTOR_KEYS = KeyPair(
    secret=base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), seed=base64.b64decode("VEVTVFNJR05JTkdLRVlET05PVFVTRVRISVNGT1JBTlk=")
)
VECTOR_V1 = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
VECTOR_V1A = "v1a,tQ9V2XOqn7jL/DQenEFpqIugdBVtiMmER5mhSkXBNwM0mkATuDe6KYYUuxqtaiHeYGb7KaaBRdM5WqyeFiL8Ag=="

KEYS = derive("the master", "acme", 1)
BODY = '{"type":"video.succeeded","data":{"prompt":"Wellen 🌊"}}'.encode()

Verify = Callable[[KeyPair, bytes, Mapping[str, str]], object]


def _v1(pair: KeyPair, body: bytes, sent: Mapping[str, str]) -> object:
    return Webhook(pair.shown_secret).verify(body, dict(sent))


def _v1a(pair: KeyPair, body: bytes, sent: Mapping[str, str]) -> object:
    """As the specification says, with the public key alone."""
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(pair.shown_public.removeprefix("whpk_")))
    message = f"{sent['webhook-id']}.{sent['webhook-timestamp']}.".encode() + body
    for signature in sent["webhook-signature"].split(" "):
        version, _, text = signature.partition(",")
        if version == "v1a":
            try:
                return public.verify(base64.b64decode(text), message)
            except InvalidSignature:
                continue
    raise InvalidSignature


VERIFIERS = pytest.mark.parametrize("verify", [_v1, _v1a])
REFUSALS = (WebhookVerificationError, InvalidSignature)


def _now() -> datetime:
    # The libraries compare with the real time.
    return datetime.now(UTC)


def test_the_vectors_of_the_specification_come_out() -> None:
    moment = datetime.fromtimestamp(VECTOR_TIME, UTC)
    assert headers(VECTOR_ID, moment, VECTOR_BODY, [VECTOR_KEYS]) == {
        "webhook-id": VECTOR_ID,
        "webhook-timestamp": str(VECTOR_TIME),
        "webhook-signature": f"{VECTOR_V1} {VECTOR_V1A}",
    }


@VERIFIERS
def test_what_is_sent_verifies(verify: Verify) -> None:
    verify(KEYS, BODY, headers("evt_1", _now(), BODY, [KEYS]))


@VERIFIERS
@pytest.mark.parametrize("tampered", ["id", "time", "body", "signature"])
def test_what_was_tampered_with_does_not_verify(verify: Verify, tampered: str) -> None:
    sent, body = headers("evt_1", _now(), BODY, [KEYS]), BODY
    changes: dict[str, dict[str, Any]] = {
        "id": {"webhook-id": "evt_2"},
        "time": {"webhook-timestamp": str(int(sent["webhook-timestamp"]) + 1)},
        "body": {},
        "signature": {"webhook-signature": headers("evt_2", _now(), BODY, [KEYS])["webhook-signature"]},
    }
    if tampered == "body":
        body = BODY.replace(b"succeeded", b"failed")
    with pytest.raises(REFUSALS):
        verify(KEYS, body, sent | changes[tampered])


@VERIFIERS
def test_while_secrets_are_rotated_a_receiver_needs_only_one_of_them(verify: Verify) -> None:
    old, new, other = (derive("the master", "acme", version) for version in (1, 2, 3))
    sent = headers("evt_1", _now(), BODY, [new, old])
    verify(old, BODY, sent)
    verify(new, BODY, sent)
    with pytest.raises(REFUSALS):
        verify(other, BODY, sent)


@VERIFIERS
def test_a_tenants_secret_verifies_nothing_of_another_tenant(verify: Verify) -> None:
    with pytest.raises(REFUSALS):
        verify(derive("the master", "other", 1), BODY, headers("evt_1", _now(), BODY, [KEYS]))


def test_keys_have_the_forms_of_the_specification_and_never_show_themselves() -> None:
    forms = {"whsec_": VECTOR_KEYS.shown_secret, "whsk_": VECTOR_KEYS.shown_private, "whpk_": VECTOR_KEYS.shown_public}
    assert all(text.startswith(prefix) for prefix, text in forms.items())
    assert VECTOR_KEYS.shown_private == "whsk_VEVTVFNJR05JTkdLRVlET05PVFVTRVRISVNGT1JBTlk="  # example
    assert not any(text.partition("_")[2] in repr(VECTOR_KEYS) for text in forms.values())
    assert str(VECTOR_KEYS.secret) not in repr(VECTOR_KEYS)
