"""Classify every refusal of the paid call by its documented code first; a client's words never decide."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprelay.errors import NotAccepted, OutcomeUnknown, RefusedAccount, RefusedVideo, UpstreamError
from cliprelay.upstream.myrouter.answers import read_refusal
from tests.support.odd_json import odd_json


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


@given(body=odd_json(), status=st.sampled_from([408, 500, 501, 502, 504, 507, 520, 599]))
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


def _found(refusal: UpstreamError) -> tuple[type, str]:
    return type(refusal), refusal.code


def _openai(**error: Any) -> dict[str, Any]:
    return {"error": error}


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (429, _openai(code="insufficient_quota", message="You exceeded your current quota, please check your plan."), "upstream_quota"),
        (429, _openai(code=None, type="insufficient_quota", message=""), "upstream_quota"),
        (429, _openai(code="429", type="insufficient_quota", message=""), "upstream_quota"),
        (429, _openai(code=429, status="INSUFFICIENT_QUOTA"), "upstream_quota"),
        (429, {"error": "insufficient_quota"}, "upstream_quota"),
        (429, {"code": "SetLimitExceeded", "message": "the model service has been paused"}, "upstream_quota"),
        (429, {"reason": "SetLimitExceeded"}, "upstream_quota"),
        (429, {"type": "SetLimitExceeded"}, "upstream_quota"),
        (429, _openai(reason="SetLimitExceeded"), "upstream_quota"),
        (400, _openai(code="SetLimitExceeded"), "upstream_quota"),
        (403, _openai(code="insufficient_user_quota", message="user quota is not enough"), "upstream_quota"),
        (401, {"reason": "SetLimitExceeded"}, "upstream_quota"),
        (429, _openai(code="AccountOverdueError"), "upstream_balance"),
        (429, _openai(code="InvalidAccountStatus"), "upstream_key"),
        (429, {"reason": "NOT_ENOUGH_BALANCE"}, "upstream_balance"),
        (403, {"reason": "OperationDenied.ServiceOverdue"}, "upstream_balance"),
        (403, {"reason": "OperationDenied.PermissionDenied"}, "upstream_key"),
        (429, {"message": "not enough balance"}, "upstream_balance"),
        (429, {"message": "You exceeded your current quota, please check your plan and billing details."}, "upstream_balance"),
        (429, {"reason": "E1113", "message": "Insufficient balance. Please recharge."}, "upstream_balance"),
        (400, {"message": "billing balance not enough"}, "upstream_balance"),
        (401, {"message": "Insufficient balance"}, "upstream_balance"),
        (401, _openai(type="invalid_request_error", message="You did not provide an API key."), "upstream_key"),
        (401, {"reason": "INVALID_REQUEST_BODY"}, "upstream_key"),
        (402, {"reason": "INVALID_API_KEY"}, "upstream_key"),
        (402, {"error": {"message": "Insufficient Balance", "type": "unknown_error"}}, "upstream_balance"),
        (403, {"reason": "CREATE_TASK_FAILED"}, "upstream_key"),
        (403, {"reason": "IMAGE_NOT_FOR_YOU"}, "upstream_key"),
        (403, {"message": "the white balance is wrong"}, "upstream_key"),
        (403, {"reason": "SOMETHING_NEW", "message": "rate limit exceeded"}, "upstream_key"),
    ],
    ids=str,
)
def test_a_matter_of_the_account_is_a_refused_account_at_every_status(status: int, body: Any, code: str) -> None:
    assert _found(read_refusal(status, body)) == (RefusedAccount, code)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, {"message": "too many pixels"}),
        (400, {"message": "image: too many pixels, rate limit for pixels is 36 million"}),
        (400, {"reason": "PIXEL_LIMIT_EXCEEDED", "message": "too many pixels"}),
        (400, {"reason": "CHARACTER_LIMIT_EXCEEDED"}),
        (400, {"reason": "TOKEN_LIMIT_EXCEEDED", "message": "the prompt is too long"}),
        (400, {"reason": "IMAGE_QUOTA", "message": "more than one image"}),
        (400, {"reason": "AUTHOR_NAME_INVALID", "message": "any"}),
        (400, {"reason": "INVALID_WHITE_BALANCE", "message": "any"}),
        (400, {"reason": "BILLING_ADDRESS_IN_IMAGE"}),
        (400, {"reason": "OVERLOADED_FRAME", "message": "the picture is overloaded"}),
        (400, {"reason": "INVALID_REQUEST_BODY", "message": "rate limit exceeded"}),
        (400, {"reason": "InvalidParameter.duration", "message": "a moderation meeting, content policy"}),
        (400, {"message": "InvalidParameter: the prompt may contain sensitive information"}),
        (400, {"message": "invalid prompt: not enough balance"}),
        (400, {"message": 'invalid prompt "a sign, rate limit exceeded, in neon"'}),
        (400, {"message": "prompt: too many requests, rate limit exceeded"}),
        (400, {"message": "AccountOverdueError: a poster"}),
        (403, {"reason": "InvalidParameter", "message": "role must be specified"}),
        (429, {"reason": "INVALID_REQUEST_BODY"}),
        (451, {"error": {"code": "InvalidParameter", "message": "role must be specified for image contents"}}),
        (422, {"error": {"code": "SOMETHING_NEW", "message": "no"}}),
        (404, {"reason": "IMAGE_NOT_FOUND"}),
    ],
    ids=str,
)
def test_a_matter_of_the_request_is_a_refused_video_whatever_its_words(status: int, body: Any) -> None:
    assert _found(read_refusal(status, body)) == (RefusedVideo, "invalid_request")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, {"reason": "OutputVideoSensitiveContentDetected.PolicyViolation"}),
        (400, {"reason": "illegal_prompt"}),
        (400, {"error": {"code": "content_policy_violation", "type": "invalid_request_error"}}),
        (400, {"message": "InputTextSensitiveContentDetected: the text may be refused"}),
        (400, {"message": "the image violates our content policy"}),
        (400, {"reason": "BLOCKED", "message": "The input image may contain sensitive information."}),
        (403, {"reason": "InputImageRiskDetection"}),
        (429, {"reason": "ILLEGAL_PROMPT"}),
        (451, {"reason": "ILLEGAL_IMAGE_CONTENT"}),
    ],
    ids=str,
)
def test_refused_content_is_moderated_at_every_status_without_a_meaning_of_its_own(status: int, body: Any) -> None:
    assert _found(read_refusal(status, body)) == (RefusedVideo, "moderated")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (429, {"reason": "SOMETHING_NEW", "message": "wait"}),
        (429, {"reason": "QuotaExceeded", "message": "too many queued tasks"}),
        (429, {"reason": "SERVICE_NOT_AVAILABLE"}),
        (429, {"message": "the account of the author is fine, billing too"}),
        (429, {"message": 'slow down, prompt "not enough balance"'}),
        (429, {"reason": "RATE_LIMIT_EXCEEDED", "message": "not enough balance"}),
        (400, {"message": "Rate limit exceeded, please try again later"}),
        (403, {"message": "RPM limit exceeded"}),
        (409, {"reason": "RateLimitExceeded.EndpointRPMExceeded"}),
        (503, {"message": "server overload"}),
        (503, {"reason": "SERVICE_NOT_AVAILABLE", "message": "service not available, server overload"}),
        (503, {"reason": "ServerOverloaded", "message": "any"}),
    ],
    ids=str,
)
def test_a_limit_of_the_moment_is_throttled(status: int, body: Any) -> None:
    assert _found(read_refusal(status, body)) == (NotAccepted, "throttled")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (503, {"reason": "SERVICE_NOT_AVAILABLE", "message": "service not available"}),
        (503, {"reason": "SOMETHING_NEW", "message": "server overload"}),
        (503, {"reason": "NOT_ENOUGH_BALANCE", "message": "server overload"}),
        (503, {"message": "could not store the prompt: server overload"}),
        (503, {"message": "the server of the overloaded truck"}),
        (503, {"message": "the quota of authors, too many people"}),
        (400, {"reason": "CREATE_TASK_FAILED", "message": "failed to create the task"}),
        (400, {"error": {"code": "InternalServiceError"}}),
        (400, {"error": "not a documented code"}),
        (400, {"code": "E17", "error": {}}),
        (409, {"reason": "SOMETHING_NEW", "message": "rate limit exceeded"}),
        (405, {"message": "not enough balance"}),
        (500, {"reason": "RATE_LIMIT_EXCEEDED"}),
        (299, {"reason": "RATE_LIMIT_EXCEEDED"}),
        (400, {"reason": 17, "message": ""}),
    ],
    ids=str,
)
def test_what_is_not_documented_as_a_refusal_leaves_the_outcome_unknown(status: int, body: Any) -> None:
    assert _found(read_refusal(status, body)) == (OutcomeUnknown, f"http_{status}")


def test_a_404_whose_message_alone_says_anything_means_that_the_model_is_not_offered() -> None:
    assert _found(read_refusal(404, {"message": "route not found"})) == (RefusedVideo, "model_unavailable")


def test_a_400_may_say_that_the_route_is_unknown() -> None:
    assert _found(read_refusal(400, {"reason": "MODEL_NOT_FOUND"})) == (RefusedVideo, "model_unavailable")


@pytest.mark.parametrize(("status", "is_redirect"), [(299, False), (300, True), (399, True)])
def test_only_a_3xx_redirects(status: int, is_redirect: bool) -> None:
    assert (read_refusal(status, None).code == "redirected") is is_redirect
