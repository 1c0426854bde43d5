"""Any upstream answer is translated without an exception, and only a documented end ends a task."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprelay.errors import UpstreamError
from cliprelay.upstream.contract import Outcome, Task
from cliprelay.upstream.myrouter.answers import LONGEST_ID, MOST_LINKS, created_id, read_failed_poll, read_refusal, read_task
from tests.support.odd_json import SCALARS, odd_json

ODD_BODIES = odd_json()
# Every status in the documentation of the family, its clients or the vendor.
WORDS = {
    **dict.fromkeys(("QUEUED", "PENDING", "SUBMITTED", "PROCESSING", "RUNNING", "IN_PROGRESS"), Outcome.RUNNING),
    **dict.fromkeys(("SUCCEED", "SUCCEEDED", "SUCCESS", "COMPLETED"), Outcome.SUCCEEDED),
    **dict.fromkeys(("FAILED", "FAIL", "ERROR"), Outcome.FAILED),
    **dict.fromkeys(("EXPIRED", "TIMEOUT"), Outcome.EXPIRED),
    **dict.fromkeys(("CANCELED", "CANCELLED"), Outcome.CANCELED),
}


def _task(**members: Any) -> Task:
    task = read_task({"task": {"task_id": "t-1", "status": "TASK_STATUS_PROCESSING"} | members})
    assert task is not None
    return task


def _end(status: str, reason: str = "") -> Task:
    return _task(status=status, reason=reason)


# Robustness


@given(body=ODD_BODIES, status=st.integers(100, 599))
def test_any_json_is_parsed_without_an_exception(body: Any, status: int) -> None:
    created_id(body)
    read_task(body)
    assert isinstance(read_refusal(status, body), UpstreamError)


@pytest.mark.parametrize("member", ["eta", "progress_percent"])
def test_a_number_of_400_digits_is_ignored(member: str) -> None:
    body = json.loads('{"task": {"status": "TASK_STATUS_PROCESSING", "' + member + '": ' + "9" * 400 + "}}")
    assert read_task(body) == Task(Outcome.RUNNING)


# The task id


@pytest.mark.parametrize(
    "body",
    [
        {"id": "t-1"},
        {"task_id": "t-1"},
        {"id": "t-1", "task_id": "t-1"},
        {"data": {"task_id": "t-1"}},
        {"data": {"id": "t-1"}},
        {"task": {"task_id": "t-1"}},
        {"id": None, "task_id": "t-1"},
        {"id": " t-1\n"},
    ],
    ids=str,
)
def test_the_task_id_is_found_in_every_known_place(body: Any) -> None:
    assert created_id(body) == "t-1"


def test_task_id_takes_precedence_over_id() -> None:
    assert created_id({"id": "other", "task_id": "t-1"}) == "t-1"


def test_a_numeric_id_is_converted_digit_by_digit() -> None:
    assert created_id(json.loads('{"id": 9007199254740993}')) == "9007199254740993"


@pytest.mark.parametrize("task_id", ["7", "x" * LONGEST_ID])
def test_an_id_may_have_any_length_up_to_the_longest(task_id: str) -> None:
    assert created_id({"id": task_id}) == task_id


@pytest.mark.parametrize("value", [None, "", "  ", True, 1.5, [], {}, "x" * (LONGEST_ID + 1), "a\x00b", "a\nb", "\ud800"], ids=repr)
def test_an_invalid_id_is_read_as_none(value: Any) -> None:
    assert created_id({"id": value}) is None


@given(body=ODD_BODIES)
def test_an_id_is_always_short_and_printable(body: Any) -> None:
    found = created_id(body)
    assert found is None or (0 < len(found) <= LONGEST_ID and found.isprintable())


# The status word


@pytest.mark.parametrize(("word", "outcome"), WORDS.items())
@pytest.mark.parametrize("form", ["TASK_STATUS_{}", "task_status_{}", "{}", " {} "])
def test_a_documented_status_is_recognised_in_any_case_with_or_without_its_prefix(word: str, outcome: Outcome, form: str) -> None:
    for written in (word, word.lower(), word.title()):
        task = _end(form.format(written))
        assert task.outcome is outcome
        assert task.known_word


@given(word=st.text() | st.none() | st.integers() | st.booleans() | st.lists(st.text()))
def test_an_undocumented_status_means_running(word: Any) -> None:
    task = _task(status=word)
    plain = str(word or "").strip().upper().removeprefix("TASK_STATUS_")
    assert plain in WORDS or task.outcome is Outcome.RUNNING


@pytest.mark.parametrize("word", ["TASK_STATUS_HIBERNATING", "TASK_STATUS_UNKNOWN", "", "TASK_STATUS_", "SUCCEED!", "NOT_FAILED"])
def test_an_unknown_status_is_marked_as_unknown(word: str) -> None:
    assert _end(word) == Task(Outcome.RUNNING, known_word=False)


@given(body=ODD_BODIES)
def test_only_a_documented_status_ends_a_task(body: Any) -> None:
    task = read_task(body)
    assert task is None or task.outcome is Outcome.RUNNING or task.known_word


@pytest.mark.parametrize("body", [None, [], "ok", 1, {}, {"task": None}, {"task": []}, {"task": {}}, {"code": 500, "reason": "X"}], ids=str)
def test_a_body_without_a_task_is_read_as_none(body: Any) -> None:
    assert read_task(body) is None


@pytest.mark.parametrize("name", ["id", "task_id"])
@pytest.mark.parametrize("word", ["failed", "TASK_STATUS_FAILED"])
def test_a_flat_result_with_either_id_ends_with_its_reason(name: str, word: str) -> None:
    task = read_task({name: "t-1", "status": word, "reason": "no frame", "progress_percent": 40, "eta": 3})
    assert task is not None
    assert (task.outcome, task.error_code, task.progress, task.eta) == (Outcome.FAILED, "generation_failed", 40, 3)
    assert "(no frame)" in (task.error_message or "")


def test_the_vendors_error_is_the_reason_of_a_result_without_one() -> None:
    error = {"code": "OutputVideoSensitiveContentDetected", "message": "the output video"}
    task = read_task({"id": "t-1", "status": "failed", "error": error})
    assert task is not None
    assert task.error_code == "moderated"
    assert "(OutputVideoSensitiveContentDetected: the output video)" in (task.error_message or "")


def test_an_error_envelope_never_ends_a_task() -> None:
    task = read_task({"status": "error", "message": "upstream busy, try again"})
    assert task is None or task.outcome is Outcome.RUNNING


# Progress, estimates, links


def test_a_status_alone_is_enough() -> None:
    assert read_task({"task": {"status": "TASK_STATUS_PROCESSING"}}) == Task(Outcome.RUNNING)


@given(value=SCALARS)
def test_progress_is_a_whole_percentage_or_unknown(value: Any) -> None:
    progress = _task(progress_percent=value).progress
    assert progress is None or (isinstance(progress, int) and 0 <= progress <= 100)


@given(value=SCALARS)
def test_an_estimate_is_a_finite_number_or_unknown(value: Any) -> None:
    eta = _task(eta=value).eta
    assert eta is None or abs(eta) < 1e12


@pytest.mark.parametrize(
    ("value", "percent"), [(-3, 0), (0, 0), ("0", 0), (1, 1), (99.4, 99), (100, 100), (101, 100), (1e11, 100), (1e12, None)]
)
def test_progress_is_rounded_and_bounded(value: Any, percent: int | None) -> None:
    assert _task(progress_percent=value).progress == percent


def test_numbers_are_accepted_as_strings() -> None:
    task = _task(progress_percent="35", eta="40.5")
    assert (task.progress, task.eta) == (35, 40.5)


@pytest.mark.parametrize(
    "videos", [None, [], {}, "x", [None], [{}], [{"video_url": ""}], [{"video_url": " "}], [{"video_url": 5}]], ids=str
)
def test_a_success_without_a_usable_link_is_a_success_without_a_link(videos: Any) -> None:
    task = read_task({"task": {"status": "TASK_STATUS_SUCCEED"}, "videos": videos})
    assert task == Task(Outcome.SUCCEEDED)


def test_all_usable_links_are_used_in_their_order() -> None:
    videos = [{"video_url": ""}, {"video_url": " https://media.example.com/1.mp4 "}, {"video_url": "https://media.example.com/2.mp4"}]
    task = read_task({"task": {"status": "TASK_STATUS_SUCCEED"}, "videos": videos})
    assert task is not None
    assert task.video_url == "https://media.example.com/1.mp4"
    assert task.links == ["https://media.example.com/1.mp4", "https://media.example.com/2.mp4"]


def test_links_are_listed_once_and_up_to_a_number_that_fits_a_record() -> None:
    videos = [{"video_url": f"https://media.example.com/{number // 2}.mp4"} for number in range(100)]
    task = read_task({"task": {"status": "TASK_STATUS_SUCCEED"}, "videos": videos})
    assert task is not None
    assert task.links == [f"https://media.example.com/{number}.mp4" for number in range(MOST_LINKS)]


def test_a_link_too_long_for_a_record_is_ignored() -> None:
    videos = [{"video_url": "https://media.example.com/" + "x" * 400_000}]
    task = read_task({"task": {"status": "TASK_STATUS_SUCCEED"}, "videos": videos})
    assert task == Task(Outcome.SUCCEEDED)


# Why it failed


@pytest.mark.parametrize(
    "reason",
    [
        "OutputVideoSensitiveContentDetected: the output video may contain sensitive information",
        "OutputAudioSensitiveContentDetected.PolicyViolation",
        "InputImageRiskDetection",
        "ILLEGAL_PROMPT",
        "error: [ILLEGAL_PROMPT] no",
        "Task failed: ILLEGAL_PROMPT",
        "violates our content policy",
        "The output video may contain sensitive information.",
    ],
)
def test_moderation_is_recognised_by_the_documented_codes(reason: str) -> None:
    assert _end("TASK_STATUS_FAILED", reason).error_code == "moderated"


@pytest.mark.parametrize(
    "reason",
    [
        "task expired",
        "The task has expired.",
        "Timeout while generating",
        "the task timed out",
        "task timeout",
        "generation timed out",
        "the execution was timed out after 172800 seconds",
        "expired",
        "timed out",
        "TaskExpired: 172800",
        "TASK_TIMEOUT",
    ],
)
def test_a_failure_that_says_that_its_time_was_over_means_expired(reason: str) -> None:
    task = _end("TASK_STATUS_FAILED", reason)
    assert (task.outcome, task.error_code) == (Outcome.EXPIRED, "expired")


@pytest.mark.parametrize(
    "reason",
    [
        "InvalidParameter: Timeout while downloading url, please check that the image can be reached",
        "InternalServiceError: the service met an internal error",
        "Timeout while downloading the image",
        "the link to the image has expired",
        "Request has expired",
        "Expired: the certificate of the image host",
        "could not fetch the image: timed out",
        "task timed out while downloading the image",
        "InvalidParameter: task expired",
        'invalid prompt "the task expired"',
        "prompt: a moderation meeting about illegal_ things",
        'could not draw "a poster: violates our content policy"',
        "could not draw 'a sign that may contain sensitive information'",
        "a case-sensitive field",
        "ILLEGAL_ARGUMENT: duration",
        "InvalidParameter: it violates our content policy",
        "AuthenticationError: any",
        "",
    ],
)
def test_any_other_failure_is_a_failure_that_quotes_its_reason(reason: str) -> None:
    task = _end("TASK_STATUS_FAILED", reason)
    assert (task.outcome, task.error_code) == (Outcome.FAILED, "generation_failed")
    assert reason[:12].strip('": ')[:8] in (task.error_message or "")


@pytest.mark.parametrize(
    ("message", "outcome", "code"),
    [
        ("task expired", Outcome.EXPIRED, "expired"),
        ("ILLEGAL_PROMPT", Outcome.FAILED, "moderated"),
        ("", Outcome.FAILED, "generation_failed"),
    ],
)
def test_a_failure_told_by_http_500_is_read_as_any_other(message: str, outcome: Outcome, code: str) -> None:
    task = read_failed_poll({"reason": "task_failed", "message": message})
    assert task is not None
    assert (task.outcome, task.error_code, task.known_word) == (outcome, code, True)


def test_another_http_500_says_nothing_about_the_task() -> None:
    assert read_failed_poll({"reason": "GET_RESULT_FAILED", "message": "task expired"}) is None


@pytest.mark.parametrize("word", ["TASK_STATUS_EXPIRED", "TASK_STATUS_FAILED", "TASK_STATUS_CANCELED"])
def test_the_reason_of_every_end_is_cleaned(word: str) -> None:
    task = read_task({"task": {"status": word, "reason": "see <b> https://evil.example/x sk-1 now"}}, key="sk-1")
    assert task is not None
    assert (task.error_message or "").endswith(" (see b now)")
