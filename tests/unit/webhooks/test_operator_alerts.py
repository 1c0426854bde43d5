"""What the owner of a deployment hears: hosts, ids and codes, what to do next, and never an address."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cliprelay.webhooks.delivery import new_delivery
from cliprelay.webhooks.operator_alerts import OperatorAlerts
from tests.support.delivery_runner import EVENT, URL, Letters, ended_video
from tests.support.makers import NOW, TENANT

HOST = "hooks.example.com"
DELIVERY = replace(
    new_delivery(ended_video(), NOW, timedelta(days=30)).with_attempt(1, HOST, error="timeout").with_attempt(2, HOST, status=410), host=HOST
)


def _alerts() -> tuple[Letters, OperatorAlerts]:
    letters: Any = Letters()
    return letters, OperatorAlerts(letters, "alarms", letters, "undelivered")


@pytest.mark.parametrize(("reason", "words"), [("gone", "answered 410 (gone)"), ("failing", "has accepted no event for five days")])
def test_a_webhook_that_was_given_up_is_named_with_its_tenant_and_the_reason(reason: str, words: str) -> None:
    letters, alerts = _alerts()
    alerts.notify_gone(DELIVERY, reason, for_all=True)
    (message,) = letters.published
    assert (message["TopicArn"], message["Subject"]) == ("alarms", "ClipRelay: a webhook was disabled")
    assert f"The webhook of tenant {TENANT}, at {HOST}, {words}." in message["Message"]
    assert "PUT /v1/webhook" in message["Message"]


def test_a_webhook_that_one_request_named_is_not_for_the_tenant_to_enable() -> None:
    letters, alerts = _alerts()
    alerts.notify_gone(DELIVERY, "gone", for_all=False)
    text = letters.published[0]["Message"]
    assert f"The webhook of the request for {DELIVERY.video_id}, at {HOST}, answered 410 (gone)." in text
    assert "PUT /v1/webhook" not in text


def test_an_event_that_was_not_delivered_says_how_often_it_was_tried_and_how_to_send_it_again() -> None:
    letters, alerts = _alerts()
    alerts.notify_exhausted(DELIVERY)
    text = letters.published[0]["Message"]
    assert f"could not be delivered to {HOST} in 2 attempts over three days" in text
    assert "python -m operate resend" in text


@pytest.mark.parametrize(("changes", "answer"), [({}, "410"), ({"attempts": DELIVERY.attempts[:1]}, "timeout"), ({"attempts": []}, "none")])
def test_every_message_ends_with_the_facts(changes: dict[str, Any], answer: str) -> None:
    letters, alerts = _alerts()
    alerts.notify_exhausted(replace(DELIVERY, **changes))
    facts = [line.split(maxsplit=1) for line in letters.published[0]["Message"].splitlines() if line.startswith("  ")]
    assert facts[:3] == [["Tenant:", TENANT], ["Video:", DELIVERY.video_id], ["Event:", f"{EVENT} (video.succeeded)"]]
    assert facts[3][-1].split()[-1] == answer


def test_an_undeliverable_event_goes_to_the_dead_letter_queue_with_its_attempts() -> None:
    letters, alerts = _alerts()
    alerts.send_to_dead_letter_queue(DELIVERY)
    (sent,) = letters.sent
    assert sent["QueueUrl"] == "undelivered"
    assert json.loads(sent["MessageBody"]) == {
        "delivery": DELIVERY.id,
        "event_id": EVENT,
        "type": "video.succeeded",
        "video_id": DELIVERY.video_id,
        "tenant": TENANT,
        "url_host": HOST,
        "attempts": DELIVERY.attempts,
    }


def test_nothing_that_leaves_holds_the_address() -> None:
    letters, alerts = _alerts()
    alerts.notify_gone(DELIVERY, "gone", for_all=False)
    alerts.notify_exhausted(DELIVERY)
    alerts.send_to_dead_letter_queue(DELIVERY)
    assert URL not in str(letters)
    assert "geheim" not in str(letters)
