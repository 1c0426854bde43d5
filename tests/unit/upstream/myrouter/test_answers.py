"""Any upstream answer is translated without an exception, and only a documented end ends a task."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprelay.errors import NotAccepted, OutcomeUnknown, RefusedAccount, RefusedVideo, UpstreamError
from cliprelay.upstream.contract import Outcome, Task
from cliprelay.upstream.myrouter.answers import LONGEST_ID, MOST_LINKS, created_id, read_refusal, read_task

# json.loads accepts NaN and Infinity, so the upstream may send them.
# Integers up to 300 digits; a separate test covers longer ones.
INTEGERS = st.integers(-(10**300), 10**300)
SCALARS = st.none() | st.booleans() | INTEGERS | st.floats() | st.text(max_size=40)
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4))
NAMES = ("task", "data", "id", "task_id", "status", "reason", "eta", "progress_percent", "videos", "video_url", "error", "message", "code")


def _near(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Generate JSON that uses the documented names for arbitrary values."""
    return st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6)


ODD_BODIES = JSON | st.recursive(SCALARS, _near)
ENDS = {
    "QUEUED": Outcome.RUNNING,
    "PROCESSING": Outcome.RUNNING,
    "SUCCEED": Outcome.SUCCEEDED,
    "FAILED": Outcome.FAILED,
    "EXPIRED": Outcome.EXPIRED,
    "CANCELED": Outcome.CANCELED,
    "CANCELLED": Outcome.CANCELED,
}
# Every final status in the documentation of the family, its clients or the vendor.
WORDS_OF_ENDS = {*ENDS, "SUCCEEDED", "SUCCESS", "COMPLETED", "FAIL", "ERROR", "TIMEOUT"} - {"QUEUED", "PROCESSING"}


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


@pytest.mark.parametrize("value", [None, "", "  ", True, 1.5, [], {}, "x" * (LONGEST_ID + 1), "a\x00b", "a\nb", "\ud800"], ids=repr)
def test_an_invalid_id_is_read_as_none(value: Any) -> None:
    assert created_id({"id": value}) is None


@given(body=ODD_BODIES)
def test_an_id_is_always_short_and_printable(body: Any) -> None:
    found = created_id(body)
    assert found is None or (0 < len(found) <= LONGEST_ID and found.isprintable())


# The status word


@pytest.mark.parametrize(("word", "outcome"), ENDS.items())
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
    assert plain in WORDS_OF_ENDS or task.outcome is Outcome.RUNNING


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
        "violates our content policy",
    ],
)
def test_moderation_is_recognised_by_the_documented_codes(reason: str) -> None:
    assert _end("TASK_STATUS_FAILED", reason).error_code == "moderated"


@pytest.mark.parametrize("reason", ["task expired", "Timeout while generating", "the task timed out"])
def test_a_failure_caused_by_a_timeout_means_expired(reason: str) -> None:
    task = _end("TASK_STATUS_FAILED", reason)
    assert (task.outcome, task.error_code) == (Outcome.EXPIRED, "expired")


def test_any_other_failure_quotes_its_reason() -> None:
    task = _end("TASK_STATUS_FAILED", "InternalServiceError: the service met an internal error")
    assert task.error_code == "generation_failed"
    assert "InternalServiceError: the service met an internal error" in (task.error_message or "")


# Refusals of the paid call

ENVELOPE: dict[str, Any] = {"code": 0, "message": "any", "metadata": {}}


def _refusal(status: int, reason: str = "", message: str = "") -> UpstreamError:
    return read_refusal(status, {"code": status, "reason": reason, "message": message, "metadata": {}})


@pytest.mark.parametrize(
    ("status", "reason", "kind", "code"),
    [
        (429, "RATE_LIMIT_EXCEEDED", NotAccepted, "throttled"),
        (429, "TOKEN_LIMIT_EXCEEDED", NotAccepted, "throttled"),
        (400, "RATE_LIMIT_EXCEEDED", NotAccepted, "throttled"),
        (403, "QuotaExceeded", NotAccepted, "throttled"),
        (503, "ServerOverloaded", NotAccepted, "throttled"),
        (400, "INVALID_REQUEST_BODY", RefusedVideo, "invalid_request"),
        (400, "IMAGE_FILE_EXCEEDS_MAX_SIZE", RefusedVideo, "invalid_request"),
        (400, "INVALID_IMAGE_SIZE", RefusedVideo, "invalid_request"),
        (413, "IMAGE_FILE_EXCEEDS_MAX_SIZE", RefusedVideo, "invalid_request"),
        (415, "INVALID_IMAGE_FORMAT", RefusedVideo, "invalid_request"),
        (422, "INVALID_REQUEST_BODY", RefusedVideo, "invalid_request"),
        (400, "ILLEGAL_PROMPT", RefusedVideo, "moderated"),
        (400, "ILLEGAL_IMAGE_CONTENT", RefusedVideo, "moderated"),
        (404, "API_NOT_FOUND", RefusedVideo, "model_unavailable"),
        (404, "MODEL_NOT_FOUND", RefusedVideo, "model_unavailable"),
        (404, "InvalidEndpointOrModel.NotFound", RefusedVideo, "model_unavailable"),
        (401, "FAILED_TO_AUTH", RefusedAccount, "upstream_key"),
        (403, "INVALID_API_KEY", RefusedAccount, "upstream_key"),
        (400, "MISSING_API_KEY", RefusedAccount, "upstream_key"),
        (403, "API_NOT_ALLOWED", RefusedAccount, "upstream_key"),
        (403, "NEED_REAL_NAME_VERIFY", RefusedAccount, "upstream_key"),
        (404, "ModelNotOpen", RefusedAccount, "upstream_key"),
        (402, "", RefusedAccount, "upstream_key"),
        (403, "NOT_ENOUGH_BALANCE", RefusedAccount, "upstream_balance"),
        (400, "BILLING_BALANCE_NOT_ENOUGH", RefusedAccount, "upstream_balance"),
        (403, "AccountOverdueError", RefusedAccount, "upstream_balance"),
        (500, "CREATE_TASK_FAILED", OutcomeUnknown, "http_500"),
        (500, "BILLING_FAILED", OutcomeUnknown, "http_500"),
        (502, "", OutcomeUnknown, "http_502"),
        (504, "", OutcomeUnknown, "http_504"),
        (408, "", OutcomeUnknown, "http_408"),
        (408, "INVALID_API_KEY", OutcomeUnknown, "http_408"),
        (503, "SOMETHING_ELSE", OutcomeUnknown, "http_503"),
    ],
)
def test_a_documented_refusal_maps_to_its_exception_and_code(status: int, reason: str, kind: type, code: str) -> None:
    refusal = _refusal(status, reason)
    assert type(refusal) is kind
    assert refusal.code == code


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_a_refused_account(status: int) -> None:
    assert isinstance(read_refusal(status, None), RefusedAccount)


