"""Submit claims a queued video, pays once, and leaves every other video alone."""

import base64
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest

from cliprelay.admission.table import CONTROLS
from cliprelay.catalog.registry import MODELS
from cliprelay.catalog.seedance_1_5 import IMAGE_TO_VIDEO
from cliprelay.ids import claim_token
from cliprelay.media.bucket import MediaBucket
from cliprelay.steps.submit import CONTENDED_WAITS, PROMPT
from cliprelay.video.record import ImageSource, Video, deadline_after
from cliprelay.video.states import Status
from cliprelay.workflow.contract import CLAIM_HELD
from cliprelay.workflow.durations_table import DurationsTable
from cliprelay.workflow.pace import PACES
from cliprelay.workflow.schedule import first_wait
from tests.support.fake_upstream import FakeUpstream
from tests.support.makers import (
    NOW,
    PICTURE_TYPE,
    Meddled,
    any_png,
    any_settings,
    any_spec,
    any_video,
    conflict,
    one_at_a_time,
    twice,
)
from tests.support.submitting import HOUR, read_back, submit, upstream_key, video_with_faults

if TYPE_CHECKING:
    from tests.support.world import World


def test_submit_pays_once_for_a_queued_video_and_stores_the_evidence(world: "World") -> None:
    world.put(any_video())
    upstream = FakeUpstream()
    result = submit(world, upstream)
    assert result == {
        "video_id": any_video().id,
        "run": 1,
        "status": "running",
        "next": "wait",
        "wait": first_wait(any_spec(service_tier="default", duration=5)),
    }
    assert [paid.task_id for paid in upstream.ledger] == ["task-1"]
    assert (read_back(world).status, read_back(world).upstream_id) == (Status.RUNNING, "task-1")


def test_the_deadline_counts_from_the_claim(world: "World") -> None:
    world.put(any_video())
    world.clock.advance(10 * HOUR)
    submit(world, FakeUpstream())
    assert read_back(world).deadline == deadline_after(world.clock(), any_spec())


def test_the_first_wait_counts_as_waited_and_extends_the_lease(world: "World") -> None:
    world.put(any_video(settings=any_settings(service_tier="flex", duration=12)))
    result = submit(world, FakeUpstream())
    assert result["wait"] == read_back(world).waited == first_wait(any_spec(service_tier="flex", duration=12))
    assert (read_back(world).due_at or 0) > NOW.timestamp() + result["wait"]


def test_the_first_wait_follows_from_what_was_learned(world: "World") -> None:
    video = world.put(any_video(settings=any_settings(duration=5)))
    durations = DurationsTable(world.dynamodb, world.videos_table, world.clock)
    for _ in range(40):
        world.clock.advance(30)
        durations.learn(video, 8, 10)
    result = submit(world, FakeUpstream(), durations=durations)
    assert result["wait"] == read_back(world).waited < PACES["default"].first


def test_durations_are_read_before_the_claim_and_never_after_the_payment(world: "World") -> None:
    world.put(any_video())
    read: list[Status] = []

    def watched(real: Any, **request: Any) -> Any:
        read.append(read_back(world).status)
        return real(**request)

    client: Any = Meddled(world.dynamodb, get_item=watched)
    submit(world, FakeUpstream(), durations=DurationsTable(client, world.videos_table, world.clock))
    assert read == [Status.QUEUED]


def test_durations_that_cannot_be_read_cost_no_payment(world: "World") -> None:
    world.put(any_video())

    def refused(real: Any, **request: Any) -> Any:
        raise RuntimeError(request)

    client: Any = Meddled(world.dynamodb, get_item=refused)
    durations = DurationsTable(client, world.videos_table, world.clock)
    result = submit(world, FakeUpstream(), durations=durations)
    assert (result["status"], result["wait"]) == ("running", first_wait(any_video().spec))


def test_every_setting_except_fps_is_sent_to_the_upstream(world: "World") -> None:
    settings = any_settings(prompt='Sie sagt: "Sturm 🌊".', seed=7, generate_audio=False)
    world.put(any_video(settings=settings, last_image=ImageSource(url="https://assets.example.com/last.png")))
    upstream = FakeUpstream()
    submit(world, upstream)
    (paid,) = upstream.ledger
    assert paid.path == "/v3/async/seedance-v1.5-pro-i2v"
    assert paid.fields == {
        **{name: value for name, value in settings.items() if name != "fps"},
        "image": "https://assets.example.com/lighthouse.png",
        "last_image": "https://assets.example.com/last.png",
    }


