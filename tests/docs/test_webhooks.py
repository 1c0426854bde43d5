"""The receiver of docs/webhooks.md accepts what is sent, and nothing else; its numbers are those of the code."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from cliprelay.webhooks.payload import LIMIT, body_of
from cliprelay.webhooks.retry_schedule import STEPS
from cliprelay.webhooks.secrets import derive
from cliprelay.webhooks.sender import SECONDS
from cliprelay.webhooks.signing import headers
from tests.support.documents import TEXTS, blocks

WEBHOOKS = TEXTS["docs/webhooks.md"]
KEYS = derive("the master", "acme", 1)

Receive = Callable[[bytes, dict[str, str], str], Any]


@pytest.fixture
def receive() -> Receive:
    (example,) = blocks(WEBHOOKS, "python")
    found: dict[str, Any] = {}
    exec(example, found)  # noqa: S102 - our own document
    function: Receive = found["receive"]
    return function


def test_the_python_example_takes_an_event_and_refuses_a_forged_one(receive: Receive) -> None:
    body = body_of("video.succeeded", "2026-11-22T06:00:00Z", {"id": "vid_1"})
    sent = headers("evt_1", datetime.now(UTC), body, [KEYS])
    assert receive(body, sent, KEYS.shown_secret)["data"] == {"id": "vid_1"}
    assert receive(body.replace(b"vid_1", b"vid_2"), sent, KEYS.shown_secret) is None
    assert receive(body, sent | {"webhook-id": "evt_2"}, KEYS.shown_secret) is None


def test_the_numbers_of_the_page_are_those_of_the_code() -> None:
    assert f"At most {LIMIT:,} bytes" in WEBHOOKS
    assert f"2xx within {SECONDS} seconds" in WEBHOOKS


def test_the_attempts_are_those_of_the_schedule() -> None:
    (listed,) = re.findall(r"ten attempts: at once, then after (.*), each up to a tenth later\. That is (\d+) h (\d+) min\.", WEBHOOKS)
    units = {"s": 1, "min": 60, "h": 3_600}
    waits = [int(number) * units[unit] for number, unit in re.findall(r"(\d+) (min|s|h)", listed[0])]
    assert (0, *waits) == STEPS
    assert int(listed[1]) * 3_600 + int(listed[2]) * 60 == sum(STEPS) // 60 * 60