def test_a_404_without_an_envelope_means_that_the_model_is_not_offered() -> None:
    assert read_refusal(404, None).code == "model_unavailable"


@pytest.mark.parametrize("status", [400, 413, 415, 422, 408, 500, 502, 503, 504])
@pytest.mark.parametrize("body", [None, [], "Bad Request", {}], ids=str)
def test_an_answer_without_an_envelope_leaves_the_outcome_unknown(status: int, body: Any) -> None:
    assert isinstance(read_refusal(status, body), OutcomeUnknown)


@given(body=ODD_BODIES, status=st.sampled_from([408, 500, 501, 502, 504, 507, 520, 599]))
def test_no_5xx_except_503_proves_that_nothing_was_bought(body: Any, status: int) -> None:
    assert isinstance(read_refusal(status, body), OutcomeUnknown)


def test_the_alternative_envelope_is_parsed_too() -> None:
    error = {"message": "prompt not valid trace_id: 0af7651916cd43dd", "type": "InvalidParameter", "code": "InvalidParameter"}
    refusal = read_refusal(400, {"error": error})
    assert isinstance(refusal, RefusedVideo)
    assert "0af7651916cd43dd" not in refusal.message


def test_a_throttled_call_passes_on_the_retry_time() -> None:
    assert read_refusal(429, None, retry_after=7).retry_after == 7


def test_a_documented_reason_outweighs_the_message() -> None:
    assert isinstance(_refusal(400, "INVALID_REQUEST_BODY", "too many characters in prompt"), RefusedVideo)


# Quoting the upstream

KEYS = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-", min_size=16, max_size=64).filter(
    lambda text: any(char.isdigit() for char in text)
)
HOSTILE = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        ["<b>", "<script>alert(1)</script>", "https://evil.example/x?y=1", "data:image/png;base64,iVBORw0KGgo", "\r\n", "\x1b[31m"]
    ),
    st.builds("https://{}".format, st.text(max_size=20)),
    KEYS,
)


def _shown(reason: str) -> list[str]:
    refusals = [_refusal(400, "INVALID_REQUEST_BODY", reason).message, _refusal(400, reason, "").message]
    return [*refusals, _end("TASK_STATUS_FAILED", reason).error_message or "", _end("TASK_STATUS_CANCELED", reason).error_message or ""]


@given(reason=st.lists(HOSTILE, max_size=6).map(" ".join))
def test_a_quoted_reason_contains_no_address_markup_or_unprintable_character(reason: str) -> None:
    for message in _shown(reason):
        assert "://" not in message
        assert not set(message) & set('<>&"`\\\r\n\t\x1b')
        assert message.isascii()
        assert message.isprintable()
        assert len(message) <= 300


@given(before=st.text("abc ", max_size=20), key=KEYS, after=st.text("abc ", max_size=20))
def test_a_quoted_reason_contains_nothing_that_looks_like_a_key(before: str, key: str, after: str) -> None:
    for message in _shown(f"{before} {key} {after}"):
        assert not [word for word in re.split(r"[ ()]", message) if key in word]


@given(padding=st.integers(480, 499))
def test_a_key_at_the_truncation_point_is_removed_entirely(padding: int) -> None:
    key = "k3" * 16
    # These words are themselves removed, so that only the end of the text is shown.
    message = ("x1" * 40 + " ") * 10
    shown = _refusal(400, "INVALID_REQUEST_BODY", message[:padding] + " " + key).message
    assert key[:8] not in shown


def test_a_quoted_reason_contains_no_address_without_a_scheme() -> None:
    assert "www.evil.example" not in _refusal(400, "INVALID_REQUEST_BODY", "see www.evil.example/pay").message