def test_stored_images_are_sent_byte_for_byte(world: "World") -> None:
    key = world.store.put_input("acme", any_png(), PICTURE_TYPE)
    world.put(any_video(image=ImageSource(key=key, content_type=PICTURE_TYPE)))
    upstream = FakeUpstream()
    submit(world, upstream)
    assert upstream.ledger[0].fields["image"] == "data:image/png;base64," + base64.b64encode(any_png()).decode()


@pytest.mark.parametrize("settings", [{"prompt": "Waves."}, {"prompt": "Waves.", "service_tier": "priority"}])
def test_a_missing_duration_or_an_unknown_tier_gets_the_default_first_wait(
    world: "World", settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = tuple(field for field in IMAGE_TO_VIDEO.fields if field.name != "duration")
    monkeypatch.setitem(MODELS, "no-duration", replace(IMAGE_TO_VIDEO, name="no-duration", fields=fields))
    world.put(any_video(model="no-duration", settings=settings))
    result = submit(world, FakeUpstream())
    assert (result["status"], result["next"], result["wait"]) == ("running", "wait", PACES["default"].first)
    assert read_back(world).upstream_id == "task-1"


def test_a_video_in_submitting_is_not_paid_again(world: "World") -> None:
    world.put(any_video(status=Status.SUBMITTING, claim="another token", claimed_at=int(NOW.timestamp())))
    upstream = FakeUpstream()
    result = submit(world, upstream)
    assert (result["next"], result["wait"]) == ("wait", CLAIM_HELD)
    assert upstream.keys_seen == []


def test_the_loser_of_the_claim_does_not_pay(world: "World") -> None:
    world.put(any_video())
    upstream = FakeUpstream()

    def overtaken() -> str:
        submit(world, upstream)
        return "the loser's token"

    result = submit(world, upstream, token=overtaken)
    assert len(upstream.keys_seen) == 1
    assert (result["next"], result["status"]) == ("wait", "running")


def test_exactly_one_of_16_concurrent_submits_pays(world: "World") -> None:
    world.put(any_video())
    upstream, start, key, in_turn = FakeUpstream(), Barrier(16), upstream_key(world), one_at_a_time()
    table = world.videos_over(Meddled(world.dynamodb, update_item=in_turn, transact_write_items=in_turn))

    def token() -> str:
        start.wait()
        return claim_token()

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda _: submit(world, upstream, table=table, key=key, token=token), range(16)))
    assert len(upstream.ledger) == len(upstream.keys_seen) == 1
    assert read_back(world).upstream_id == "task-1"


def test_a_claim_that_conflicts_with_another_on_the_controls_item_is_retried(world: "World") -> None:
    world.put(any_video())
    met: list[int] = []

    def meet(real: Any, **kwargs: Any) -> Any:
        met.append(1)
        if len(met) == 1:
            raise conflict(world.dynamodb)
        return real(**kwargs)

    upstream, table = FakeUpstream(), world.videos_over(Meddled(world.dynamodb, transact_write_items=meet))
    result = submit(world, upstream, table=table)
    if result["next"] == "submit":
        assert result["wait"] <= 5
        submit(world, upstream, table=table)
    assert read_back(world).status is Status.RUNNING
    assert len(upstream.ledger) == 1


@pytest.mark.parametrize("reason", ["TransactionConflict", "ThrottlingError"])
def test_a_video_whose_claim_finds_the_controls_item_busy_stays_queued_and_is_claimed_soon(world: "World", reason: str) -> None:
    world.put(any_video())

    def busy(real: Any, **kwargs: Any) -> Any:
        raise conflict(world.dynamodb, reason=reason)

    upstream = FakeUpstream()
    result = submit(world, upstream, table=world.videos_over(Meddled(world.dynamodb, transact_write_items=busy)))
    assert result["next"] == "submit"
    assert CONTENDED_WAITS[0] <= result["wait"] <= CONTENDED_WAITS[1]
    assert (read_back(world).status, upstream.keys_seen) == (Status.QUEUED, [])
    submit(world, upstream)
    assert len(upstream.ledger) == 1


def test_a_pause_that_knew_no_copies_holds_and_a_video_without_a_copy_waits(world: "World") -> None:
    world.put(any_video())
    world.change(CONTROLS, id=CONTROLS, paused_at=int(NOW.timestamp()))
    upstream = FakeUpstream()
    result = submit(world, upstream)
    assert (result["next"], read_back(world).waiting_for, upstream.keys_seen) == ("submit", "paused", [])


def test_a_pause_between_the_look_and_the_claim_stops_the_claim(world: "World") -> None:
    world.put(any_video())
    upstream = FakeUpstream()

    def paused() -> str:
        world.controls.pause(NOW)
        return "any token"

    assert submit(world, upstream, token=paused)["next"] == "submit"
    assert (read_back(world).status, upstream.keys_seen) == (Status.QUEUED, [])


