"""Submit queues, fails or marks a video unconfirmed according to the answer to the paid call."""

import base64
import json
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from cliprelay.video.record import ImageSource, deadline_after
from cliprelay.video.states import Status
from cliprelay.video.table import KEEPER_MARGIN
from cliprelay.workflow.settlement import LATEST, SOONEST
from tests.support.fake_upstream import KEY, FakeUpstream
from tests.support.makers import (
    GRACE,
    NOW,
    PICTURE_TYPE,
    any_png,
    any_settings,
    any_spec,
    any_video,
)
from tests.support.submitting import HOUR, poll_once, read_back, submit, video_with_faults

if TYPE_CHECKING:
    from tests.support.world import World


def test_a_throttled_video_returns_to_the_queue_and_is_paid_later(world: "World") -> None:
    world.put(video_with_faults("create=429"))
    upstream = FakeUpstream()
    result = submit(world, upstream)
    assert (result["next"], result["status"], result["wait"]) == ("submit", "queued", 5)
    assert (read_back(world).status, read_back(world).waiting_for, read_back(world).attempts) == (Status.QUEUED, "throttled", 1)
    world.clock.advance(result["wait"])
    assert submit(world, upstream)["status"] == "running"
    assert len(upstream.ledger) == 1
    assert read_back(world).waiting_for is None


@pytest.mark.parametrize(("asked", "waits"), [("7", 7), ("299", 299), ("301", LATEST), ("1000000000", LATEST)])
def test_retry_after_is_honoured_within_bounds(world: "World", asked: str, waits: int) -> None:
    world.put(video_with_faults(f"create=429:{asked}"))
    assert submit(world, FakeUpstream())["wait"] == waits


def test_the_shortest_wait_is_one_second_whatever_retry_after_says(world: "World") -> None:
    world.put(video_with_faults("create=429:0"))
    assert submit(world, FakeUpstream())["wait"] >= SOONEST


def test_waits_double_when_the_upstream_sends_no_retry_after(world: "World") -> None:
    world.put(video_with_faults("create=429:always"))
    upstream = FakeUpstream()
    assert [submit(world, upstream)["wait"] for _ in range(8)] == [5, 10, 20, 40, 80, 160, 300, 300]


def test_a_refused_account_is_retried_more_slowly(world: "World") -> None:
    world.put(video_with_faults("create=balance:always"))
    upstream = FakeUpstream()
    waits = []
    for _ in range(5):
        waits.append(submit(world, upstream)["wait"])
        world.clock.advance(waits[-1])
    assert waits == [30, 60, 120, 240, 300]
    assert read_back(world).waiting_for == "upstream_balance"
    assert upstream.ledger == []


def test_after_many_refusals_the_waits_have_grown_whatever_retry_after_says(world: "World") -> None:
    video = video_with_faults("create=429:1")
    world.put(any_video(settings=video.settings, attempts=100))
    # 72 h in at most 1,100 turns: 40 % of 25,000 events, at nine a turn.
    assert submit(world, FakeUpstream())["wait"] >= 72 * HOUR / 1_100


def test_a_video_that_returns_to_the_queue_regains_the_deadline_of_its_creation(world: "World") -> None:
    world.put(video_with_faults("create=429"))
    world.clock.advance(10 * HOUR)
    submit(world, FakeUpstream())
    assert read_back(world).deadline == deadline_after(NOW, any_spec())


@pytest.mark.parametrize(
    ("fault", "code"), [("invalid", "invalid_request"), ("moderation", "moderated"), ("no-route", "model_unavailable")]
)
def test_a_rejected_video_fails_for_good_and_costs_nothing(world: "World", fault: str, code: str) -> None:
    world.put(video_with_faults(f"create={fault}"))
    upstream = FakeUpstream()
    result = submit(world, upstream)
    assert (result["next"], result["status"]) == ("notify", "failed")
    error = read_back(world).error or {}
    assert error["code"] == code
    assert error["message"][0].isupper()
    assert error["message"].endswith("; nothing was charged.")
    assert upstream.ledger == []


