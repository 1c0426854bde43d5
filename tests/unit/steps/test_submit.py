"""Submit: pays once or not at all, and says so when it does not know."""

import base64
import json
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import count
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from cliprelay.admission.controls import Admission
from cliprelay.aws.table import INSISTED
from cliprelay.catalog.registry import MODELS
from cliprelay.catalog.seedance_1_5 import IMAGE_TO_VIDEO
from cliprelay.ids import claim_token
from cliprelay.media.bucket import MediaBucket
from cliprelay.steps.poll import poll
from cliprelay.steps.submit import ENOUGH, RESERVE, Submitter
from cliprelay.upstream.credentials import UpstreamKey
from cliprelay.video.record import ImageSource, Video, deadline_after
from cliprelay.video.states import Status
from cliprelay.workflow.contract import CLAIM_HELD, Event, Result
from cliprelay.workflow.resolution import not_charged
from cliprelay.workflow.schedule import PACES, first_wait
from cliprelay.workflow.settlement import LATEST, SOONEST
from tests.support.fake_upstream import KEY, FakeUpstream
from tests.support.makers import (
    GRACE,
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

if TYPE_CHECKING:
    from tests.support.world import World

HOUR = 3_600


def _asking_for(faults: str) -> Video:
    """A queued video whose prompt makes the upstream behave so."""
    return any_video(settings=any_settings(prompt=f"A lighthouse. [sim {faults}]"))


def _submit(
    world: "World",
    upstream: Any,
    *,
    run: int = 1,
    table: Any = None,
    key: Any = None,
    token: Callable[[], str] = claim_token,
    count: Callable[[str], None] = lambda name: None,
    seconds_left: float = 180,
) -> Result:
    submitter = Submitter(
        videos=table or world.videos,
        controls=world.controls,
        upstream=upstream,
        read_input=world.store.read_input,
        key=key or _key(world),
        claim_token=token,
        clock=world.clock,
        grace=GRACE,
        seconds_left=lambda: seconds_left,
        count=count,
    )
    return submitter.submit(Event(video_id=any_video().id, run=run))


def _key(world: "World") -> UpstreamKey:
    if not hasattr(world, "known_key"):
        world.known_key = world.upstream_key()  # type: ignore[attr-defined]
    key: UpstreamKey = world.known_key  # type: ignore[attr-defined]
    return key


def _poll(world: "World", upstream: Any) -> Result:
    event = Event(video_id=any_video().id, run=1)
    return poll(event, videos=world.videos, upstream=upstream, clock=world.clock, grace=GRACE, count=lambda _: None)


def _now(world: "World") -> Video:
    return world.read(any_video().id)


# Paying


def test_a_queued_video_is_paid_once_and_runs_with_its_evidence(world: "World") -> None:
    world.put(any_video())
    upstream = FakeUpstream()
    result = _submit(world, upstream)
    assert result == {
        "video_id": any_video().id,
        "run": 1,
        "status": "running",
        "next": "wait",
        "wait": first_wait(any_spec(service_tier="default", duration=5)),
    }
    assert [paid.task_id for paid in upstream.ledger] == ["task-1"]
    assert (_now(world).status, _now(world).upstream_id) == (Status.RUNNING, "task-1")


def test_the_deadline_counts_from_the_submit(world: "World") -> None:
    world.put(any_video())
    world.clock.advance(10 * HOUR)
    _submit(world, FakeUpstream())
    assert _now(world).deadline == deadline_after(world.clock(), any_spec())


def test_the_first_wait_counts_as_waited_and_puts_the_sweep_off(world: "World") -> None:
    world.put(any_video(settings=any_settings(service_tier="flex", duration=12)))
    result = _submit(world, FakeUpstream())
    assert result["wait"] == _now(world).waited == first_wait(any_spec(service_tier="flex", duration=12))
    assert (_now(world).due_at or 0) > NOW.timestamp() + result["wait"]


def test_the_upstream_gets_every_setting_but_the_one_with_a_single_value(world: "World") -> None:
    settings = any_settings(prompt='Sie sagt: "Sturm 🌊".', seed=7, generate_audio=False)
    world.put(any_video(settings=settings, last_image=ImageSource(url="https://assets.example.com/last.png")))
    upstream = FakeUpstream()
    _submit(world, upstream)
    (paid,) = upstream.ledger
    assert paid.path == "/v3/async/seedance-v1.5-pro-i2v"
    assert paid.fields == {
        **{name: value for name, value in settings.items() if name != "fps"},
        "image": "https://assets.example.com/lighthouse.png",
        "last_image": "https://assets.example.com/last.png",
    }


def test_images_of_ours_go_along_as_the_bytes_that_the_client_sent(world: "World") -> None:
    key = world.store.put_input("acme", any_png(), PICTURE_TYPE)
    world.put(any_video(image=ImageSource(key=key, content_type=PICTURE_TYPE)))
    upstream = FakeUpstream()
    _submit(world, upstream)
    assert upstream.ledger[0].fields["image"] == "data:image/png;base64," + base64.b64encode(any_png()).decode()


@pytest.mark.parametrize("settings", [{"prompt": "Waves."}, {"prompt": "Waves.", "service_tier": "priority"}])
def test_a_model_without_a_duration_or_with_an_unknown_tier_is_waited_for_after_the_payment(
    world: "World", settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = tuple(field for field in IMAGE_TO_VIDEO.fields if field.name != "duration")
    monkeypatch.setitem(MODELS, "no-duration", replace(IMAGE_TO_VIDEO, name="no-duration", fields=fields))
    world.put(any_video(model="no-duration", settings=settings))
    result = _submit(world, FakeUpstream())
    assert (result["status"], result["next"], result["wait"]) == ("running", "wait", PACES["default"].first)
    assert _now(world).upstream_id == "task-1"


# Races


def test_whoever_finds_submitting_does_not_pay(world: "World") -> None:
    world.put(any_video(status=Status.SUBMITTING, claim="another's", claimed_at=int(NOW.timestamp())))
    upstream = FakeUpstream()
    result = _submit(world, upstream)
    assert (result["next"], result["wait"]) == ("wait", CLAIM_HELD)
    assert upstream.keys_seen == []


def test_whoever_loses_the_claim_after_reading_queued_does_not_pay(world: "World") -> None:
    world.put(any_video())
    upstream = FakeUpstream()

    def overtaken() -> str:
        _submit(world, upstream)
        return "the loser's token"

    result = _submit(world, upstream, token=overtaken)
    assert len(upstream.keys_seen) == 1
    assert (result["next"], result["status"]) == ("wait", "running")


def test_of_16_racing_submits_one_pays(world: "World") -> None:
    world.put(any_video())
    upstream, start, key, in_turn = FakeUpstream(), Barrier(16), _key(world), one_at_a_time()
    table = world.videos_over(Meddled(world.dynamodb, update_item=in_turn, transact_write_items=in_turn))

    def token() -> str:
        start.wait()
        return claim_token()

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda _: _submit(world, upstream, table=table, key=key, token=token), range(16)))
    assert len(upstream.ledger) == len(upstream.keys_seen) == 1
    assert _now(world).upstream_id == "task-1"


