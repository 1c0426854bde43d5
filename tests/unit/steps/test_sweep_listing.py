"""The sweep sees that every record is listed by its state: after an upgrade, after a rollback, and beside moves."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from cliprelay.steps.sweep import Sweeper
from cliprelay.steps.sweep_listing import AFTER, GAP, OUTLIVED, PAGE, PAGES, SEEN_AT, ListingSweeper
from cliprelay.video.listing import LISTED_AT, SWEEP, listing_of
from cliprelay.video.states import Status
from tests.support.makers import GRACE, TENANT, Meddled, any_video

if TYPE_CHECKING:
    from tests.support.world import World

MINUTE = 60.0


def _id(number: int) -> str:
    return f"vid_{number:026d}"


def _tick(world: "World", videos: Any = None) -> dict[str, Any]:
    """Sweep a minute later; return the item with the sweep's notes."""
    world.clock.advance(MINUTE)
    parts = (
        world.executions,
        world.clock,
        GRACE,
        lambda name, value: None,
        world.delivery_sweeper(),
        world.sweep_lease(),
        world.eraser(),
        world.budget_sweeper(),
    )
    Sweeper(videos or world.videos, world.controls, *parts).tick(None)
    return world.item(SWEEP)


def _old(world: "World", number: int, **changes: Any) -> None:
    """A record of an earlier version."""
    world.put(any_video(id=_id(number), status=Status.SUCCEEDED, **changes))
    world.change(_id(number), listing=None)


def _listed(world: "World") -> list[str]:
    page, after = world.videos_over(world.dynamodb).page(TENANT, after=None, newest_first=False, limit=90, status=Status.SUCCEEDED)
    assert after is None
    return [video.id for video in page]


def _settle(world: "World") -> dict[str, Any]:
    notes: dict[str, Any] = {}
    for _ in range(int(OUTLIVED.total_seconds() / MINUTE) + 1):
        notes = _tick(world)
    return notes


def test_a_fresh_table_is_complete_at_its_first_tick(world: "World") -> None:
    assert LISTED_AT in _tick(world)
    assert LISTED_AT in _tick(world)


def test_so_is_one_whose_first_videos_came_before_the_first_tick(world: "World") -> None:
    world.put(any_video())
    assert LISTED_AT in _tick(world)


def test_records_of_an_earlier_version_are_rewritten_once_its_functions_have_ended(world: "World") -> None:
    for number in range(5):
        _old(world, number)
    assert LISTED_AT not in _tick(world)
    for _ in range(int(OUTLIVED.total_seconds() / MINUTE) - 1):
        assert LISTED_AT not in _tick(world)
    assert all("listing" not in world.item(_id(number)) for number in range(5))
    assert LISTED_AT in _tick(world)
    assert [world.item(_id(number))["listing"] for number in range(5)] == [listing_of(TENANT, Status.SUCCEEDED, _id(n)) for n in range(5)]


def test_a_list_is_whole_before_while_and_after_the_records_are_rewritten(world: "World") -> None:
    for number in range(5):
        _old(world, number)
    for _ in range(int(OUTLIVED.total_seconds() / MINUTE) + 2):
        assert _listed(world) == [_id(number) for number in range(5)]
        _tick(world)


def test_a_rewrite_changes_nothing_but_the_listing(world: "World") -> None:
    _old(world, 1, due_at=7, metadata={"order": "42"})
    before = world.item(_id(1))
    _settle(world)
    assert world.item(_id(1)) == before | {"listing": listing_of(TENANT, Status.SUCCEEDED, _id(1))}


def test_a_rewrite_loses_against_a_move_since_it_read_the_record(world: "World") -> None:
    world.put(any_video(id=_id(1), status=Status.QUEUED))
    world.change(_id(1), listing=None)
    (read,), _ = world.videos.unlisted(None, PAGE)
    world.videos.move(world.read(_id(1)), Status.CANCELED, world.clock())
    moved = world.item(_id(1))
    assert not world.videos.list_anew(read)
    assert world.item(_id(1)) == moved
    assert moved["listing"] == listing_of(TENANT, Status.CANCELED, _id(1))


def test_a_record_that_is_gone_is_not_written_again(world: "World") -> None:
    _old(world, 1)
    (read,), _ = world.videos.unlisted(None, PAGE)
    world.dynamodb.delete_item(TableName=world.videos_table, Key={"id": {"S": _id(1)}})
    assert not world.videos.list_anew(read)
    assert world.item(_id(1)) == {}


def test_after_a_rollback_the_records_are_looked_at_again(world: "World") -> None:
    world.put(any_video(id=_id(1), status=Status.ARCHIVING))
    assert LISTED_AT in _tick(world)
    # An earlier version moves the record and knows no listing; its sweeps write no notes.
    world.change(_id(1), status="succeeded")
    world.clock.advance(GAP.total_seconds())
    assert LISTED_AT not in _tick(world)
    assert _listed(world) == [_id(1)]
    assert LISTED_AT in _settle(world)
    assert _listed(world) == [_id(1)]


def test_a_large_table_is_gone_through_in_several_ticks(world: "World", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cliprelay.steps.sweep_listing.PAGE", 2)
    for number in range(PAGES * 2 + 3):
        _old(world, number)
    notes = _settle(world)
    assert (notes[AFTER], LISTED_AT in notes) == (_id(PAGES * 2 - 2), False)  # the item of the sweep is read as well
    notes = _tick(world)
    assert (AFTER in notes, LISTED_AT in notes) == (False, True)
    assert all("listing" in world.item(_id(number)) for number in range(PAGES * 2 + 3))


def test_a_slow_table_does_not_hold_up_the_next_sweep(world: "World") -> None:
    def slow(real: Any, **request: Any) -> Any:
        world.clock.advance(15)
        return real(**request)

    for number in range(5):
        _old(world, number)
    videos = world.videos_over(Meddled(world.dynamodb, update_item=slow))
    notes = {"listing_since": 0, SEEN_AT: int(world.clock().timestamp())}
    found = ListingSweeper(videos, world.clock).go_on(notes)
    assert (found[AFTER], found[LISTED_AT]) == (_id(1), None)


def test_a_complete_table_costs_no_call(world: "World") -> None:
    def refuse(real: Any, **request: Any) -> Any:
        raise AssertionError("the table is complete")

    _tick(world)
    assert LISTED_AT in _tick(world, world.videos_over(Meddled(world.dynamodb, scan=refuse)))


def test_a_sweep_does_not_fail_with_its_lists(world: "World") -> None:
    def fail(real: Any, **request: Any) -> Any:
        raise ConnectionError

    _old(world, 1)
    notes = _tick(world, world.videos_over(Meddled(world.dynamodb, scan=fail)))
    assert "held_until" not in notes
    assert LISTED_AT not in notes


def test_ticks_a_minute_apart_show_no_gap() -> None:
    assert timedelta(minutes=2) < GAP < OUTLIVED
