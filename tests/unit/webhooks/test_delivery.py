"""The record of a delivery: named by its event and number, kept as long as its video, with the last fifty attempts."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest

from cliprelay.video.states import Status
from cliprelay.webhooks.delivery import KEPT_ATTEMPTS, Delivery, DeliveryStatus, delivery_id, new_delivery
from cliprelay.webhooks.retry_schedule import Ending
from tests.support.delivery_runner import EVENT, URL, ended_video
from tests.support.makers import NOW, any_video

RETENTION = timedelta(days=30)


def _delivery(**changes: Any) -> Delivery:
    return new_delivery(ended_video(**changes), NOW, RETENTION)


def test_a_new_delivery_is_the_videos_event_that_nobody_has_tried_yet() -> None:
    delivery = _delivery()
    assert (delivery.id, delivery.event_id, delivery.number, delivery.kind) == (f"{EVENT}-1", EVENT, 1, "video.succeeded")
    assert (delivery.event_at, delivery.created_at) == ("2026-11-22T06:01:00Z", "2026-11-22T06:00:00Z")
    assert (delivery.is_pending, delivery.attempts, delivery.begun, delivery.answered) == (True, [], 0, 0)


def test_a_delivery_is_kept_as_long_as_its_video() -> None:
    ended, unconfirmed = ended_video(), any_video(status=Status.UNCONFIRMED, event_id=EVENT)
    assert new_delivery(ended, NOW, RETENTION).expires_at == ended.expires_at
    assert new_delivery(unconfirmed, NOW, RETENTION).expires_at == unconfirmed.deadline + 30 * 86_400


def test_a_record_holds_no_address() -> None:
    assert URL not in str(asdict(_delivery()))


@pytest.mark.parametrize("ending", [None, *Ending])
@pytest.mark.parametrize("status", DeliveryStatus)
def test_a_record_is_read_back_as_it_was_also_by_a_version_that_knows_less(status: DeliveryStatus, ending: Ending | None) -> None:
    item = asdict(_delivery()) | {"status": status.value, "ending": ending and ending.value, "later": 1}
    read = Delivery.from_item(item)
    assert (read.status, read.ending, read.is_pending) == (status, ending, status is DeliveryStatus.PENDING)
    assert isinstance(read.status, DeliveryStatus)
    assert ending is None or isinstance(read.ending, Ending)


def test_an_attempt_is_logged_with_what_is_known_of_it() -> None:
    logged = _delivery().with_attempt(7, "hooks.example.com", status=500, error=None, ms=40)
    assert logged.attempts == [{"at": 7, "host": "hooks.example.com", "status": 500, "ms": 40}]


def test_the_log_keeps_the_last_attempts() -> None:
    delivery = _delivery()
    for at in range(KEPT_ATTEMPTS + 3):
        delivery = delivery.with_attempt(at, None)
    assert [each["at"] for each in delivery.attempts] == list(range(3, KEPT_ATTEMPTS + 3))


def test_another_number_is_another_name_of_the_same_event() -> None:
    renumbered = _delivery().renumbered(12)
    assert (renumbered.id, renumbered.number, renumbered.event_id) == (delivery_id(EVENT, 12), 12, EVENT)


def test_an_earlier_event_begins_afresh_with_its_own_type_and_time() -> None:
    earlier = _delivery().with_attempt(7, None)
    draft = new_delivery(ended_video(event_id="evt_later", event_at="2026-11-23T06:00:00Z", status=Status.FAILED), NOW, RETENTION, number=4)
    fresh = earlier.afresh(draft)
    assert (fresh.id, fresh.kind, fresh.event_at, fresh.attempts) == (f"{EVENT}-4", "video.succeeded", "2026-11-22T06:01:00Z", [])