def test_a_claim_that_meets_another_videos_claim_at_the_controls_is_made_again_without_an_error(world: "World") -> None:
    world.put(any_video())
    met: list[int] = []

    def meet(real: Any, **kwargs: Any) -> Any:
        met.append(1)
        if len(met) == 1:
            raise conflict(world.dynamodb)
        return real(**kwargs)

    upstream, table = FakeUpstream(), world.videos_over(Meddled(world.dynamodb, transact_write_items=meet))
    result = _submit(world, upstream, table=table)
    if result["next"] == "submit":
        assert result["wait"] <= 5
        _submit(world, upstream, table=table)
    assert _now(world).status is Status.RUNNING
    assert len(upstream.ledger) == 1


@pytest.mark.parametrize("faults", ["", "create=429:7", "create=invalid", "create=drop-after-accept", "create=drop"])
def test_every_write_whose_answer_was_lost_leaves_the_same_video(world: "World", faults: str) -> None:
    """The SDK repeats a write whose answer it did not get, and meets its own trace."""
    ends = []
    for update in (lambda real, **kwargs: real(**kwargs), twice):
        world.put(_asking_for(faults))
        upstream = FakeUpstream()
        table = world.videos_over(Meddled(world.dynamodb, update_item=update, transact_write_items=update))
        result = _submit(world, upstream, table=table)
        ends.append((result, _now(world).status, _now(world).upstream_id, _now(world).attempts, upstream.keys_seen))
    assert ends[0] == ends[1]


