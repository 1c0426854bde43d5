"""Every receiver of the table ends its attempt as the table says, and none that did not answer completely is delivered."""

import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from cliprelay.net.guard import Guard
from cliprelay.net.urls import AddressRules
from cliprelay.webhooks.retry_schedule import Ending, Reply, judge
from cliprelay.webhooks.sender import WebhookSender
from tests.contract.receivers.table import COMPLETE, RECEIVERS, At, Receiver
from tests.support.makers import NOW
from tests.support.wire_responses import Exchange

if TYPE_CHECKING:
    from tests.support.loopback import Loopback

Serve = Callable[..., "Loopback"]
# A slow receiver is left this soon; any other is waited for as long as it takes.
MOMENT, AGES = 0.15, 60.0
BODY = b'{"type": "video.succeeded"}'


@contextmanager
def _standing(receiver: Receiver, loopback: Serve) -> Iterator[str]:
    """The URL of the receiver."""
    if receiver.at is At.NAMELESS:
        yield "http://nobody.invalid/"
    elif receiver.at is At.CLOSED:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        yield f"http://127.0.0.1:{port}/"
    else:
        reads = "nothing" if receiver.at is At.TLS else "body"
        server = loopback(lambda connection: receiver.behave(Exchange(connection, b'{"ok": true}')), reads=reads)
        yield server.url.replace("http:", "https:") if receiver.at is At.TLS else server.url


def _attempt(receiver: Receiver, loopback: Serve) -> Reply:
    sender = WebhookSender(Guard(AddressRules.LOOPBACK), lambda: NOW, seconds=lambda: 0.0, limit=MOMENT if receiver.slow else AGES)
    with _standing(receiver, loopback) as url:
        return sender.post(url, BODY, {"webhook-id": "evt_1"})


@pytest.mark.parametrize("receiver", RECEIVERS, ids=lambda receiver: receiver.name)
def test_an_attempt_ends_as_the_table_says(receiver: Receiver, loopback: Serve, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        reply = _attempt(receiver, loopback)
    assert reply == Reply(receiver.status, receiver.error, receiver.retry_after)
    assert (judge(reply, 0, 0).ending is Ending.DELIVERED) is receiver.is_delivered
    assert caplog.records == []


def test_only_complete_answers_are_delivered_and_each_receiver_has_a_name_of_its_own() -> None:
    assert [each.name for each in RECEIVERS if each.is_delivered] == [each.name for each in COMPLETE]
    assert len({each.name for each in RECEIVERS}) == len(RECEIVERS) > 25
