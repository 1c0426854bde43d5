"""A webhook is believed if its signature is made with the secret, and is new."""

import json
from base64 import b64encode
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook

from cliprelay_client import InvalidSignature, UsageError, webhooks

SECRET = f"whsec_{b64encode(bytes(range(32))).decode()}"
NOW = datetime(2026, 11, 27, tzinfo=UTC)
BODY = json.dumps({"type": "video.succeeded", "data": {"id": "vid_1"}})


def signed(secret: str = SECRET, moment: datetime = NOW) -> dict[str, str]:
    signature = Webhook(secret).sign("evt_1", moment, BODY)
    return {"Webhook-Id": "evt_1", "Webhook-Timestamp": str(int(moment.timestamp())), "Webhook-Signature": f"v1a,any {signature}"}


def test_what_the_public_library_signs_is_verified() -> None:
    assert webhooks.verify(BODY.encode(), signed(), SECRET, now=NOW.timestamp())["data"] == {"id": "vid_1"}


def test_each_of_two_secrets_verifies_during_a_rotation() -> None:
    other = f"whsec_{b64encode(bytes(32)).decode()}"
    assert webhooks.verify(BODY, signed(other), [SECRET, other], now=NOW.timestamp())


@pytest.mark.parametrize(
    "change",
    [
        {"Webhook-Signature": "v1,AAAA"},
        {"Webhook-Signature": ""},
        {"Webhook-Id": "evt_2"},
        {"Webhook-Timestamp": "soon"},
        {"Webhook-Timestamp": str(int(NOW.timestamp()) - 301)},
        {"Webhook-Timestamp": str(int(NOW.timestamp()) + 301)},
    ],
)
def test_anything_changed_is_not_believed(change: dict[str, str]) -> None:
    with pytest.raises(InvalidSignature):
        webhooks.verify(BODY, {**signed(), **change}, SECRET, now=NOW.timestamp())
    with pytest.raises(InvalidSignature):
        webhooks.verify(BODY + " ", signed(), SECRET, now=NOW.timestamp())


def test_a_secret_that_is_none_is_said() -> None:
    with pytest.raises(UsageError, match="whsec_"):
        webhooks.verify(BODY, signed(), "whpk_!", now=NOW.timestamp())


@pytest.mark.parametrize("late", [-301, 301])
def test_a_genuine_post_is_refused_at_another_time(late: int) -> None:
    with pytest.raises(InvalidSignature, match="five minutes"):
        webhooks.verify(BODY, signed(), SECRET, now=NOW.timestamp() + late)