# Surely nothing was bought


def test_a_throttled_video_goes_back_to_the_queue_and_is_paid_later(world: "World") -> None:
    world.put(_asking_for("create=429"))
    upstream = FakeUpstream()
    result = _submit(world, upstream)
    assert (result["next"], result["status"], result["wait"]) == ("submit", "queued", 5)
    assert (_now(world).status, _now(world).waiting_for, _now(world).attempts) == (Status.QUEUED, "throttled", 1)
    world.clock.advance(result["wait"])
    assert _submit(world, upstream)["status"] == "running"
    assert len(upstream.ledger) == 1
    assert _now(world).waiting_for is None


@pytest.mark.parametrize(("asked", "waits"), [("7", 7), ("299", 299), ("301", LATEST), ("1000000000", LATEST)])
def test_retry_after_is_honoured_within_bounds(world: "World", asked: str, waits: int) -> None:
    world.put(_asking_for(f"create=429:{asked}"))
    assert _submit(world, FakeUpstream())["wait"] == waits


def test_no_retry_after_makes_a_video_wait_less_than_a_second(world: "World") -> None:
    world.put(_asking_for("create=429:0"))
    assert _submit(world, FakeUpstream())["wait"] >= SOONEST


def test_without_retry_after_the_pauses_grow(world: "World") -> None:
    world.put(_asking_for("create=429:always"))
    upstream = FakeUpstream()
    assert [_submit(world, upstream)["wait"] for _ in range(8)] == [5, 10, 20, 40, 80, 160, 300, 300]


def test_an_account_that_is_refused_is_asked_more_slowly(world: "World") -> None:
    world.put(_asking_for("create=balance:always"))
    upstream = FakeUpstream()
    waits = []
    for _ in range(5):
        waits.append(_submit(world, upstream)["wait"])
        world.clock.advance(waits[-1])
    assert waits == [30, 60, 120, 240, 300]
    assert _now(world).waiting_for == "upstream_balance"
    assert upstream.ledger == []


def test_after_many_refusals_the_pauses_have_grown_whatever_retry_after_says(world: "World") -> None:
    video = _asking_for("create=429:1")
    world.put(any_video(settings=video.settings, attempts=100))
    # 72 h in at most 1,100 turns: 40 % of 25,000 events, at nine a turn.
    assert _submit(world, FakeUpstream())["wait"] >= 72 * HOUR / 1_100


def test_back_in_the_queue_the_deadline_is_the_one_of_its_creation_again(world: "World") -> None:
    world.put(_asking_for("create=429"))
    world.clock.advance(10 * HOUR)
    _submit(world, FakeUpstream())
    assert _now(world).deadline == deadline_after(NOW, any_spec())


@pytest.mark.parametrize(
    ("fault", "code"), [("invalid", "invalid_request"), ("moderation", "moderated"), ("no-route", "model_unavailable")]
)
def test_a_refusal_about_the_video_is_final_and_cost_nothing(world: "World", fault: str, code: str) -> None:
    world.put(_asking_for(f"create={fault}"))
    upstream = FakeUpstream()
    result = _submit(world, upstream)
    assert (result["next"], result["status"]) == ("notify", "failed")
    error = _now(world).error or {}
    assert error["code"] == code
    assert error["message"][0].isupper()
    assert error["message"].endswith("; nothing was charged.")
    assert upstream.ledger == []


# The key


def _counted(world: "World", value: str = KEY) -> tuple[UpstreamKey, list[str]]:
    world.upstream_key(value)
    read: list[str] = []

    def note(real: Any, **kwargs: Any) -> Any:
        read.append(kwargs["SecretId"])
        return real(**kwargs)

    client: Any = Meddled(world.secrets, get_secret_value=note)
    return UpstreamKey(client, world.name, seconds=world.clock.seconds), read


