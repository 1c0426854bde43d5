"""Admission: the pause switch and the breaker, as decisions and within the claim."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from cliprelay.admission.controls import PAUSED_CAP, PAUSED_FIRST, PROBE_CAP, PROBE_FIRST, Admission, Controls, admit, tripped
from cliprelay.ids import claim_token
from cliprelay.steps.submit import Submitter
from cliprelay.upstream.credentials import UpstreamKey
from cliprelay.video.states import Status
from cliprelay.workflow.contract import Result
from tests.support.fake_upstream import FakeUpstream
from tests.support.makers import GRACE, NOW, Meddled, any_settings, any_video

if TYPE_CHECKING:
    from tests.support.world import World

HOUR = 3_600
EPOCH = int(NOW.timestamp())


def ask(world: "World", video_id: str, upstream: FakeUpstream, table: Any = None) -> Result:
    submitter = Submitter(
        videos=table or world.videos,
        controls=world.controls,
        upstream=upstream,  # type: ignore[arg-type]
        read_input=world.store.read_input,
        key=refusable(world),
        claim_token=claim_token,
        clock=world.clock,
        grace=GRACE,
        seconds_left=lambda: 180,
        count=lambda name: None,
    )
    return submitter.submit({"video_id": video_id, "run": 1})


def refusable(world: "World") -> UpstreamKey:
    if not hasattr(world, "known_key"):
        world.known_key = world.upstream_key()  # type: ignore[attr-defined]
    key: UpstreamKey = world.known_key  # type: ignore[attr-defined]
    return key


def queue(world: "World", *, count: int, faults: str = "") -> list[str]:
    settings = any_settings(prompt=f"A lighthouse. [sim {faults}]" if faults else "A lighthouse.")
    return [world.put(any_video(id=f"vid_{number:026d}", settings=settings)).id for number in range(count)]


# Decisions


def test_a_healthy_deployment_admits_every_video() -> None:
    assert admit(Controls(), NOW).wait is None
    assert not admit(Controls(), NOW).is_probe


def test_a_pause_of_72_hours_fits_into_the_history_of_an_execution() -> None:
    turns, lasted = 0, 0
    while lasted < 72 * HOUR:
        wait = admit(Controls(paused_at=EPOCH), NOW + timedelta(seconds=lasted)).wait
        assert wait is not None
        assert PAUSED_FIRST <= wait <= PAUSED_CAP
        turns, lasted = turns + 1, lasted + wait
    assert turns <= 1_000


def test_an_open_breaker_admits_nothing_before_its_next_probe() -> None:
    controls = tripped(Controls(), "upstream_balance", NOW)
    assert admit(controls, NOW).wait == PROBE_FIRST
    assert admit(controls, NOW).code == "upstream_balance"
    assert admit(controls, NOW + timedelta(seconds=PROBE_FIRST)).is_probe


def test_intervals_between_probes_grow_to_five_minutes() -> None:
    controls, waits = Controls(), []
    for _ in range(6):
        controls = tripped(controls, "upstream_key", NOW)
        waits.append(controls.next_probe_at - EPOCH)
    assert waits == [30, 60, 120, 240, PROBE_CAP, PROBE_CAP]


def test_the_breaker_remembers_when_it_opened() -> None:
    first = tripped(Controls(), "upstream_key", NOW)
    assert tripped(first, "upstream_key", NOW + timedelta(hours=1)).opened_at == EPOCH


def test_a_pause_takes_precedence_over_an_open_breaker() -> None:
    assert admit(Controls(paused_at=EPOCH, refusal="upstream_key"), NOW).code == "paused"


# Within Submit


def test_a_pause_stops_new_payments_until_the_resume(world: "World") -> None:
    (video_id,) = queue(world, count=1)
    upstream = FakeUpstream()
    world.controls.pause(world.clock())
    assert ask(world, video_id, upstream)["next"] == "submit"
    assert (world.read(video_id).waiting_for, upstream.ledger) == ("paused", [])
    world.controls.resume()
    assert ask(world, video_id, upstream)["status"] == "running"


def test_a_pause_between_read_and_claim_stops_the_claim(world: "World") -> None:
    (video_id,) = queue(world, count=1)
    upstream = FakeUpstream()

    def looked_before(real: Any, **kwargs: Any) -> Any:
        answer = real(**kwargs)
        world.controls.pause(world.clock())
        return answer

    table = world.videos_over(Meddled(world.dynamodb, batch_get_item=looked_before))
    assert ask(world, video_id, upstream, table=table)["next"] == "submit"
    assert (world.read(video_id).status, upstream.ledger) == (Status.QUEUED, [])


def test_a_refused_account_is_probed_by_one_video_at_a_time(world: "World") -> None:
    ids = queue(world, count=5, faults="create=balance:always")
    upstream = FakeUpstream()
    for video_id in ids:
        assert ask(world, video_id, upstream)["next"] == "submit"
    assert len(upstream.keys_seen) == 1
    world.clock.advance(PROBE_FIRST)
    for video_id in ids:
        ask(world, video_id, upstream)
    assert len(upstream.keys_seen) == 2
    assert {world.read(video_id).waiting_for for video_id in ids} == {"upstream_balance"}


def test_the_breaker_closes_automatically_when_the_account_works_again(world: "World") -> None:
    poor, rich = queue(world, count=1, faults="create=balance"), world.put(any_video(id="vid_9")).id
    upstream = FakeUpstream()
    ask(world, poor[0], upstream)
    assert world.controls.read().is_open
    world.clock.advance(PROBE_FIRST)
    assert ask(world, poor[0], upstream)["status"] == "running"
    assert not world.controls.read().is_open
    assert ask(world, rich, upstream)["status"] == "running"


def test_a_probe_that_never_answers_is_followed_by_another_after_its_lease(world: "World") -> None:
    world.controls.write_breaker(tripped(Controls(), "upstream_key", NOW))
    world.clock.advance(PROBE_FIRST)
    first, second = queue(world, count=2, faults="create=drop-after-accept")
    upstream = FakeUpstream()
    assert ask(world, first, upstream)["status"] == "unconfirmed"
    assert ask(world, second, upstream)["next"] == "submit"
    world.clock.advance(GRACE.total_seconds())
    assert ask(world, second, upstream)["status"] == "running"


@pytest.mark.parametrize("fault", ["create=moderation", "create=invalid"])
def test_a_rejected_video_proves_that_the_account_works(world: "World", fault: str) -> None:
    world.controls.write_breaker(tripped(Controls(), "upstream_key", NOW))
    world.clock.advance(PROBE_FIRST)
    (video_id,) = queue(world, count=1, faults=fault)
    ask(world, video_id, FakeUpstream())
    assert not world.controls.read().is_open


@pytest.mark.parametrize("fault", ["create=429", "create=503"])
def test_a_probe_that_did_not_get_through_backs_off_like_a_refused_one(world: "World", fault: str) -> None:
    world.controls.write_breaker(tripped(Controls(), "upstream_balance", NOW))
    world.clock.advance(PROBE_FIRST)
    (video_id,) = queue(world, count=1, faults=f"{fault}:always")
    upstream = FakeUpstream()
    for waits in (60, 120, 240, PROBE_CAP):
        ask(world, video_id, upstream)
        controls = world.controls.read()
        assert (controls.refusal, controls.opened_at) == ("upstream_balance", EPOCH)
        assert controls.next_probe_at == world.clock().timestamp() + waits
        world.clock.advance(waits)


def test_a_throttled_video_that_is_no_probe_leaves_the_breaker_closed(world: "World") -> None:
    (video_id,) = queue(world, count=1, faults="create=429")
    ask(world, video_id, FakeUpstream())
    assert not world.controls.read().is_open


def test_opening_and_closing_the_breaker_does_not_change_the_pause_switch(world: "World") -> None:
    world.controls.pause(NOW)
    world.controls.write_breaker(tripped(world.controls.read(), "upstream_key", NOW))
    world.controls.close_breaker()
    assert world.controls.read() == Controls(paused_at=EPOCH)


@pytest.mark.parametrize(("lasted", "wait"), [(0, 60), (1_200, 60), (2_000, 100), (6_000, 300), (10**6, 300)])
def test_each_wait_of_a_pause_is_a_twentieth_of_its_length_from_one_to_five_minutes(lasted: int, wait: int) -> None:
    assert admit(Controls(paused_at=EPOCH), NOW + timedelta(seconds=lasted)) == Admission(wait, "paused")


@pytest.mark.parametrize(("left", "admission"), [(0, (None, True)), (0.4, (1, False)), (30, (30, False)), (9_999, (300, False))])
def test_a_video_waits_for_the_next_probe_or_is_it(left: float, admission: tuple[int | None, bool]) -> None:
    controls = Controls(refusal="upstream_key", opened_at=EPOCH, probes=1, next_probe_at=EPOCH + 10_000)
    found = admit(controls, NOW + timedelta(seconds=10_000 - left))
    assert ((found.wait, found.is_probe), found.code) == (admission, "upstream_key")


def test_a_refusal_while_the_breaker_is_closed_begins_anew() -> None:
    assert tripped(Controls(opened_at=1, probes=0), "upstream_key", NOW) == Controls(None, "upstream_key", EPOCH, 1, EPOCH + 30)
