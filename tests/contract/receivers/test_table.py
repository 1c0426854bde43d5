"""Every receiver of the table ends its attempt as the table says, and none that did not answer completely is delivered."""

import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from typing import TYPE_CHECKING

import pytest
import requests

from cliprelay.net.guard import Guard
from cliprelay.net.urls import AddressRules
from cliprelay.webhooks.retry_schedule import Ending, Reply, judge
from cliprelay.webhooks.sender import WebhookSender
from tests.contract.receivers.table import COMPLETE, RECEIVERS, At, Receiver
from tests.support.cuts import Cut
from tests.support.makers import NOW
from tests.support.wire_responses import Exchange

if TYPE_CHECKING:
    from tests.support.loopback import Loopback

Serve = Callable[..., "Loopback"]
# Reached by no test: a slow receiver itself lets the time be over, once the client has all that it sent.
AGES = 60.0
BODY = b'{"type": "video.succeeded"}'


class _Watched(Guard):
    """A guard whose sessions set `answered` as soon as they have read the head of an answer."""

    def __init__(self) -> None:
        super().__init__(AddressRules.LOOPBACK)
        self.answered = Event()

    def session(self) -> requests.Session:
        session = super().session()
        session.hooks["response"].append(lambda *_, **__: self.answered.set())
        return session


@contextmanager
def _standing(receiver: Receiver, loopback: Serve, waits: Callable[[], None]) -> Iterator[str]:
    """The URL of the receiver."""
    if receiver.at is At.NAMELESS:
        yield "http://nobody.invalid/"
    elif receiver.at is At.CLOSED:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        yield f"http://127.0.0.1:{port}/"
    else:
        reads = "nothing" if receiver.at is At.TLS else "body"
        server = loopback(lambda connection: receiver.behave(Exchange(connection, b'{"ok": true}', waits=waits)), reads=reads)
        yield server.url.replace("http:", "https:") if receiver.at is At.TLS else server.url


def _attempt(receiver: Receiver, loopback: Serve, cut: Cut) -> Reply:
    guard = _Watched()
    sender = WebhookSender(guard, lambda: NOW, seconds=lambda: 0.0, limit=AGES)
    waits = cut.after(lambda: guard.answered.wait(AGES)) if receiver.status else cut.now
    with _standing(receiver, loopback, waits) as url:
        return sender.post(url, BODY, {"webhook-id": "evt_1"})


@pytest.mark.parametrize("receiver", RECEIVERS, ids=lambda receiver: receiver.name)
def test_an_attempt_ends_as_the_table_says(receiver: Receiver, loopback: Serve, cut: Cut, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        reply = _attempt(receiver, loopback, cut)
    assert reply == Reply(receiver.status, receiver.error, receiver.retry_after)
    assert (judge(reply, 0, 0).ending is Ending.DELIVERED) is receiver.is_delivered
    assert caplog.records == []


def test_only_complete_answers_are_delivered_and_each_receiver_has_a_name_of_its_own() -> None:
    assert [each.name for each in RECEIVERS if each.is_delivered] == [each.name for each in COMPLETE]
    assert len({each.name for each in RECEIVERS}) == len(RECEIVERS) > 25