def test_a_key_that_was_rotated_is_fetched_anew_and_the_video_paid_with_it(world: "World") -> None:
    world.put(any_video())
    key, _ = _counted(world, "old key")
    key()
    world.rotate(KEY)
    upstream = FakeUpstream()
    assert _submit(world, upstream, key=key)["status"] == "running"
    assert upstream.keys_seen == ["old key", KEY]
    assert len(upstream.ledger) == 1


def test_a_key_that_is_refused_is_fetched_once_more_and_the_video_queued_without_a_second_call(world: "World") -> None:
    world.put(any_video())
    key, read = _counted(world, "wrong key")
    upstream = FakeUpstream()
    result = _submit(world, upstream, key=key)
    assert (result["next"], result["status"], result["wait"]) == ("submit", "queued", 30)
    assert _now(world).waiting_for == "upstream_key"
    assert upstream.keys_seen == ["wrong key"]
    assert len(read) == 2


def test_a_new_key_that_is_refused_too_is_not_tried_a_third_time(world: "World") -> None:
    world.put(any_video())
    key, read = _counted(world, "wrong key")
    key()
    world.rotate("another wrong key")
    upstream = FakeUpstream()
    assert _submit(world, upstream, key=key)["status"] == "queued"
    assert upstream.keys_seen == ["wrong key", "another wrong key"]
    assert len(read) == 2


def test_a_second_call_is_made_only_while_both_end_within_the_time_of_one(world: "World") -> None:
    world.put(any_video())
    key, _ = _counted(world, "old key")
    key()
    world.rotate(KEY)
    upstream = FakeUpstream(during=lambda: world.clock.advance(FakeUpstream.submit_seconds - ENOUGH + 1))
    assert _submit(world, upstream, key=key)["status"] == "queued"
    assert upstream.keys_seen == ["old key"]


@pytest.mark.parametrize(("left", "patience"), [(180, 120), (RESERVE + 120, 120), (RESERVE + 119, 119), (RESERVE + ENOUGH, ENOUGH)])
def test_the_paid_call_leaves_time_for_the_evidence(world: "World", left: float, patience: float) -> None:
    world.put(any_video())
    upstream = FakeUpstream()
    assert _submit(world, upstream, seconds_left=left)["status"] == "running"
    assert upstream.patience == [patience]


def test_without_time_for_call_and_evidence_nothing_is_paid_and_the_video_is_tried_again(world: "World") -> None:
    world.put(any_video())
    upstream = FakeUpstream()
    result = _submit(world, upstream, seconds_left=RESERVE + ENOUGH - 1)
    assert (result["status"], result["next"], upstream.ledger) == ("queued", "submit", [])
    assert _now(world).waiting_for == "slow_preparation"
    assert _submit(world, upstream)["status"] == "running"


def test_without_a_key_the_video_stays_in_the_queue_unclaimed(world: "World") -> None:
    world.put(any_video())
    world.secrets.create_secret(Name=world.name)
    result = _submit(world, FakeUpstream(), key=UpstreamKey(world.secrets, world.name))
    assert (result["next"], result["status"], result["wait"]) == ("submit", "queued", 30)
    assert (_now(world).claim, _now(world).waiting_for, _now(world).attempts) == (None, "upstream_key_missing", 0)


def _unreachable(real: Any, **kwargs: Any) -> Any:
    raise ClientError({"Error": {"Code": "InternalServiceError"}}, "any")


def test_what_can_fail_fails_before_the_claim(world: "World") -> None:
    secrets: Any = Meddled(world.secrets, get_secret_value=_unreachable)
    world.put(any_video())
    with pytest.raises(ClientError):
        _submit(world, FakeUpstream(), key=UpstreamKey(secrets, "any"))
    assert _now(world) == any_video()
    world.put(any_video(image=ImageSource(key="inputs/acme/gone", content_type=PICTURE_TYPE)))
    with pytest.raises(ClientError):
        _submit(world, FakeUpstream())
    assert _now(world).status is Status.QUEUED


def test_a_refused_video_is_queued_also_when_the_key_cannot_be_fetched_anew(world: "World") -> None:
    world.put(any_video())
    answers = iter([{"SecretString": "wrong key"}])

    def once(real: Any, **kwargs: Any) -> Any:
        return next(answers, None) or _unreachable(real)

    secrets: Any = Meddled(world.secrets, get_secret_value=once)
    assert _submit(world, FakeUpstream(), key=UpstreamKey(secrets, "any"))["status"] == "queued"


