"""The webhook receiver: verifies signatures and prints events."""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from standardwebhooks import Webhook

from local.receiver.command import main
from local.receiver.server import Receiver
from local.receiver.signatures import InvalidSignatureError, Secrets, verify

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
def lines() -> list[str]:
    return []


@pytest.fixture
def start(lines: list[str]) -> Iterator[Start]:
    started: list[Receiver] = []

    def make(secrets: Callable[[bool], Secrets] = lambda refresh: SECRETS, **options: Any) -> Receiver:
        started.append(Receiver(0, secrets, lines.append, **options))
        started[-1].start()
        return started[-1]

    yield make
    for receiver in started:
        receiver.stop()


def _send(receiver: Receiver, body: bytes, headers: dict[str, str]) -> int:
    return requests.post(receiver.url, data=body, headers=headers, timeout=10).status_code


def test_a_signed_event_is_accepted_and_printed_with_its_link(start: Start, lines: list[str]) -> None:
    receiver, body = start(), json.dumps(EVENT).encode()
    assert _send(receiver, body, _signed(body)) == 204
    assert receiver.events == [EVENT]
    assert "evt_1  video.succeeded  v1 and v1a verified" in lines[0]
    assert LINK in lines[1]


@pytest.mark.parametrize("tampered", ["webhook-id", "webhook-timestamp", "webhook-signature", "body"])
def test_a_tampered_event_is_rejected(start: Start, tampered: str) -> None:
    receiver, body = start(), json.dumps(EVENT).encode()
    headers = _signed(body)
    if tampered == "body":
        body = body.replace(b"succeeded", b"failed")
    else:
        headers[tampered] = {"webhook-id": "evt_2", "webhook-timestamp": "1", "webhook-signature": "v1,AAAA"}[tampered]
    assert _send(receiver, body, headers) == 401
    assert receiver.events == []


def test_a_repeated_event_is_marked(start: Start, lines: list[str]) -> None:
    receiver, body = start(), json.dumps(EVENT).encode()
    for _ in range(2):
        _send(receiver, body, _signed(body))
    assert "seen before" in lines[2]


def test_the_first_events_fail_on_request(start: Start) -> None:
    receiver, body = start(failures=3), json.dumps(EVENT).encode()
    assert [_send(receiver, body, _signed(body)) for _ in range(4)] == [503, 503, 503, 204]


def test_an_invalid_signature_fetches_the_secrets_again(start: Start) -> None:
    receiver, body = start(lambda refresh: Secrets((OTHER,)) if refresh else SECRETS), json.dumps(EVENT).encode()
    assert _send(receiver, body, _signed(body, OTHER)) == 204


@pytest.mark.parametrize("body", [b"[]", b"[1]", b"not json"])
def test_a_signed_body_without_an_event_is_rejected(start: Start, body: bytes) -> None:
    assert _send(start(), body, _signed(body)) in (400, 401)


def test_a_body_that_is_too_large_is_rejected(start: Start) -> None:
    assert _send(start(), b"", {"Content-Length": "2000000"}) == 413


def test_the_public_key_verifies_its_own_signature() -> None:
    body = os.urandom(8).hex().encode()
    body = b'"' + body + b'"'
    assert verify(body, _signed(body), SECRETS) == ["v1", "v1a"]
    foreign = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    assert verify(body, _signed(body), Secrets((SECRET,), ("whpk_" + base64.b64encode(foreign).decode(),))) == ["v1"]


def test_without_a_secret_every_event_is_rejected() -> None:
    with pytest.raises(InvalidSignatureError):
        verify(b"{}", _signed(b"{}"), Secrets(()))


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ([], 2),
        (["--secret", "hunter2"], 1),
        (["--secret", "whsec_!"], 1),
        (["--ready-file", "/no/such/ready.json"], 1),
        (["--port", "x"], 2),
    ],
)
def test_an_invalid_command_line_fails_before_listening(arguments: list[str], status: int, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        result = main(arguments)
    except SystemExit as ended:
        result = int(str(ended.code))
    assert result == status
    assert "receiver" in capsys.readouterr().err


def test_the_ready_file_of_a_killed_service_is_refused_with_the_command_that_starts_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    ready = tmp_path / "ready.json"
    ready.write_text(json.dumps({"api": "http://127.0.0.1:1", "api_key": "any", "pid": ended.pid}))
    assert main(["--ready-file", str(ready), "--port", "0"]) == 1
    assert f"{ready} is not the ready file of a running service; start one: `.venv/bin/python -m local serve" in capsys.readouterr().err
