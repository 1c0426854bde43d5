"""Every refusal in the provider's envelope, and none that advises a second paid order."""

import json
import re

import pytest

from cliprelay.api.http.error_codes import CODES
from cliprelay.api.myrouter.errors import IMAGE_REASONS, TABLE, Missing, error_answer, passes
from cliprelay.errors import FieldComplaint, Refusal, invalid_request
from cliprelay.orders.relay_fields import OwnFields


def body(refusal: Refusal) -> dict:
    said = error_answer(refusal)
    found = json.loads(str(said.body))
    assert found["code"] == said.status
    assert list(found) == ["code", "reason", "message", "metadata"]
    return found


def test_every_code_has_its_words() -> None:
    assert set(TABLE) == set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_every_answer_has_all_four_members_and_an_upper_case_reason(code: str) -> None:
    found = body(Refusal(code, "In our words.", video_id="vid_1"))
    assert re.fullmatch(r"[A-Z]+(_[A-Z]+)+", found["reason"])
    assert found["message"]
    assert found["metadata"]["task_id"] == "vid_1"


@pytest.mark.parametrize("code", CODES)
def test_no_words_of_a_refusal_name_a_field_of_another_api_or_advise_another_order(code: str) -> None:
    words = TABLE[code].message
    assert not re.search("|".join([*OwnFields.model_fields.keys() - {"model"}, "/v1/", "new key", "another order of"]), words)
    assert not re.search(r"(try|send it|order) again", words, re.IGNORECASE)


@pytest.mark.parametrize("code", ["internal", "not_recorded"])
def test_where_an_order_may_be_recorded_a_repeat_is_allowed_with_its_key_alone(code: str) -> None:
    assert "only with the Idempotency-Key it had" in body(Refusal(code, "x", video_id="vid_1"))["message"]


def test_all_complaints_are_in_the_message_and_in_the_metadata() -> None:
    complaints = [FieldComplaint(field="duration", message="must be less"), FieldComplaint(field="seed", message="must be an integer")]
    found = body(invalid_request(complaints))
    assert found["message"] == "Invalid request; nothing was recorded. `duration`: must be less. `seed`: must be an integer."
    assert (found["reason"], found["metadata"]["errors"]) == ("INVALID_REQUEST_BODY", complaints)


@pytest.mark.parametrize(("code", "reason"), IMAGE_REASONS.items())
def test_a_picture_alone_has_the_providers_reason(code: str, reason: str) -> None:
    wrong = FieldComplaint(field="image", message="is wrong", code=code)
    assert body(invalid_request([wrong]))["reason"] == reason
    both = body(invalid_request([wrong, FieldComplaint(field="seed", message="x")]))["reason"]
    assert both == (reason if code == "image_too_large" else "INVALID_REQUEST_BODY")


def test_a_picture_that_is_too_large_comes_with_the_way_to_upload_it() -> None:
    said = error_answer(invalid_request([FieldComplaint(field="image", message="exceeds it", code="image_too_large")]))
    assert said.status == 400
    assert "POST /v1/uploads" in str(said.body)


def test_a_missing_thing_has_its_own_reason_and_words() -> None:
    found = body(Missing("TASK_NOT_FOUND", "There is no task with this id."))
    assert (found["code"], found["reason"], found["message"]) == (404, "TASK_NOT_FOUND", "There is no task with this id.")


def test_what_passes_is_what_has_429_or_a_5xx() -> None:
    assert {code for code in CODES if passes(Refusal(code, ""))} == {
        *("internal", "unavailable", "not_recorded", "busy", "queue_full", "tested_too_often")
    }


def test_a_wait_is_told_in_its_header() -> None:
    assert error_answer(Refusal("queue_full", "Full.", retry_after=60)).headers["Retry-After"] == "60"