@pytest.mark.parametrize("faults", ["", "create=429:7", "create=invalid", "create=drop-after-accept", "create=drop"])
def test_a_repeated_write_leaves_the_same_video(world: "World", faults: str) -> None:
    """The SDK repeats a write whose response was lost and finds its own result."""
    ends = []
    for update in (lambda real, **kwargs: real(**kwargs), twice):
        world.put(video_with_faults(faults))
        upstream = FakeUpstream()
        table = world.videos_over(Meddled(world.dynamodb, update_item=update, transact_write_items=update))
        result = submit(world, upstream, table=table)
        ends.append((result, read_back(world).status, read_back(world).upstream_id, read_back(world).attempts, upstream.keys_seen))
    assert ends[0] == ends[1]


def test_a_stale_run_or_a_missing_video_ends_the_execution_at_once(world: "World") -> None:
    upstream = FakeUpstream()
    assert submit(world, upstream) == {"video_id": any_video().id, "run": 1, "next": "done"}
    world.put(any_video(run=2))
    assert submit(world, upstream, run=1) == {"video_id": any_video().id, "run": 1, "next": "done"}
    assert upstream.keys_seen == []


def test_a_queued_video_past_its_deadline_fails_unpaid(world: "World") -> None:
    world.put(any_video())
    world.clock.advance(any_video().deadline - NOW.timestamp() + 1)
    upstream = FakeUpstream()
    result = submit(world, upstream)
    assert (result["next"], result["status"]) == ("notify", "failed")
    assert (read_back(world).error or {})["code"] == "not_submitted"
    assert upstream.keys_seen == []


@pytest.mark.parametrize(
    ("video", "then"),
    [
        (any_video(status=Status.RUNNING, upstream_id="task-1"), "wait"),
        (any_video(status=Status.ARCHIVING, upstream_id="task-1", upstream_url="https://media.example.com/1.mp4"), "archive"),
        (any_video(status=Status.ARCHIVING, upstream_id="task-1"), "wait"),
        *(
            (any_video(status=status, event_id="evt_1"), "notify")
            for status in (Status.SUCCEEDED, Status.FAILED, Status.EXPIRED, Status.UNCONFIRMED)
        ),
        *(
            (any_video(status=status, event_id="evt_1", told="evt_1"), "done")
            for status in (Status.SUCCEEDED, Status.CANCELED, Status.UNCONFIRMED)
        ),
    ],
    ids=lambda part: part if isinstance(part, str) else part.status.value,
)
def test_a_video_that_is_not_queued_continues_from_its_state(world: "World", video: Video, then: str) -> None:
    world.put(video)
    upstream = FakeUpstream()
    assert submit(world, upstream)["next"] == then
    assert upstream.keys_seen == []


def test_images_are_read_before_the_claim_and_not_after(world: "World") -> None:
    key = world.store.put_input("acme", any_png(), PICTURE_TYPE)
    world.put(any_video(image=ImageSource(key=key, content_type=PICTURE_TYPE)))
    seen: list[Status] = []

    def look(real: Any, **kwargs: Any) -> Any:
        seen.append(read_back(world).status)
        return real(**kwargs)

    client: Any = Meddled(world.s3, get_object=look)
    world.store = MediaBucket(client, world.bucket)
    submit(world, FakeUpstream())
    assert seen == [Status.QUEUED]


def test_a_claim_confirmed_after_its_video_became_unconfirmed_returns_it_to_the_queue_unpaid(world: "World") -> None:
    world.put(any_video())

    def judged_meanwhile(real: Any, **kwargs: Any) -> Any:
        answer = real(**kwargs)
        world.change(any_video().id, status=Status.UNCONFIRMED.value)
        world.clock.advance(PROMPT.total_seconds() + 0.1)
        return answer

    upstream, table = FakeUpstream(), world.videos_over(Meddled(world.dynamodb, transact_write_items=judged_meanwhile))
    assert submit(world, upstream, table=table)["next"] == "submit"
    assert (read_back(world).status, upstream.keys_seen) == (Status.QUEUED, [])


def test_a_claim_that_another_has_taken_over_before_it_was_confirmed_pays_nothing(world: "World") -> None:
    world.put(any_video())

    def taken_over(real: Any, **kwargs: Any) -> Any:
        answer = real(**kwargs)
        world.change(any_video().id, claim="another token")
        world.clock.advance(PROMPT.total_seconds() + 0.1)
        return answer

    upstream, table = FakeUpstream(), world.videos_over(Meddled(world.dynamodb, transact_write_items=taken_over))
    assert submit(world, upstream, table=table)["next"] == "wait"
    assert (read_back(world).status, upstream.keys_seen) == (Status.SUBMITTING, [])
