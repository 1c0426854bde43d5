"""The receiver on this machine: it believes only what is signed, and says what came."""

import base64
import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from standardwebhooks import Webhook

from local.receiver.command import main
from local.receiver.server import Receiver
from local.receiver.signatures import Forged, Secrets, verify

SECRET = "whsec_" + base64.b64encode(bytes(32)).decode()
OTHER = "whsec_" + base64.b64encode(bytes(31) + b"x").decode()
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(32))
PUBLIC = "whpk_" + base64.b64encode(PRIVATE.public_key().public_bytes_raw()).decode()
SECRETS = Secrets((SECRET,), (PUBLIC,))
LINK = "https://api.example.com/v1/links/vid_1.bits"
EVENT = {"type": "video.succeeded", "timestamp": "any", "data": {"id": "vid_1", "video": {"link": LINK}}}

Start = Callable[..., Receiver]


def _signed(body: bytes, secret: str = SECRET, event_id: str = "evt_1") -> dict[str, str]:
    now = datetime.now(UTC)
    stamp = str(int(now.timestamp()))
    asymmetric = base64.b64encode(PRIVATE.sign(f"{event_id}.{stamp}.".encode() + body)).decode()
    signatures = f"{Webhook(secret).sign(event_id, now, body.decode())} v1a,{asymmetric}"
    return {"webhook-id": event_id, "webhook-timestamp": stamp, "webhook-signature": signatures}


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def start(said: list[str]) -> Iterator[Start]:
    started: list[Receiver] = []

    def make(secrets: Callable[[bool], Secrets] = lambda anew: SECRETS, **options: Any) -> Receiver:
        started.append(Receiver(0, secrets, said.append, **options))
        started[-1].start()
        return started[-1]

    yield make
    for receiver in started:
        receiver.stop()


def _send(receiver: Receiver, body: bytes, headers: dict[str, str]) -> int:
    return requests.post(receiver.url, data=body, headers=headers, timeout=10).status_code


def test_an_event_that_is_signed_is_taken_and_shown_with_its_link(start: Start, said: list[str]) -> None:
    receiver, body = start(), json.dumps(EVENT).encode()
    assert _send(receiver, body, _signed(body)) == 204
    assert receiver.events == [EVENT]
    assert "evt_1  video.succeeded  v1 and v1a verified" in said[0]
    assert LINK in said[1]


@pytest.mark.parametrize("spoil", ["webhook-id", "webhook-timestamp", "webhook-signature", "body"])
def test_whatever_was_changed_on_the_way_is_refused(start: Start, spoil: str) -> None:
    receiver, body = start(), json.dumps(EVENT).encode()
    headers = _signed(body)
    if spoil == "body":
        body = body.replace(b"succeeded", b"failed")
    else:
        headers[spoil] = {"webhook-id": "evt_2", "webhook-timestamp": "1", "webhook-signature": "v1,AAAA"}[spoil]
    assert _send(receiver, body, headers) == 401
    assert receiver.events == []


def test_an_event_that_comes_again_is_recognised(start: Start, said: list[str]) -> None:
    receiver, body = start(), json.dumps(EVENT).encode()
    for _ in range(2):
        _send(receiver, body, _signed(body))
    assert "seen before" in said[2]


def test_the_first_events_are_failed_on_purpose_when_asked_to(start: Start) -> None:
    receiver, body = start(failures=3), json.dumps(EVENT).encode()
    assert [_send(receiver, body, _signed(body)) for _ in range(4)] == [503, 503, 503, 204]


def test_secrets_are_asked_for_again_when_a_signature_does_not_hold(start: Start) -> None:
    receiver, body = start(lambda anew: Secrets((OTHER,)) if anew else SECRETS), json.dumps(EVENT).encode()
    assert _send(receiver, body, _signed(body, OTHER)) == 204


@pytest.mark.parametrize("body", [b"[]", b"[1]", b"no json"])
def test_a_signed_body_that_is_no_event_is_refused(start: Start, body: bytes) -> None:
    assert _send(start(), body, _signed(body)) in (400, 401)


def test_a_body_of_any_size_is_not_taken(start: Start) -> None:
    assert _send(start(), b"", {"Content-Length": "2000000"}) == 413


def test_the_public_key_alone_recognises_its_signature() -> None:
    body = os.urandom(8).hex().encode()
    body = b'"' + body + b'"'
    assert verify(body, _signed(body), SECRETS) == ["v1", "v1a"]
    foreign = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    assert verify(body, _signed(body), Secrets((SECRET,), ("whpk_" + base64.b64encode(foreign).decode(),))) == ["v1"]


def test_without_any_secret_nothing_is_believed() -> None:
    with pytest.raises(Forged):
        verify(b"{}", _signed(b"{}"), Secrets(()))


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ([], 2),
        (["--secret", "hunter2"], 1),
        (["--secret", "whsec_!"], 1),
        (["--ready-file", "/nowhere/ready.json"], 1),
        (["--port", "x"], 2),
    ],
)
def test_a_wrong_command_line_is_told_before_anything_listens(given: list[str], status: int, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        result = main(given)
    except SystemExit as ended:
        result = int(str(ended.code))
    assert result == status
    assert "receiver" in capsys.readouterr().err