# Nobody knows


@pytest.mark.parametrize(
    ("fault", "bought"), [("drop-after-accept", 1), ("502-after-accept", 1), ("html", 1), ("null-id", 1), ("drop", 0), ("500", 0)]
)
def test_a_call_of_unknown_outcome_is_unconfirmed_and_never_repeated(world: "World", fault: str, bought: int) -> None:
    world.put(_asking_for(f"create={fault}"))
    upstream = FakeUpstream()
    result = _submit(world, upstream)
    assert (result["next"], result["status"]) == ("notify", "unconfirmed")
    assert (_now(world).error or {})["code"] == "outcome_unknown"
    assert _now(world).must_be_announced
    for _ in range(3):
        world.clock.advance(HOUR)
        _submit(world, upstream)
        _poll(world, upstream)
    assert len(upstream.keys_seen) == 1
    assert len(upstream.ledger) == bought


def test_a_claim_whose_holder_died_is_judged_by_poll_after_the_grace_and_never_paid_again(world: "World") -> None:
    world.put(any_video())

    def die() -> None:
        raise SystemExit

    with pytest.raises(SystemExit):
        _submit(world, FakeUpstream(during=die))
    upstream = FakeUpstream()
    assert _submit(world, upstream)["next"] == "wait"
    world.clock.advance(GRACE.total_seconds())
    assert _poll(world, upstream)["status"] == "submitting"
    world.clock.advance(1)
    assert _poll(world, upstream)["status"] == "unconfirmed"
    assert upstream.keys_seen == []


# Evidence before anything else


@pytest.mark.parametrize("meanwhile", [Status.UNCONFIRMED, Status.FAILED, Status.CANCELED, Status.EXPIRED])
def test_evidence_is_stored_although_the_video_was_moved_meanwhile(world: "World", meanwhile: Status) -> None:
    world.put(any_video())
    upstream = FakeUpstream(during=lambda: world.change(any_video().id, status=meanwhile.value, event_id="evt_1"))
    _submit(world, upstream)
    assert _now(world).upstream_id == "task-1"


def test_late_evidence_adopts_a_video_that_was_judged_unconfirmed(world: "World") -> None:
    world.put(any_video())
    error = {"code": "outcome_unknown", "message": "Not known."}
    upstream = FakeUpstream(during=lambda: world.change(any_video().id, status="unconfirmed", event_id="evt_1", error=error))
    result = _submit(world, upstream)
    assert (result["next"], result["status"]) == ("wait", "running")
    assert (_now(world).status, _now(world).error) == (Status.RUNNING, None)


def test_late_evidence_does_not_wake_a_video_that_ended(world: "World") -> None:
    world.put(any_video())
    upstream = FakeUpstream(during=lambda: world.change(any_video().id, status="failed", event_id="evt_1", told="evt_1"))
    assert _submit(world, upstream)["next"] == "done"
    assert (_now(world).status, _now(world).upstream_id) == (Status.FAILED, "task-1")


def _away_for(world: "World", tries: int) -> Any:
    """The table is out of reach for so many tries to store evidence."""
    left = iter(range(tries))

    def away(real: Any, **kwargs: Any) -> Any:
        if ":set_upstream_id" in repr(kwargs["TransactItems"]) and next(left, None) is not None:
            raise EndpointConnectionError(endpoint_url="https://dynamodb.example.com")
        return real(**kwargs)

    return world.videos_over(Meddled(world.dynamodb, transact_write_items=away))


def test_evidence_outlasts_half_a_minute_in_which_the_table_is_out_of_reach(world: "World") -> None:
    world.put(any_video())
    assert _submit(world, FakeUpstream(), table=_away_for(world, INSISTED))["status"] == "running"
    assert _now(world).upstream_id == "task-1"
    assert world.clock() == NOW + timedelta(seconds=30)


def test_evidence_is_tried_for_no_longer_than_submit_has_time(world: "World") -> None:
    world.put(any_video())
    with pytest.raises(EndpointConnectionError):
        _submit(world, FakeUpstream(), table=_away_for(world, INSISTED + 1))
    assert world.clock() <= NOW + timedelta(seconds=30)


