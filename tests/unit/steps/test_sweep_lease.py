"""The lease lets one scheduled sweep work at a time, and none repeat a tick that a later one has made up for."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cliprelay.admission.table import CONTROLS
from cliprelay.steps.sweep_lease import LEASE, SweepLease
from cliprelay.video.listing import SWEEP
from tests.support.makers import NOW, Meddled, twice

if TYPE_CHECKING:
    from tests.support.world import World

TICK, NEXT_TICK = "2026-11-22T06:00:00Z", "2026-11-22T06:01:00Z"


def _over(world: "World", client: Any) -> SweepLease:
    return SweepLease(client, world.videos_table, lambda: "mine")


def test_of_two_sweeps_at_once_one_works(world: "World") -> None:
    first, second = world.sweep_lease(), world.sweep_lease()
    assert (first.take(TICK, NOW), second.take(NEXT_TICK, NOW + timedelta(seconds=40))) == (True, False)
    first.release()
    assert second.take(NEXT_TICK, NOW + timedelta(seconds=40))


def test_a_holder_that_died_does_not_stop_the_next_tick(world: "World") -> None:
    assert world.sweep_lease().take(TICK, NOW)
    assert not world.sweep_lease().take(NEXT_TICK, NOW + LEASE - timedelta(seconds=1))
    assert world.sweep_lease().take(NEXT_TICK, NOW + LEASE)
    assert timedelta(minutes=1) > LEASE


def test_a_sweep_extends_its_lease_as_it_goes_and_never_that_of_another(world: "World") -> None:
    first, second = world.sweep_lease(), world.sweep_lease()
    assert first.take(TICK, NOW)
    for seconds in (19, 38, 57, 76):
        first.extend(NOW + timedelta(seconds=seconds))
    assert world.item(SWEEP)["held_until"] == int((NOW + timedelta(seconds=76) + LEASE).timestamp())
    later = NOW + timedelta(seconds=76) + LEASE
    assert not second.take(NEXT_TICK, later - timedelta(seconds=1))
    assert second.take(NEXT_TICK, later)
    first.extend(later + timedelta(minutes=1))
    assert world.item(SWEEP)["held_until"] == int((later + LEASE).timestamp())


def test_a_lease_that_was_never_taken_is_not_extended(world: "World") -> None:
    world.sweep_lease().extend(NOW)
    assert world.item(SWEEP) == {}


def test_a_tick_repeated_after_an_error_is_left_to_the_later_one_that_has_begun(world: "World") -> None:
    for tick, is_taken in ((TICK, True), (NEXT_TICK, True), (TICK, False)):
        lease = world.sweep_lease()
        assert lease.take(tick, NOW) is is_taken
        lease.release()


def test_a_tick_that_comes_late_is_swept_while_no_later_one_has_begun(world: "World") -> None:
    assert world.sweep_lease().take(TICK, NOW + timedelta(minutes=4))


@pytest.mark.parametrize("event_time", [None, "", "soon", "2026-13-01T00:00:00Z", "2099-01-01T00:00:00Z"])
def test_a_sweep_by_hand_works_with_any_time_and_stops_no_later_tick(world: "World", event_time: str | None) -> None:
    lease = world.sweep_lease()
    assert lease.take(event_time, NOW)
    lease.release()
    assert world.sweep_lease().take(TICK, NOW)


def test_a_lease_written_by_a_clock_that_is_ahead_stops_nobody(world: "World") -> None:
    ahead = world.sweep_lease()
    assert ahead.take("2026-11-22T08:00:00Z", NOW + timedelta(hours=2))
    assert world.sweep_lease().take(TICK, NOW)
    ahead.release()
    assert world.item(SWEEP)["held_until"] == int((NOW + LEASE).timestamp())


def test_a_write_that_the_sdk_repeats_takes_the_lease_once(world: "World") -> None:
    assert _over(world, Meddled(world.dynamodb, update_item=twice)).take(TICK, NOW)
    assert not world.sweep_lease().take(NEXT_TICK, NOW)


def test_a_table_that_refuses_the_release_fails_no_sweep(world: "World") -> None:
    def fail(real: Any, **kwargs: Any) -> Any:
        raise ClientError({"Error": {"Code": "ThrottlingException"}}, "UpdateItem")

    assert world.sweep_lease().take(TICK, NOW)
    _over(world, Meddled(world.dynamodb, update_item=fail)).release()
    assert "held_until" in world.item(SWEEP)


def test_a_table_that_refuses_the_extension_fails_no_sweep(world: "World") -> None:
    def fail(real: Any, **kwargs: Any) -> Any:
        raise ClientError({"Error": {"Code": "ThrottlingException"}}, "UpdateItem")

    lease = _over(world, Meddled(world.dynamodb, update_item=lambda real, **more: next(answers)(real, **more)))
    answers = iter([lambda real, **more: real(**more), fail])
    assert lease.take(TICK, NOW)
    lease.extend(NOW + LEASE)


def test_the_lease_leaves_the_item_that_every_claim_checks_alone(world: "World") -> None:
    world.sweep_lease().take(TICK, NOW)
    assert world.item(CONTROLS) == {}
