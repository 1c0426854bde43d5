"""Secrets of a receiver: what can be one, and that any valid one is enough."""

import base64
from datetime import UTC, datetime

import pytest

from cliprelay.webhooks.secrets import derive
from cliprelay.webhooks.signing import headers
from local.receiver.signatures import InvalidSignatureError, Secrets, is_secret, verify

OLD, NEW, OTHER = (derive("the master", "acme", version) for version in (1, 2, 3))
BODY = b'{"type": "video.succeeded"}'


@pytest.mark.parametrize(
    ("value", "is_one"),
    [(OLD.shown_secret, True), (OLD.shown_public, False), ("whsec_", False), ("whsec_!", False), ("hunter2", False)],
)
def test_a_secret_is_its_prefix_and_base64(value: str, is_one: bool) -> None:
    assert is_secret(value) is is_one


def test_what_the_product_signs_is_verified_by_both_kinds() -> None:
    sent = headers("evt_1", datetime.now(UTC), BODY, [NEW, OLD])
    for pair in (OLD, NEW):
        assert verify(BODY, sent, Secrets((OTHER.shown_secret, pair.shown_secret), (pair.shown_public,))) == ["v1", "v1a"]


def test_the_shared_secret_decides_and_the_public_key_is_said_only_where_it_holds() -> None:
    sent = headers("evt_1", datetime.now(UTC), BODY, [OLD])
    assert verify(BODY, sent, Secrets((OLD.shown_secret,), (OTHER.shown_public,))) == ["v1"]
    assert verify(BODY, sent, Secrets((OLD.shown_secret,))) == ["v1"]
    with pytest.raises(InvalidSignatureError):
        verify(BODY, sent, Secrets((OTHER.shown_secret,), (OLD.shown_public,)))


def test_a_public_key_that_holds_for_another_body_is_not_said() -> None:
    sent = headers("evt_1", datetime.now(UTC), BODY, [OLD])
    broken = sent | {"webhook-signature": sent["webhook-signature"].split()[0] + " v1a," + base64.b64encode(bytes(64)).decode()}
    assert verify(BODY, broken, Secrets((OLD.shown_secret,), (OLD.shown_public,))) == ["v1"]