def _put_back_as_unpaid(world: "World") -> Any:
    """What the owner does too early: the paid call is still under way."""

    def put_back() -> None:
        if _now(world).status is Status.SUBMITTING:
            world.videos.move(_now(world), Status.UNCONFIRMED, NOW)
            not_charged(world.videos, any_video().id, NOW)

    return put_back


def test_late_evidence_of_a_video_that_was_put_back_as_unpaid_adopts_it_without_a_second_payment(world: "World") -> None:
    world.put(any_video())
    upstream = FakeUpstream(during=_put_back_as_unpaid(world))
    assert _submit(world, upstream)["next"] == "submit"
    assert (_now(world).status, _now(world).upstream_id) == (Status.QUEUED, "task-1")
    assert _submit(world, upstream)["next"] == "wait"
    assert (_now(world).status, len(upstream.ledger)) == (Status.RUNNING, 1)


def test_evidence_that_comes_between_the_look_and_the_claim_stops_the_claim(world: "World") -> None:
    put_back = world.put(any_video(claim="a"))
    world.videos.record_evidence(put_back, "task-1", NOW)
    permit = world.controls.permit(Admission(), NOW, GRACE)
    assert not world.videos.claim(put_back, "b", NOW, put_back.deadline, GRACE, permit).won


def test_a_payment_that_the_record_has_no_room_for_rings_and_is_logged(world: "World", caplog: pytest.LogCaptureFixture) -> None:
    world.put(any_video())
    upstream = FakeUpstream(during=lambda: world.change(any_video().id, claim="another's"))
    counted: list[str] = []
    _submit(world, upstream, count=counted.append)
    assert counted == ["LostVideos"]
    assert [record.upstream_id for record in caplog.records if record.message == "lost"] == ["task-1"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("fault", "status", "then"), [("429", "queued", "submit"), ("balance", "queued", "submit"), ("moderation", "failed", "notify")]
)
def test_a_late_refusal_proves_that_an_unconfirmed_video_was_not_paid(world: "World", fault: str, status: str, then: str) -> None:
    world.put(_asking_for(f"create={fault}"))
    upstream = FakeUpstream(during=lambda: world.change(any_video().id, status="unconfirmed", event_id="evt_1"))
    result = _submit(world, upstream)
    assert (result["next"], result["status"]) == (then, status)
    assert upstream.ledger == []


def test_a_late_silence_leaves_an_unconfirmed_video_as_it_is(world: "World") -> None:
    world.put(_asking_for("create=drop"))
    upstream = FakeUpstream(during=lambda: world.change(any_video().id, status="unconfirmed", event_id="evt_1", told="evt_1"))
    assert _submit(world, upstream)["next"] == "done"
    assert (_now(world).status, _now(world).event_id) == (Status.UNCONFIRMED, "evt_1")


def test_evidence_that_was_stored_before_a_crash_makes_the_video_run(world: "World") -> None:
    world.put(any_video())
    writes = count(1)

    def crash_at_the_third(real: Any, **kwargs: Any) -> Any:
        if next(writes) == 3:  # the claim, the evidence, the move
            raise SystemExit
        return real(**kwargs)

    upstream = FakeUpstream()
    with pytest.raises(SystemExit):
        _submit(
            world,
            upstream,
            table=world.videos_over(Meddled(world.dynamodb, update_item=crash_at_the_third, transact_write_items=crash_at_the_third)),
        )
    assert (_now(world).status, _now(world).upstream_id) == (Status.SUBMITTING, "task-1")
    assert _submit(world, upstream)["next"] == "wait"
    assert _poll(world, upstream)["status"] == "running"
    assert len(upstream.ledger) == 1


# Whose turn it is


def test_a_step_of_an_older_run_and_a_video_that_is_gone_end_the_execution_at_once(world: "World") -> None:
    upstream = FakeUpstream()
    assert _submit(world, upstream) == {"video_id": any_video().id, "run": 1, "next": "done"}
    world.put(any_video(run=2))
    assert _submit(world, upstream, run=1) == {"video_id": any_video().id, "run": 1, "next": "done"}
    assert upstream.keys_seen == []


