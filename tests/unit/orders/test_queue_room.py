"""A tenant's queue is counted at most once in a while, and never so seldom that sandboxes together could overfill it."""

from datetime import UTC, datetime, timedelta

import pytest

from cliprelay.orders.queue_room import FRESH, SHARE, QueueRoom

NOW = datetime(2026, 11, 26, tzinfo=UTC)


class Table:
    """A queue that tells its length, and how often it was asked."""

    def __init__(self, queued: int = 0) -> None:
        self.queued, self.asked = queued, 0

    def count(self, tenant: str, limit: int) -> int:
        self.asked += 1
        return min(self.queued, limit)


def _accept(room: QueueRoom, table: Table, times: int, now: datetime = NOW, tenant: str = "acme") -> int:
    """Accept as many as there is room for; return how many."""
    for accepted in range(times):
        if room.is_full(tenant, now, table.count):
            return accepted
        room.note_accepted(tenant)
        table.queued += 1
    return times


def test_a_count_serves_for_a_hundredth_of_the_room_that_it_found() -> None:
    room, table = QueueRoom(1_000), Table(queued=500)
    assert _accept(room, table, 5) == 5
    assert table.asked == 1
    assert _accept(room, table, 1) == 1
    assert table.asked == 2


@pytest.mark.parametrize("limit", [1, 50, 99])
def test_a_small_room_is_counted_at_every_order(limit: int) -> None:
    room, table = QueueRoom(limit), Table()
    assert _accept(room, table, limit + 5) == limit
    assert table.asked == limit + 1


def test_a_full_queue_is_counted_at_every_order_so_that_a_freed_place_is_seen_at_once() -> None:
    room, table = QueueRoom(1_000), Table(queued=1_000)
    assert room.is_full("acme", NOW, table.count)
    table.queued = 999
    assert not room.is_full("acme", NOW, table.count)


def _counted(sandboxes: int, limit: int, table: Table) -> list[QueueRoom]:
    """Return sandboxes that have all counted the same queue."""
    rooms = [QueueRoom(limit) for _ in range(sandboxes)]
    assert not any(room.is_full("acme", NOW, table.count) for room in rooms)
    return rooms


def test_a_hundred_sandboxes_that_counted_at_once_stay_within_the_limit_together() -> None:
    table = Table(queued=9_000)
    for room in _counted(SHARE, 10_000, table):
        assert _accept(room, table, 10) == 10
    assert (table.queued, table.asked) == (10_000, SHARE)


def test_each_further_sandbox_exceeds_the_limit_by_a_hundredth_of_the_room_at_most() -> None:
    limit, table = 10_000, Table(queued=9_000)
    first, *others = _counted(7, limit, table)
    _accept(first, table, limit)
    assert table.queued == limit
    assert [_accept(room, table, limit) for room in others] == [10] * 6


@pytest.mark.parametrize(("age", "asked"), [(FRESH - timedelta(seconds=1), 1), (FRESH, 2), (timedelta(seconds=-1), 2)])
def test_a_count_is_used_for_a_minute_and_not_after_a_clock_was_set_back(age: timedelta, asked: int) -> None:
    room, table = QueueRoom(10_000), Table()
    _accept(room, table, 1)
    _accept(room, table, 1, NOW + age)
    assert table.asked == asked


def test_each_tenant_has_a_room_of_its_own() -> None:
    room, full, empty = QueueRoom(1_000), Table(queued=1_000), Table()
    assert room.is_full("acme", NOW, full.count)
    assert not room.is_full("globex", NOW, empty.count)
    assert (full.asked, empty.asked) == (1, 1)


def test_orders_that_fail_take_no_room() -> None:
    room, table = QueueRoom(1_000), Table(queued=900)
    for _ in range(20):
        assert not room.is_full("acme", NOW, table.count)
    assert table.asked == 1