@pytest.mark.parametrize(
    ("fault", "bought"), [("drop-after-accept", 1), ("502-after-accept", 1), ("html", 1), ("null-id", 1), ("drop", 0), ("500", 0)]
)
def test_a_call_with_an_unknown_outcome_leaves_the_video_unconfirmed_and_is_never_repeated(world: "World", fault: str, bought: int) -> None:
    world.put(video_with_faults(f"create={fault}"))
    upstream = FakeUpstream()
    result = submit(world, upstream)
    assert (result["next"], result["status"]) == ("notify", "unconfirmed")
    assert (read_back(world).error or {})["code"] == "outcome_unknown"
    assert read_back(world).must_be_announced
    for _ in range(3):
        world.clock.advance(HOUR)
        submit(world, upstream)
        poll_once(world, upstream)
    assert len(upstream.keys_seen) == 1
    assert len(upstream.ledger) == bought


def test_poll_marks_an_abandoned_claim_unconfirmed_after_the_grace(world: "World") -> None:
    world.put(any_video())

    def die() -> None:
        raise SystemExit

    with pytest.raises(SystemExit):
        submit(world, FakeUpstream(during=die))
    upstream = FakeUpstream()
    assert submit(world, upstream)["next"] == "wait"
    world.clock.advance(GRACE.total_seconds())
    assert poll_once(world, upstream)["status"] == "submitting"
    world.clock.advance(1)
    assert poll_once(world, upstream)["status"] == "unconfirmed"
    assert upstream.keys_seen == []


@pytest.mark.parametrize("faults", ["", "create=429", "create=invalid", "create=auth", "create=drop-after-accept"])
def test_the_result_and_the_log_never_contain_the_prompt_the_key_or_an_image(
    world: "World", caplog: pytest.LogCaptureFixture, faults: str
) -> None:
    caplog.set_level(logging.DEBUG, logger="cliprelay")
    key = world.store.put_input("acme", any_png(), PICTURE_TYPE)
    prompt = f"A very private lighthouse. [sim {faults}]"
    world.put(any_video(settings=any_settings(prompt=prompt), image=ImageSource(key=key, content_type=PICTURE_TYPE)))
    result = submit(world, FakeUpstream())
    assert set(result) <= {"video_id", "run", "status", "next", "wait"}
    said = json.dumps(result) + "".join(str(vars(line)) for line in caplog.records)
    for secret in ("private", KEY, base64.b64encode(any_png()).decode()[:40], key):
        assert secret not in said


@pytest.mark.parametrize(
    ("fault", "said", "level"),
    [
        ("create=429", "not accepted", logging.WARNING),
        ("create=moderation", "refused", logging.WARNING),
        ("create=drop", "outcome unknown", logging.ERROR),
    ],
)
def test_the_log_says_why_an_answer_brought_no_task(
    world: "World", caplog: pytest.LogCaptureFixture, fault: str, said: str, level: int
) -> None:
    world.put(video_with_faults(fault))
    submit(world, FakeUpstream())
    assert [(line.message, line.levelno) for line in caplog.records if line.name == "cliprelay.submit"] == [(said, level)]


@pytest.mark.parametrize("fault", ["", "create=429:200"])
def test_the_lease_of_the_claim_serves_the_wait_after_the_answer(world: "World", fault: str) -> None:
    world.put(video_with_faults(fault) if fault else any_video())
    wait = submit(world, FakeUpstream())["wait"]
    assert read_back(world).due_at == int((world.clock() + GRACE + KEEPER_MARGIN).timestamp())
    assert timedelta(seconds=wait) < GRACE


def test_a_wait_that_would_outlast_the_lease_of_the_claim_extends_it(world: "World") -> None:
    world.put(video_with_faults("create=429:300"))
    upstream = FakeUpstream(during=lambda: world.clock.advance(250))
    wait = submit(world, upstream)["wait"]
    assert wait == 300
    assert read_back(world).due_at == int((world.clock() + timedelta(seconds=wait) + KEEPER_MARGIN).timestamp())