def test_a_queued_video_that_is_past_its_deadline_fails_unpaid(world: "World") -> None:
    world.put(any_video())
    world.clock.advance(any_video().deadline - NOW.timestamp() + 1)
    upstream = FakeUpstream()
    result = _submit(world, upstream)
    assert (result["next"], result["status"]) == ("notify", "failed")
    assert (_now(world).error or {})["code"] == "not_submitted"
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
def test_a_video_that_is_not_queued_goes_on_from_where_it_is(world: "World", video: Video, then: str) -> None:
    world.put(video)
    upstream = FakeUpstream()
    assert _submit(world, upstream)["next"] == then
    assert upstream.keys_seen == []


# Nothing secret travels


@pytest.mark.parametrize("faults", ["", "create=429", "create=invalid", "create=auth", "create=drop-after-accept"])
def test_neither_the_answer_nor_the_log_holds_prompt_key_or_picture(world: "World", caplog: pytest.LogCaptureFixture, faults: str) -> None:
    caplog.set_level(logging.DEBUG, logger="cliprelay")
    key = world.store.put_input("acme", any_png(), PICTURE_TYPE)
    prompt = f"A very private lighthouse. [sim {faults}]"
    world.put(any_video(settings=any_settings(prompt=prompt), image=ImageSource(key=key, content_type=PICTURE_TYPE)))
    result = _submit(world, FakeUpstream())
    assert set(result) <= {"video_id", "run", "status", "next", "wait"}
    said = json.dumps(result) + "".join(str(vars(line)) for line in caplog.records)
    for secret in ("private", KEY, base64.b64encode(any_png()).decode()[:40], key):
        assert secret not in said


def test_the_log_is_the_second_witness_of_a_payment(world: "World", caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="cliprelay")
    world.put(any_video())
    _submit(world, FakeUpstream())
    assert [vars(line)["upstream_id"] for line in caplog.records if "upstream_id" in vars(line)] == ["task-1"]


def test_the_store_is_read_before_the_claim_and_not_after(world: "World") -> None:
    key = world.store.put_input("acme", any_png(), PICTURE_TYPE)
    world.put(any_video(image=ImageSource(key=key, content_type=PICTURE_TYPE)))
    seen: list[Status] = []

    def look(real: Any, **kwargs: Any) -> Any:
        seen.append(_now(world).status)
        return real(**kwargs)

    client: Any = Meddled(world.s3, get_object=look)
    world.store = MediaBucket(client, world.bucket)
    _submit(world, FakeUpstream())
    assert seen == [Status.QUEUED]


def test_the_task_of_another_video_is_flagged_and_left_to_a_person(world: "World", caplog: pytest.LogCaptureFixture) -> None:
    other = world.put(any_video(id="vid_of_another", status=Status.RUNNING, claim="b"))
    assert world.videos.record_evidence(other, "task-1", NOW)
    world.put(any_video())
    counted: list[str] = []
    upstream = FakeUpstream()  # its first id is task-1
    assert _submit(world, upstream, count=counted.append)["next"] == "notify"
    assert (_now(world).status, _now(world).upstream_id, counted) == (Status.UNCONFIRMED, None, ["DuplicateTasks"])
    assert "another video" in (_now(world).error or {})["message"]
    assert world.read(other.id).upstream_id == "task-1"
    flagged = [record for record in caplog.records if record.message == "task of another video"]
    assert [(record.video_id, record.upstream_id) for record in flagged] == [(any_video().id, "task-1")]  # type: ignore[attr-defined]


def test_a_claim_whose_answer_came_after_the_judgement_pays_nothing_and_leaves_no_doubt(world: "World") -> None:
    world.put(any_video())

    def judged_meanwhile(real: Any, **kwargs: Any) -> Any:
        answer = real(**kwargs)
        world.change(any_video().id, status=Status.UNCONFIRMED.value)
        return answer

    upstream, table = FakeUpstream(), world.videos_over(Meddled(world.dynamodb, transact_write_items=judged_meanwhile))
    assert _submit(world, upstream, table=table)["next"] == "submit"
    assert (_now(world).status, upstream.keys_seen) == (Status.QUEUED, [])
