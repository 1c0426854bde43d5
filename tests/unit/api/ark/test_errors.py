"""Every refusal has its words in Ark, and says to the vendor's clients whether they may send the request again."""

import json
import re
from typing import Any

import pytest

from cliprelay.api.ark.errors import _TYPES, ERRORS, error_answer, renamed
from cliprelay.api.http.error_codes import CODES
from cliprelay.errors import FieldComplaint, Refusal, invalid_request
from tests.support.makers import request_event


def answer(refusal: Refusal, method: str = "POST", **headers: str) -> tuple[int, dict[str, str], dict[str, Any]]:
    event = request_event(method, "/api/v3/contents/generations/tasks", headers=headers)
    given = error_answer(refusal, event).event()
    return given["statusCode"], given["headers"], json.loads(given["body"])["error"]


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_a_status_a_type_and_words_of_its_own(code: str) -> None:
    status, headers, error = answer(Refusal(code, "Use POST /v1/videos with webhook_url."), **{"Idempotency-Key": "k"})
    assert (status, error["code"], error["type"]) == (ERRORS[code].status, ERRORS[code].code, _TYPES[status])
    assert headers["Content-Type"] == "application/json"
    assert f"Request id: {headers['X-Request-Id']}" in error["message"]


def test_no_other_code_is_in_the_table() -> None:
    assert set(ERRORS) == set(CODES)


def test_no_words_advise_another_order_or_name_our_own_routes() -> None:
    words = " ".join(error.words for error in ERRORS.values())
    assert re.findall(r"/v1/|order again|new order|another order with|image`|webhook_url", words) == []


@pytest.mark.parametrize("code", CODES)
def test_only_what_changed_nothing_may_be_sent_again(code: str) -> None:
    status, headers, _ = answer(Refusal(code, "any", retry_after=5))
    may = code in ("unavailable", "busy", "queue_full", "tested_too_often")
    assert headers.get("x-should-retry") == (None if may else "false")
    assert ("Retry-After" in headers) is may
    # The vendor's client repeats these by itself, unless it is told not to.
    assert may or status not in (408, 409, 429) or "x-should-retry" in headers


def test_an_order_whose_record_is_uncertain_is_repeated_only_under_a_key() -> None:
    refusal = Refusal("not_recorded", "any", retry_after=5, video_id="vid_1")
    status, headers, error = answer(refusal)
    assert (status, headers["x-should-retry"], error["id"]) == (422, "false", "vid_1")
    assert "A GET of this id tells: vid_1." in error["message"]
    status, headers, _ = answer(refusal, **{"Idempotency-Key": "k"})
    assert (status, headers.get("x-should-retry")) == (503, None)


@pytest.mark.parametrize(
    ("method", "headers", "repeated"), [("POST", {}, False), ("POST", {"Idempotency-Key": "k"}, True), ("GET", {}, True)]
)
def test_an_unexpected_error_is_repeated_where_that_pays_nothing(method: str, headers: dict[str, str], repeated: bool) -> None:
    assert ("x-should-retry" not in answer(Refusal("internal", "any"), method, **headers)[1]) is repeated


def test_complaints_are_sentences_and_the_first_is_the_parameter() -> None:
    complaints = [
        FieldComplaint(field="duration", message="must be an integer", accepted="an integer from 4 to 12"),
        FieldComplaint(field="content[0].text", message="--dur 13 is not possible: an integer from 4 to 12"),
    ]
    status, _, error = answer(invalid_request(complaints))
    assert (status, error["param"]) == (400, "duration")
    first, second = "duration must be an integer: an integer from 4 to 12.", "--dur 13 is not possible: an integer from 4 to 12."
    assert error["message"].startswith(f"{first} {second} Request id: ")


def test_what_is_wrong_with_an_item_is_said_once() -> None:
    complaints = [
        FieldComplaint(field="content[0].text", message="must be a string"),
        FieldComplaint(field="prompt", message="is required"),
    ]
    refusal = renamed(invalid_request(complaints), lambda name: "content" if name == "prompt" else name)
    assert [each["field"] for each in refusal.complaints] == ["content[0].text"]
