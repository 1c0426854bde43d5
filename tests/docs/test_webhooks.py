"""The README's receiver takes what is sent, and nothing else."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cliprelay.webhooks.payload import LIMIT, body_of
from cliprelay.webhooks.secrets import derive
from cliprelay.webhooks.sender import SECONDS
from cliprelay.webhooks.signing import headers

README = Path("README.md").read_text()
KEYS = derive("the master", "acme", 1)

Receive = Callable[[bytes, dict[str, str], str], Any]


@pytest.fixture
def receive() -> Receive:
    (example,) = re.findall(r"^```python\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    names: dict[str, Any] = {}
    exec(example, names)  # noqa: S102 - our own README
    function: Receive = names["receive"]
    return function


def test_the_python_example_takes_an_event_and_refuses_a_forged_one(receive: Receive) -> None:
    body = body_of("video.succeeded", "2026-11-22T06:00:00Z", {"id": "vid_1"})
    sent = headers("evt_1", datetime.now(UTC), body, [KEYS])
    assert receive(body, sent, KEYS.shown_secret)["data"] == {"id": "vid_1"}
    assert receive(body.replace(b"vid_1", b"vid_2"), sent, KEYS.shown_secret) is None
    assert receive(body, sent | {"webhook-id": "evt_2"}, KEYS.shown_secret) is None


def test_the_numbers_of_the_section_are_those_of_the_code() -> None:
    assert f"At most {LIMIT:,} bytes" in README
    assert f"2xx within {SECONDS} seconds" in README
