"""The meaning of an answer to a paid call, decided without table, clock or upstream."""

import pytest

from cliprelay.errors import NoAnswer, NotAccepted, OutcomeUnknown, RefusedAccount, RefusedVideo
from cliprelay.video.states import Status
from cliprelay.workflow.decisions import back_in_queue
from cliprelay.workflow.durations import NAMES, UNITS, Durations, bucket_of
from cliprelay.workflow.schedule import first_wait
from cliprelay.workflow.settlement import (
    ACCOUNT_FIRST_WAIT,
    BELIEVED,
    LATEST,
    SOONEST,
    Account,
    settle_error,
    settle_foreign_task,
    settle_paid,
)
from tests.support.makers import any_settings, any_video

CLAIMED = any_video(status=Status.SUBMITTING, claim="mine", attempts=2)


def test_an_accepted_task_runs_and_counts_its_first_wait() -> None:
    video = any_video(settings=any_settings(service_tier="flex", duration=12))
    settlement = settle_paid(video)
    assert (settlement.target, settlement.account) == (Status.RUNNING, Account.WORKS)
    assert settlement.wait == settlement.changes["waited"] == first_wait(video.spec)


def test_an_accepted_task_is_polled_first_when_its_class_is_likely_to_end() -> None:
    video, seen = any_video(), Durations.from_item({NAMES[bucket_of(10)]: 60 * UNITS})
    settlement = settle_paid(video, seen)
    assert settlement.wait == settlement.changes["waited"] == first_wait(video.spec, seen) < first_wait(video.spec)
    assert settlement.changes["error"] is None


def test_a_refusal_for_now_counts_from_the_first_and_one_of_the_account_has_an_alarm_of_its_own() -> None:
    claimed, again = any_video(claimed_at=1_000), any_video(claimed_at=2_000, failing_since=1_000)
    assert [settle_error(each, NotAccepted("throttled", "busy")).changes["failing_since"] for each in (claimed, again)] == [1_000, 1_000]
    assert settle_error(again, RefusedAccount("upstream_key", "no")).changes.get("failing_since") is None


def test_a_task_of_another_video_is_unconfirmed_and_shows_that_the_account_works() -> None:
    settlement = settle_foreign_task(CLAIMED)
    assert (settlement.target, settlement.account) == (Status.UNCONFIRMED, Account.WORKS)
    assert settlement.changes["error"]["code"] == "outcome_unknown"


@pytest.mark.parametrize(
    ("error", "account", "wait"),
    [
        (NotAccepted("throttled", "busy"), Account.UNKNOWN, 20),
        (RefusedAccount("upstream_key", "no"), Account.REFUSED, 4 * ACCOUNT_FIRST_WAIT),
    ],
)
def test_a_request_that_bought_nothing_returns_to_the_queue_with_growing_waits(
    error: NotAccepted | RefusedAccount, account: Account, wait: int
) -> None:
    settlement = settle_error(CLAIMED, error)
    assert (settlement.target, settlement.account, settlement.wait, settlement.code) == (Status.QUEUED, account, wait, error.code)
    assert settlement.changes.items() >= back_in_queue(CLAIMED, error.code).items()


@pytest.mark.parametrize(("asked", "attempts", "waits"), [(7, 0, 7), (0, 0, SOONEST), (1e9, 0, LATEST), (1, BELIEVED + 4, 16)])
def test_retry_after_is_honoured_within_bounds_and_a_limited_number_of_times(asked: float, attempts: int, waits: int) -> None:
    assert settle_error(any_video(attempts=attempts), NotAccepted("throttled", "busy", retry_after=asked)).wait == waits


def test_a_refused_video_fails_without_a_charge() -> None:
    settlement = settle_error(CLAIMED, RefusedVideo("moderated", "the upstream's moderation refused the content"))
    assert (settlement.target, settlement.account, settlement.wait) == (Status.FAILED, Account.WORKS, 0)
    message = "The upstream's moderation refused the content; nothing was charged."
    assert settlement.changes == {"error": {"code": "moderated", "message": message}}


def test_silence_after_the_whole_request_is_unconfirmed_and_shows_nothing_about_the_account() -> None:
    settlement = settle_error(CLAIMED, OutcomeUnknown("no_answer", "the upstream took the whole request and did not answer"))
    assert (settlement.target, settlement.account, settlement.code) == (Status.UNCONFIRMED, Account.UNKNOWN, "no_answer")
    assert settlement.changes["error"]["code"] == "outcome_unknown"


def test_an_error_that_no_paid_call_can_raise_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="NoAnswer"):
        settle_error(CLAIMED, NoAnswer("http_500", "no answer"))


def test_a_paid_video_keeps_no_error_and_says_that_the_account_works() -> None:
    settled = settle_paid(CLAIMED)
    assert settled.changes == {"waited": settled.wait, "error": None}
    assert (settled.account, settled.code) == (Account.WORKS, None)


def test_an_unknown_outcome_quotes_what_is_known_and_keeps_its_code() -> None:
    settled = settle_error(CLAIMED, OutcomeUnknown("no_id", "the upstream answered 200 without a task id"))
    assert (settled.target, settled.code, settled.wait) == (Status.UNCONFIRMED, "no_id", 0)
    assert settled.changes["error"]["code"] == "outcome_unknown"
    assert "the upstream answered 200 without a task id" in settled.changes["error"]["message"]


@pytest.mark.parametrize(("attempts", "busy", "account"), [(0, 5, 30), (1, 10, 60), (2, 20, 120), (9, 300, 300)])
def test_the_first_wait_for_a_person_is_longer_than_for_a_busy_upstream(attempts: int, busy: int, account: int) -> None:
    video = any_video(status=Status.SUBMITTING, attempts=attempts)
    assert settle_error(video, NotAccepted("throttled", "any")).wait == busy
    assert settle_error(video, RefusedAccount("upstream_key", "any")).wait == account
