"""Every refusal of ours has its row here, in OpenAI's envelope, and says whether to send the request again."""

from typing import Any

import pytest

from cliprelay.api.http.answers import Answer
from cliprelay.api.http.error_codes import CODES
from cliprelay.api.http.problems import HttpRefusal
from cliprelay.api.openai.errors import TABLE, refuse
from cliprelay.errors import Refusal
from tests.support.makers import request_event

EVENT = request_event("POST", "/openai/v1/videos")


def error_of(answer: Answer) -> dict[str, Any]:
    body: Any = answer.body
    error: dict[str, Any] = body["error"]
    return error


def test_every_code_has_a_row() -> None:
    assert set(TABLE) == set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_every_refusal_has_the_envelope_and_says_whether_to_retry(code: str) -> None:
    answer = refuse(Refusal(code, "Why.", video_id="vid_1"), EVENT)
    error = error_of(answer)
    assert list(error) == ["message", "type", "param", "code"]
    assert error["message"]
    assert "{" not in error["message"]
    # Statuses that the packages send again, or that have no class of their own.
    assert answer.status not in (402, 405, 408, 409, 410, 413, 415)
    assert (answer.headers["x-should-retry"] == "true") == (code in ("internal", "unavailable", "not_recorded"))
    assert answer.headers["x-request-id"] == EVENT["requestContext"]["requestId"]


@pytest.mark.parametrize("code", CODES)
def test_no_refusal_advises_another_order(code: str) -> None:
    words = (TABLE[code].words or "").lower()
    assert [each for each in ("again", "new key", "repeat", "/cancel", "errors", "video_id`") if each in words] == []


def test_a_budget_that_is_used_up_is_insufficient_quota_and_waits_for_nothing() -> None:
    answer = refuse(Refusal("budget_exceeded", "Used up."), EVENT)
    assert (answer.status, error_of(answer)["type"], error_of(answer)["code"]) == (429, "insufficient_quota", "insufficient_quota")


def test_a_wait_is_in_both_headers_and_those_of_http_stay() -> None:
    assert refuse(Refusal("unavailable", "Down.", retry_after=5), EVENT).headers["retry-after-ms"] == "5000"
    assert refuse(HttpRefusal("unauthorized", "Key.", {"WWW-Authenticate": "Bearer"}), EVENT).headers["WWW-Authenticate"] == "Bearer"


def test_the_first_complaint_is_the_param_and_an_inner_field_keeps_its_place() -> None:
    complaints = [{"field": "image", "message": "is wrong"}, {"field": "metadata.order", "message": "too", "accepted": "text."}]
    error = error_of(refuse(Refusal("invalid_request", "Bad.", complaints=complaints), EVENT))  # type: ignore[arg-type]
    assert error["param"] == "input_reference"
    assert error["message"] == "input_reference is wrong; metadata.order too (accepted: text)."


def test_the_refusal_of_a_large_picture_names_every_complaint_and_the_way() -> None:
    complaints = [{"field": "image", "message": "is large", "code": "image_too_large"}, {"field": "seed", "message": "is wrong"}]
    error = error_of(refuse(Refusal("image_too_large", "Big.", complaints=complaints), EVENT))  # type: ignore[arg-type]
    assert error["code"] == "image_too_large"
    assert [word in error["message"] for word in ("is large", "seed is wrong", "POST /v1/uploads")] == [True] * 3
