"""Records of deliveries: begun once, each attempt written down before and after, and found when nobody carries them."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from cliprelay.webhooks.delivery import Delivery, DeliveryStatus, new_delivery
from cliprelay.webhooks.retry_schedule import Ending, Reply, RetryDecision
from cliprelay.webhooks.table import MARGIN, STATUS_OF, STUCK, STUCK_AFTER, due_key
from tests.support.delivery_runner import EVENT, ended_video
from tests.support.makers import NOW

if TYPE_CHECKING:
    from tests.support.world import World

EPOCH, HOST, IN_A_WHILE = int(NOW.timestamp()), "hooks.example.com", int((NOW + MARGIN).timestamp())


def _begun(world: "World") -> Delivery:
    world.deliveries.begin(new_delivery(ended_video(), NOW, timedelta(days=30)), NOW)
    return _read(world)


def _read(world: "World", number: int = 1) -> Delivery:
    delivery = world.deliveries.get(f"{EVENT}-{number}")
    assert delivery is not None
    return delivery


def _opened(world: "World") -> Delivery:
    opened = world.deliveries.open_attempt(_begun(world), NOW, HOST)
    assert opened is not None
    return opened


def test_a_delivery_begins_once_and_is_looked_at_later(world: "World") -> None:
    assert _begun(world).due_at == IN_A_WHILE
    assert world.deliveries.begin(new_delivery(ended_video(), NOW, timedelta(days=30)), NOW) is False
    assert world.deliveries.get("evt_other-1") is None


def test_an_attempt_is_written_down_before_it_is_made(world: "World") -> None:
    assert _opened(world) == _read(world)
    assert (_read(world).begun, _read(world).begun_at, _read(world).host) == (1, EPOCH, HOST)


def test_of_two_that_begin_the_same_attempt_one_may(world: "World") -> None:
    begun = _begun(world)
    assert world.deliveries.open_attempt(begun, NOW, HOST) is not None
    assert world.deliveries.open_attempt(begun, NOW, HOST) is None


def test_an_attempt_that_never_ended_is_logged_as_interrupted_by_the_next(world: "World") -> None:
    again = world.deliveries.open_attempt(_opened(world), NOW + timedelta(seconds=90), "new.example.com")
    assert again is not None
    assert (again.attempts, again.begun) == ([{"at": EPOCH, "host": HOST, "error": "interrupted"}], 2)


def test_a_failed_attempt_is_counted_and_says_when_the_next_is_due(world: "World") -> None:
    closed = world.deliveries.close_attempt(_opened(world), NOW, Reply(500, ms=40), RetryDecision(wait=300))
    assert closed == _read(world)
    assert closed is not None
    assert closed.attempts == [{"at": EPOCH, "host": HOST, "status": 500, "ms": 40}]
    assert (closed.failures, closed.answered, closed.begun_at, closed.next_at, closed.due_at) == (1, 1, None, EPOCH + 300, IN_A_WHILE + 300)


def test_a_delivered_event_is_over_and_in_nobodys_queue(world: "World") -> None:
    closed = world.deliveries.close_attempt(_opened(world), NOW, Reply(200, ms=40), RetryDecision(Ending.DELIVERED))
    assert closed == _read(world)
    assert closed is not None
    assert (closed.status, closed.failures, closed.due, closed.due_at) == (DeliveryStatus.DELIVERED, 0, None, None)
    assert list(world.deliveries.due(due_key(f"{EVENT}-1"), NOW + timedelta(days=9))) == []


def test_an_attempt_is_closed_once(world: "World") -> None:
    opened = _opened(world)
    assert world.deliveries.close_attempt(opened, NOW, Reply(500), RetryDecision(wait=5)) is not None
    assert world.deliveries.close_attempt(opened, NOW, Reply(200), RetryDecision(Ending.DELIVERED)) is None
    assert _read(world).status is DeliveryStatus.PENDING


@pytest.mark.parametrize("ending", Ending)
def test_every_ending_takes_a_delivery_out_of_the_queue(world: "World", ending: Ending) -> None:
    world.deliveries.end(_opened(world), ending)
    over = _read(world)
    assert (over.status, over.ending, over.begun_at, over.next_at, over.due) == (STATUS_OF[ending], ending, None, None, None)
    assert over.is_pending is False


def test_a_lost_delivery_goes_on_once_under_another_name_with_its_attempts(world: "World") -> None:
    failed = world.deliveries.close_attempt(_opened(world), NOW, Reply(500), RetryDecision(wait=5))
    assert failed is not None
    successor = world.deliveries.carry_on(failed, 2, NOW)
    assert successor == _read(world, 2)
    assert successor is not None
    assert (successor.attempts, successor.failures, successor.begun, successor.answered) == (failed.attempts, 1, 0, 0)
    assert (_read(world).status, _read(world).attempts, _read(world).due) == (DeliveryStatus.CONTINUED, [], None)
    assert world.deliveries.carry_on(failed, 3, NOW) is None
    assert world.deliveries.get(f"{EVENT}-3") is None


def test_a_delivery_is_due_when_its_time_has_come(world: "World") -> None:
    _begun(world)
    assert list(world.deliveries.due(due_key(f"{EVENT}-1"), NOW + MARGIN - timedelta(seconds=1))) == []
    assert list(world.deliveries.due(due_key(f"{EVENT}-1"), NOW + MARGIN)) == [f"{EVENT}-1"]


def test_a_delivery_whose_execution_lives_is_put_off_and_counts_from_when_it_was_due(world: "World") -> None:
    world.deliveries.note_failing(_begun(world), NOW + MARGIN)
    assert (_read(world).due_at, _read(world).failing_since, _read(world).due) == (IN_A_WHILE + 600, EPOCH, due_key(f"{EVENT}-1"))


def test_a_delivery_that_fails_for_an_hour_is_stuck_until_an_attempt_comes_to_its_end(world: "World") -> None:
    world.deliveries.note_failing(_opened(world), NOW + STUCK_AFTER)
    assert (world.deliveries.stuck(), _read(world).due) == ([f"{EVENT}-1"], STUCK)
    assert list(world.deliveries.due(STUCK, NOW + timedelta(days=1))) == [f"{EVENT}-1"]
    closed = world.deliveries.close_attempt(_read(world), NOW, Reply(500), RetryDecision(wait=5))
    assert closed == _read(world)
    assert (world.deliveries.stuck(), _read(world).due, _read(world).failing_since) == ([], due_key(f"{EVENT}-1"), None)


def test_attempts_that_never_come_to_their_end_do_not_put_the_sweep_off(world: "World") -> None:
    delivery = _opened(world)
    for minute in range(1, 30):
        again = world.deliveries.open_attempt(delivery, NOW + timedelta(minutes=minute), HOST)
        assert again is not None
        delivery = again
    assert delivery == _read(world)
    assert _read(world).due_at == IN_A_WHILE


def test_the_deliveries_of_a_video_are_listed_the_newest_first_by_number(world: "World") -> None:
    for number in (1, 2, 10):
        world.deliveries.begin(new_delivery(ended_video(), NOW, timedelta(days=30), number), NOW)
    world.deliveries.begin(new_delivery(ended_video(id="vid_" + "A" * 26, event_id="evt_other"), NOW, timedelta(days=30)), NOW)
    assert [each.number for each in world.deliveries.of_video(ended_video().id)] == [10, 2, 1]
