"""Submit pays no earlier than `not_before` and no later than `expires_in`, whatever happens in between."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from cliprelay.aws.shards import shards
from cliprelay.video.listing import LISTING_KEYS, NOT_BEFORE
from cliprelay.video.record import Video, iso, queue_deadline
from cliprelay.video.states import Status
from cliprelay.video.table import KEEPER_MARGIN, due_key
from tests.support.fake_upstream import FakeUpstream
from tests.support.makers import NOW, any_settings, any_spec, any_video
from tests.support.submitting import read_back, submit

if TYPE_CHECKING:
    from tests.support.world import World

DAY = timedelta(days=1)
MARGIN = int(KEEPER_MARGIN.total_seconds())


def _video(*, faults: str = "", expires_in: int | None = None, not_before: str | None = None) -> Video:
    begins = max(NOW, NOW + DAY) if not_before else NOW
    settings = any_settings(prompt=f"A lighthouse. [sim {faults}]")
    limits: dict[str, Any] = {"expires_in": expires_in, "not_before": not_before, "waiting_for": NOT_BEFORE if not_before else None}
    due = {"due": due_key(any_video().id), "due_at": int(NOW.timestamp()) + 60}
    return any_video(settings=settings, deadline=queue_deadline(begins, any_spec(), expires_in), **limits, **due)


def test_a_video_waits_for_its_time_in_one_wait_and_is_then_paid(world: "World") -> None:
    world.put(_video(not_before=iso(NOW + DAY)))
    upstream = FakeUpstream()
    waiting = submit(world, upstream)
    assert (waiting["next"], waiting["status"], waiting["wait"]) == ("submit", "queued", 86_400)
    assert read_back(world).due_at == int((NOW + DAY).timestamp()) + MARGIN
    world.clock.advance(86_399.5)
    assert submit(world, upstream)["wait"] == 1
    assert upstream.ledger == []
    world.clock.advance(1)
    assert submit(world, upstream)["status"] == "running"
    assert len(upstream.ledger) == 1


def test_every_deadline_counts_from_that_time(world: "World") -> None:
    world.put(_video(faults="create=429", not_before=iso(NOW + DAY)))
    world.clock.advance(86_400)
    submit(world, FakeUpstream())
    assert read_back(world).deadline == int((NOW + DAY + timedelta(hours=48, minutes=15)).timestamp())


def test_a_video_whose_time_has_come_counts_as_queued(world: "World") -> None:
    world.put(_video(not_before=iso(NOW + DAY)))
    world.controls.pause(NOW)
    submit(world, FakeUpstream())
    assert world.videos.count_queued("acme", 10) == 0
    world.clock.advance(86_400)
    submit(world, FakeUpstream())
    assert (world.videos.count_queued("acme", 10), read_back(world).waiting_for) == (1, "paused")
    assert world.item(any_video().id)["listing"] in shards("acme#queued", LISTING_KEYS)


def test_a_clock_that_runs_behind_makes_a_video_wait_for_its_time_again(world: "World") -> None:
    world.put(_video(not_before=iso(NOW + DAY)))
    world.controls.pause(NOW)
    world.clock.advance(86_400)
    submit(world, FakeUpstream())
    world.clock.advance(-600)
    assert submit(world, FakeUpstream())["wait"] == 600
    assert (world.videos.count_queued("acme", 10), read_back(world).waiting_for) == (0, NOT_BEFORE)
    assert world.item(any_video().id)["listing"] in shards("acme#scheduled", LISTING_KEYS)


def test_a_video_ends_unpaid_when_its_time_for_the_submit_is_over(world: "World") -> None:
    world.put(_video(expires_in=600))
    world.controls.pause(NOW)
    upstream, waits = FakeUpstream(), 0
    while (answer := submit(world, upstream))["next"] == "submit":
        world.clock.advance(answer["wait"])
        waits += 1
    ended = read_back(world)
    assert (ended.status, (ended.error or {})["code"], upstream.ledger) == (Status.FAILED, "not_submitted", [])
    assert 600 < (world.clock() - NOW).total_seconds() <= 602
    assert waits > 2


@pytest.mark.parametrize("back", [59, 599])
def test_no_requeue_lengthens_the_time(world: "World", back: int) -> None:
    world.put(_video(faults="create=429:always", expires_in=600))
    world.clock.advance(back)
    answer = submit(world, FakeUpstream())
    video = read_back(world)
    assert (video.status, video.deadline) == (Status.QUEUED, int(NOW.timestamp()) + 600)
    assert answer["wait"] <= 602 - back
    world.clock.advance(602 - back)
    submit(world, FakeUpstream())
    assert read_back(world).status is Status.FAILED


def test_a_paid_video_has_the_upstreams_time_for_its_making(world: "World") -> None:
    world.put(_video(expires_in=60))
    world.clock.advance(30)
    submit(world, FakeUpstream())
    assert read_back(world).deadline == int((NOW + timedelta(hours=48, minutes=15, seconds=30)).timestamp())


def test_preparing_for_too_long_pays_nothing(world: "World") -> None:
    world.put(_video(expires_in=60))
    upstream = FakeUpstream()
    key = _Slow(world)
    submit(world, upstream, key=key)
    assert (read_back(world).status, read_back(world).waiting_for, upstream.ledger) == (Status.QUEUED, "expired", [])
    submit(world, upstream, key=key)
    assert (read_back(world).status, upstream.ledger) == (Status.FAILED, [])


class _Slow:
    """A key that takes as long as the video may wait."""

    def __init__(self, world: "World") -> None:
        self._world = world

    def __call__(self) -> str:
        self._world.clock.advance(61)
        return "upstream-key"


def test_a_second_call_with_a_new_key_is_not_made_too_late(world: "World") -> None:
    world.put(_video(expires_in=60))
    upstream = FakeUpstream(key="new", during=lambda: world.clock.advance(61))
    submit(world, upstream, key=_Rotated())
    assert (upstream.keys_seen, upstream.ledger, read_back(world).status) == (["old"], [], Status.QUEUED)


class _Rotated:
    """A key that has just been replaced."""

    def __call__(self) -> str:
        return "old"

    def refetch(self) -> str:
        return "new"


@pytest.mark.parametrize(("expires_in", "due"), [(600, 600 + 180), (None, 300 + MARGIN)])
def test_the_sweep_looks_within_five_minutes_of_that_time(world: "World", expires_in: int | None, due: int) -> None:
    world.put(_video(expires_in=expires_in))
    world.videos.extend_lease(read_back(world), NOW, 300)
    assert read_back(world).due_at == int(NOW.timestamp()) + due


def test_a_requeue_brings_the_sweeps_look_forward_as_well(world: "World") -> None:
    world.put(_video(faults="create=429", expires_in=300))
    submit(world, FakeUpstream())
    assert read_back(world).due_at == int(NOW.timestamp()) + 300 + 180
