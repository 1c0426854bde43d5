"""Decisions about a video, by an answer or by the clock."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprelay.upstream.contract import Outcome, Task
from cliprelay.video.kept_copies import APART, KeptCopy
from cliprelay.video.record import Video, deadline_after, iso
from cliprelay.video.states import TERMINAL, Status, may_move
from cliprelay.workflow.decisions import (
    COPIES_OWED,
    LINK_KEPT,
    LOST,
    MISSES_ALLOWED,
    SILENCE_ALLOWED,
    Decision,
    back_in_queue,
    judge_absence,
    judge_silence,
    judge_task,
    judge_time,
    unconfirmed,
)
from cliprelay.workflow.schedule import backoff
from tests.support.makers import GRACE, NOW, any_settings, any_spec, any_task, any_video

RUNNING = any_video(status=Status.RUNNING, upstream_id="task-1")
ARCHIVING = any_video(status=Status.ARCHIVING, upstream_id="task-1", archiving_at=int(NOW.timestamp()))
AT_DEADLINE = NOW.fromtimestamp(RUNNING.deadline, NOW.tzinfo)
LATE = AT_DEADLINE + timedelta(seconds=1)
URL = "https://media.example.com/1.mp4"

OUTCOMES = st.sampled_from(Outcome)
TASKS = st.builds(
    Task,
    OUTCOMES,
    progress=st.none() | st.integers(0, 100),
    eta=st.none() | st.floats(allow_nan=False),
    video_url=st.none() | st.just(URL),
    error_code=st.none() | st.just("moderated"),
    error_message=st.none() | st.just("the upstream refused"),
)
MOMENTS = st.timedeltas(timedelta(0), timedelta(days=10)).map(lambda passed: NOW + passed)


def _code(decision: Decision | None) -> str:
    assert decision is not None
    code: str = decision.changes["error"]["code"]
    return code


def _message(decision: Decision | None) -> str:
    assert decision is not None
    message: str = decision.changes["error"]["message"]
    return message


# The clock


def test_a_queued_video_waits_until_its_deadline() -> None:
    assert judge_time(any_video(), AT_DEADLINE, GRACE) is None
    assert judge_time(any_video(), LATE, GRACE) is not None


def test_a_queued_video_past_its_deadline_fails_with_nothing_charged() -> None:
    decision = judge_time(any_video(), LATE, GRACE)
    assert decision is not None
    assert decision.target is Status.FAILED
    assert _code(decision) == "not_submitted"
    assert "nothing was charged" in _message(decision)


def test_a_claim_becomes_unconfirmed_only_after_the_grace() -> None:
    claimed = any_video(status=Status.SUBMITTING, claim="a", claimed_at=int(NOW.timestamp()))
    assert judge_time(claimed, NOW + GRACE, GRACE) is None
    decision = judge_time(claimed, NOW + GRACE + timedelta(seconds=1), GRACE)
    assert decision is not None
    assert decision.target is Status.UNCONFIRMED
    assert _code(decision) == "outcome_unknown"


@given(now=MOMENTS, status=st.sampled_from([Status.SUBMITTING, Status.UNCONFIRMED]))
def test_a_video_with_a_task_id_is_running_at_any_time(now: Any, status: Status) -> None:
    paid = any_video(status=status, claim="a", claimed_at=0, upstream_id="task-1")
    assert judge_time(paid, now, GRACE) == Decision(Status.RUNNING, {"error": None})


@given(now=MOMENTS)
def test_a_queued_video_that_proved_to_be_paid_runs_with_the_deadline_of_its_claim(now: Any) -> None:
    claimed = NOW + timedelta(hours=7)
    paid = any_video(claim="a", claimed_at=int(claimed.timestamp()), upstream_id="task-1", waiting_for="resolved")
    decision = judge_time(paid, now, GRACE)
    assert decision
    assert decision.target is Status.RUNNING
    assert decision.changes["deadline"] == deadline_after(claimed, paid.spec)


def test_an_unconfirmed_video_fails_at_its_deadline_as_possibly_charged() -> None:
    unsure = any_video(status=Status.UNCONFIRMED, claim="a", claimed_at=int(NOW.timestamp()))
    assert judge_time(unsure, AT_DEADLINE, GRACE) is None
    decision = judge_time(unsure, LATE, GRACE)
    assert decision is not None
    assert decision.target is Status.FAILED
    assert _code(decision) == "outcome_unknown"
    assert "may have been charged" in _message(decision)


@given(now=MOMENTS, status=st.sampled_from([Status.RUNNING, Status.ARCHIVING, *sorted(TERMINAL)]))
def test_the_clock_alone_never_ends_a_paid_video(now: Any, status: Status) -> None:
    assert judge_time(any_video(status=status, upstream_id="task-1"), now, GRACE) is None


# An answer


def test_a_link_moves_a_running_video_to_archiving_and_is_recorded() -> None:
    decision = judge_task(RUNNING, any_task(Outcome.SUCCEEDED, video_url=URL), NOW)
    assert decision.target is Status.ARCHIVING
    assert decision.changes["upstream_url"] == URL
    assert decision.changes["archiving_at"] == int(NOW.timestamp())


def test_a_link_is_used_even_after_the_deadline() -> None:
    assert judge_task(RUNNING, any_task(Outcome.SUCCEEDED, video_url=URL), LATE).target is Status.ARCHIVING


@pytest.mark.parametrize(
    ("outcome", "target"),
    [(Outcome.FAILED, Status.FAILED), (Outcome.EXPIRED, Status.EXPIRED), (Outcome.CANCELED, Status.CANCELED)],
)
def test_a_documented_end_gives_the_error_its_code_and_message(outcome: Outcome, target: Status) -> None:
    task = any_task(outcome, error_code="moderated", error_message="the upstream's moderation refused the content (RiskDetection)")
    decision = judge_task(RUNNING, task, NOW)
    assert decision.target is target
    assert _code(decision) == "moderated"


def test_the_message_keeps_the_spelling_of_the_upstream_code() -> None:
    task = any_task(Outcome.FAILED, error_code="moderated", error_message="the content was refused (OutputVideoSensitiveContentDetected)")
    assert _message(judge_task(RUNNING, task, NOW)) == "The content was refused (OutputVideoSensitiveContentDetected)."


def test_a_running_task_expires_the_video_only_after_the_deadline() -> None:
    assert judge_task(RUNNING, any_task(), AT_DEADLINE).target is None
    decision = judge_task(RUNNING, any_task(), LATE)
    assert decision.target is Status.EXPIRED
    assert "may have been charged" in _message(decision)


def test_progress_never_decreases_and_stays_below_100_until_the_file_is_stored() -> None:
    at_40 = any_video(status=Status.RUNNING, upstream_id="task-1", progress=40)
    assert "progress" not in judge_task(at_40, any_task(progress=40), NOW).changes
    assert "progress" not in judge_task(at_40, any_task(progress=None), NOW).changes
    assert judge_task(at_40, any_task(progress=41), NOW).changes["progress"] == 41
    assert judge_task(at_40, any_task(progress=100), NOW).changes["progress"] == 99


def test_a_success_without_a_link_is_retried_and_then_fails_as_possibly_charged() -> None:
    decisions = _in_a_row(RUNNING, lambda video: judge_task(video, any_task(Outcome.SUCCEEDED), NOW))
    assert [decision.target for decision in decisions] == [None] * MISSES_ALLOWED + [Status.FAILED]
    assert _code(decisions[-1]) == "missing_output"
    assert "may have been charged" in _message(decisions[-1])


def test_a_task_unknown_to_the_upstream_is_retried_and_then_lost() -> None:
    decisions = _in_a_row(RUNNING, judge_absence)
    assert [decision.target for decision in decisions] == [None] * MISSES_ALLOWED + [Status.FAILED]
    assert _code(decisions[-1]) == "lost_upstream"


def test_a_usable_answer_resets_the_misses() -> None:
    nearly_lost = any_video(status=Status.RUNNING, upstream_id="task-1", misses=MISSES_ALLOWED)
    assert judge_task(nearly_lost, any_task(), NOW).changes["misses"] == 0


def test_the_first_link_resets_the_misses() -> None:
    nearly_lost = any_video(status=Status.RUNNING, upstream_id="task-1", misses=MISSES_ALLOWED)
    decision = judge_task(nearly_lost, any_task(Outcome.SUCCEEDED, video_url=URL), NOW)
    assert (decision.target, decision.changes["misses"]) == (Status.ARCHIVING, 0)


def _in_a_row(video: Video, judge: Any) -> list[Decision]:
    return [judge(any_video(status=video.status, upstream_id="task-1", misses=misses)) for misses in range(MISSES_ALLOWED + 1)]


# Silence


@pytest.mark.parametrize("video", [RUNNING, ARCHIVING], ids=lambda video: video.status.value)
def test_an_outage_ends_no_video_until_a_day_after_its_deadline(video: Video) -> None:
    now = AT_DEADLINE + SILENCE_ALLOWED
    assert judge_silence(video, now) == Decision(None, {"failing_since": int(now.timestamp())})


@pytest.mark.parametrize("video", [RUNNING, ARCHIVING], ids=lambda video: video.status.value)
def test_silence_counts_from_the_first_question_without_an_answer(video: Video) -> None:
    assert judge_silence(replace(video, failing_since=7), NOW) == Decision(None, {"failing_since": 7})


def test_silence_ends_a_video_a_day_after_its_deadline() -> None:
    long_after = LATE + SILENCE_ALLOWED
    assert judge_silence(RUNNING, long_after).target is Status.EXPIRED
    assert judge_silence(ARCHIVING, long_after).target is Status.FAILED
    assert "may have been charged" in _message(judge_silence(RUNNING, long_after))


# Copying


def test_a_fresh_link_is_recorded_without_a_move() -> None:
    decision = judge_task(ARCHIVING, any_task(Outcome.SUCCEEDED, video_url=URL), NOW)
    assert decision.target is None
    assert decision.changes["upstream_url"] == URL


@given(now=st.timedeltas(timedelta(0), LINK_KEPT).map(lambda passed: NOW + passed))
def test_a_status_that_goes_backwards_only_counts_as_no_progress_while_archiving(now: Any) -> None:
    since = {"failing_since": int(now.timestamp())}
    assert judge_task(ARCHIVING, any_task(Outcome.RUNNING), now) == Decision(None, since)


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.EXPIRED, Outcome.CANCELED])
def test_a_finished_video_survives_one_contradicting_answer(outcome: Outcome) -> None:
    assert judge_task(ARCHIVING, any_task(outcome), NOW).target is None


def test_a_video_not_copied_within_24_hours_is_gone_and_possibly_charged() -> None:
    soon = NOW + LINK_KEPT + timedelta(seconds=1)
    decision = judge_task(replace(ARCHIVING, copies=COPIES_OWED), any_task(Outcome.SUCCEEDED, video_url=URL), soon)
    assert decision.target is Status.FAILED
    assert _code(decision) == "video_gone"
    assert "may have been charged" in _message(decision)


@pytest.mark.parametrize("copies", range(COPIES_OWED))
def test_a_link_still_returned_after_our_own_outage_is_tried_even_after_24_hours(copies: int) -> None:
    soon = NOW + LINK_KEPT + timedelta(seconds=1)
    decision = judge_task(replace(ARCHIVING, copies=copies), any_task(Outcome.SUCCEEDED, video_url=URL), soon)
    assert decision == Decision(None, {"upstream_url": URL, "more_urls": None, "link_at": int(soon.timestamp()), "misses": 0})


@pytest.mark.parametrize("task", [any_task(Outcome.RUNNING), any_task(Outcome.SUCCEEDED), any_task(Outcome.FAILED)], ids=str)
def test_a_video_without_a_link_is_not_retried_after_24_hours(task: Task) -> None:
    assert judge_task(ARCHIVING, task, NOW + LINK_KEPT + timedelta(seconds=1)).target is Status.FAILED


KEPT = KeptCopy(sha256="a" * 64, bytes=7, doubt="no_picture", link_at=1, is_framed=True, has_type=True, is_kept=True)


@pytest.mark.parametrize(
    ("video", "code", "says"),
    [
        (ARCHIVING, "video_gone", "no longer returns a working link"),
        (replace(ARCHIVING, refusals={"http_403": 290}), "video_gone", "no longer returns a working link"),
        (replace(ARCHIVING, refusals={"http_403": 289, "cut": 1}), "video_not_copied", "(cut)"),
        (replace(ARCHIVING, refusals={"cut": 1, "over_the_size_cap": 9}), "video_not_copied", "larger than this deployment can store"),
        (replace(ARCHIVING, refusals={"cut": 9}, noted_copies=[KEPT]), "video_unverified", "(no_picture). It is kept"),
        (replace(ARCHIVING, noted_copies=[replace(KEPT, is_kept=False)]), "video_gone", "no longer returns a working link"),
    ],
    ids=["nothing tried", "dead links", "cut", "mostly too large", "kept", "not kept"],
)
def test_a_video_that_was_not_copied_fails_for_the_true_reason(video: Video, code: str, says: str) -> None:
    late = NOW + LINK_KEPT + timedelta(seconds=1)
    gone = replace(video, misses=MISSES_ALLOWED)
    ends = [judge_task(video, any_task(Outcome.FAILED), late), judge_task(gone, any_task(Outcome.FAILED), NOW), judge_absence(gone)]
    for decision in ends:
        assert decision.target is Status.FAILED
        assert _code(decision) == code
        assert _code(decision) in LOST
        assert says in _message(decision)
        assert "may have been charged" in _message(decision)


def test_silence_about_a_video_of_which_a_copy_is_kept_says_so() -> None:
    decision = judge_silence(replace(ARCHIVING, noted_copies=[KEPT]), LATE + SILENCE_ALLOWED)
    assert _code(decision) == "video_unverified"


def test_the_copies_of_a_day_include_two_answers_far_enough_apart_to_confirm_a_file() -> None:
    assert sum(backoff(copies) for copies in range(1, COPIES_OWED)) >= APART
    assert backoff(10**6) <= APART


@pytest.mark.parametrize("video", [RUNNING, ARCHIVING], ids=lambda video: video.status.value)
def test_all_links_of_an_answer_are_recorded_with_its_time(video: Video) -> None:
    task = any_task(Outcome.SUCCEEDED, video_url=URL, more_urls=("https://a.example/", "https://b.example/"))
    changes = judge_task(video, task, NOW).changes
    assert (changes["upstream_url"], changes["more_urls"]) == (URL, ["https://a.example/", "https://b.example/"])
    assert changes["link_at"] == int(NOW.timestamp())


# What holds for all of them


@given(task=TASKS, now=MOMENTS, status=st.sampled_from([Status.RUNNING, Status.ARCHIVING]), misses=st.integers(0, 10))
def test_every_decision_about_an_answer_is_a_legal_move_and_every_end_but_success_has_a_reason(
    task: Task, now: Any, status: Status, misses: int
) -> None:
    video = any_video(status=status, upstream_id="task-1", archiving_at=int(NOW.timestamp()), misses=misses)
    decision = judge_task(video, task, now)
    assert decision.target is None or may_move(status, decision.target)
    assert (decision.target in TERMINAL) == ("error" in decision.changes)


@given(now=MOMENTS, status=st.sampled_from([status for status in Status if status not in TERMINAL]), upstream_id=st.none() | st.just("t"))
def test_every_decision_by_the_clock_is_a_legal_move(now: Any, status: Status, upstream_id: str | None) -> None:
    video = any_video(status=status, claimed_at=int(NOW.timestamp()), upstream_id=upstream_id)
    decision = judge_time(video, now, GRACE)
    assert decision is None or (decision.target is not None and may_move(status, decision.target))


def test_the_error_of_an_unconfirmed_payment_says_possibly_charged_and_not_submitted_again() -> None:
    error = unconfirmed("the upstream answered 502")
    assert error["code"] == "outcome_unknown"
    assert "may have been charged" in error["message"]
    assert "not submitted again" in error["message"]


def test_a_requeued_video_has_the_deadline_of_its_creation() -> None:
    settings = any_settings(execution_expires_after=3_600)
    claimed = any_video(
        settings=settings, status=Status.SUBMITTING, deadline=deadline_after(NOW + timedelta(minutes=50), any_spec(**settings))
    )
    changes = back_in_queue(claimed, "throttled")
    assert changes["deadline"] == deadline_after(NOW, any_spec(**settings))
    assert changes["waiting_for"] == "throttled"
    assert changes["attempts"] == 1
    assert changes["error"] is None


# What a decision writes


def test_a_link_stores_its_time_and_leaves_one_percent_for_the_copy() -> None:
    decision = judge_task(RUNNING, any_task(Outcome.SUCCEEDED, video_url=URL, progress=20), NOW)
    now = int(NOW.timestamp())
    link = {"upstream_url": URL, "more_urls": None, "link_at": now}
    assert decision.changes == {**link, "archiving_at": now, "copying_since": now, "misses": 0, "progress": 99}


def test_progress_is_stored_with_its_time_and_only_when_it_rises() -> None:
    assert judge_task(RUNNING, any_task(progress=40), NOW).changes == {"misses": 0, "progress": 40, "updated_at": iso(NOW)}
    assert judge_task(replace(RUNNING, progress=40), any_task(progress=40), NOW).changes == {"misses": 0}
    assert judge_task(RUNNING, any_task(progress=100), NOW).changes["progress"] == 99


def test_each_miss_counts_once() -> None:
    assert judge_absence(replace(RUNNING, misses=3)).changes == {"misses": 4}
    assert judge_task(replace(ARCHIVING, misses=3), any_task(Outcome.SUCCEEDED), NOW).changes == {"misses": 4}


def test_a_task_that_runs_at_the_deadline_ends_as_deadline() -> None:
    decision = judge_task(RUNNING, any_task(), LATE)
    assert (decision.target, _code(decision)) == (Status.EXPIRED, "deadline")
    assert judge_task(RUNNING, any_task(), AT_DEADLINE).target is None


def test_an_end_without_a_code_is_named_after_its_outcome() -> None:
    decision = judge_task(RUNNING, any_task(Outcome.CANCELED), NOW)
    assert decision.changes == {"error": {"code": "canceled", "message": "Canceled."}}


def test_a_video_back_in_the_queue_waits_for_its_reason_and_counts_the_attempt() -> None:
    video = any_video(status=Status.SUBMITTING, attempts=2, submitted_at=5, error={"code": "any", "message": "Any."})
    deadline = deadline_after(NOW, any_spec())
    changes = {"attempts": 3, "waiting_for": "throttled", "deadline": deadline, "submitted_at": None, "error": None}
    assert back_in_queue(video, "throttled") == changes


@pytest.mark.parametrize("claimed_at", [None, int(NOW.timestamp()) + 7])
def test_a_requeued_video_that_was_paid_forgets_what_it_waited_for(claimed_at: int | None) -> None:
    video = any_video(upstream_id="task-1", claimed_at=claimed_at, waiting_for="resolved", error={"code": "any", "message": "Any."})
    decision = judge_time(video, NOW, GRACE)
    began = claimed_at or int(NOW.timestamp())
    deadline = deadline_after(NOW.fromtimestamp(began, NOW.tzinfo), any_spec())
    assert decision == Decision(Status.RUNNING, {"deadline": deadline, "submitted_at": began, "waiting_for": None, "error": None})


@pytest.mark.parametrize("status", [Status.SUBMITTING, Status.UNCONFIRMED])
def test_a_doubt_that_evidence_removes_leaves_no_error(status: Status) -> None:
    assert judge_time(any_video(status=status, upstream_id="task-1"), NOW, GRACE) == Decision(Status.RUNNING, {"error": None})


def test_an_archiving_video_without_its_time_has_waited_long_enough() -> None:
    assert judge_task(replace(ARCHIVING, archiving_at=None), any_task(), NOW).target is Status.FAILED


@pytest.mark.parametrize(("late", "target"), [(timedelta(0), None), (timedelta(seconds=1), Status.FAILED)])
def test_24_hours_are_over_only_after_their_last_second(late: timedelta, target: Status | None) -> None:
    assert judge_task(ARCHIVING, any_task(), NOW + LINK_KEPT + late).target is target


@pytest.mark.parametrize(("status", "target"), [(Status.ARCHIVING, Status.FAILED), (Status.RUNNING, Status.EXPIRED)])
def test_silence_ends_a_copied_video_as_failed_and_a_running_one_as_expired(status: Status, target: Status) -> None:
    day_after = AT_DEADLINE + SILENCE_ALLOWED
    assert judge_silence(replace(RUNNING, status=status), day_after).target is None
    assert judge_silence(replace(RUNNING, status=status), day_after + timedelta(seconds=1)).target is target
