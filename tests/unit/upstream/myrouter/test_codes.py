"""Every documented code and phrase has its meaning, whatever its case and separators; no other word has one."""

import pytest

from cliprelay.upstream.myrouter.codes import (
    Meaning,
    leading_meaning,
    meaning_of,
    names_a_task,
    says_empty,
    says_expired,
    says_moderated,
    says_throttled,
)

DOCUMENTED = {
    Meaning.THROTTLED: """RATE_LIMIT_EXCEEDED RateLimitExceeded.EndpointRPMExceeded RateLimitExceeded.EndpointTPMExceeded
        ModelAccountRpmRateLimitExceeded ModelAccountTpmRateLimitExceeded ModelAccountIpmRateLimitExceeded
        APIAccountRpmRateLimitExceeded AccountRateLimitExceeded InflightBatchsizeExceeded QuotaExceeded ServerOverloaded
        rate_limit_exceeded SERVER_OVERLOADED SERVER_OVERLOAD TooManyRequests INFLIGHT_LIMIT_EXCEEDED
        RATE_LIMIT Throttling.User THROTTLED""",
    Meaning.KEY: """MISSING_API_KEY INVALID_API_KEY FAILED_TO_AUTH API_NOT_ALLOWED FEATURE_NOT_ALLOWED NEED_REAL_NAME_VERIFY
        ACCESS_DENY AccessDenied AuthenticationError InvalidAccountStatus OperationDenied OperationDenied.PermissionDenied ModelNotOpen
        invalid_api_key authentication_error Unauthorized UNAUTHENTICATED permission_denied account_deactivated""",
    Meaning.BALANCE: """NOT_ENOUGH_BALANCE BILLING_BALANCE_NOT_ENOUGH BILLING_AUTH_FAILED BILLING_FAILED AccountOverdueError
        AccountOverdue OperationDenied.ServiceOverdue insufficient_balance InsufficientFunds insufficient_credits payment_required
        billing_not_active Arrearage""",
    Meaning.QUOTA: """insufficient_quota INSUFFICIENT_QUOTA SetLimitExceeded insufficient_user_quota quota_exhausted
        billing_hard_limit_reached billing_limit_reached pre_consume_token_quota_failed exceeded_current_quota_error""",
    Meaning.MODERATED: """SensitiveContentDetected SensitiveContentDetected.SevereViolation InputTextSensitiveContentDetected
        InputImageSensitiveContentDetected.PrivacyInformation InputTextRiskDetection InputImageRiskDetection
        OutputVideoSensitiveContentDetected OutputAudioSensitiveContentDetected.PolicyViolation ILLEGAL_PROMPT ILLEGAL_IMAGE_CONTENT
        ILLEGAL_TEXT ILLEGAL_VIDEO ILLEGAL_AUDIO ILLEGAL_CONTENT ILLEGAL_INPUT ILLEGAL_OUTPUT content_policy_violation
        moderation_blocked content_filter sensitive_words_detected""",
    Meaning.INVALID: """INVALID_REQUEST_BODY IMAGE_FILE_EXCEEDS_MAX_SIZE INVALID_IMAGE_FORMAT IMAGE_EXCEEDS_MAX_RESOLUTION
        INVALID_IMAGE_SIZE IMAGE_NO_FACE_DETECTED INVALID_AUDIO_FILE INVALID_CUSTOM_OUTPUT_PATH MissingParameter MissingParameter.prompt
        InvalidParameter InvalidParameter.duration InvalidImageURL.EmptyURL InvalidImageURL.InvalidFormat""",
    Meaning.ROUTE: "API_NOT_FOUND MODEL_NOT_FOUND InvalidEndpointOrModel.NotFound InvalidEndpointOrModel",
    Meaning.EXPIRED: "TASK_EXPIRED TaskExpired TaskTimeout TASK_STATUS_EXPIRED TASK_STATUS_TIMEOUT",
    Meaning.OPEN: """CREATE_TASK_FAILED GET_RESULT_FAILED TASK_FAILED SERVICE_NOT_AVAILABLE InternalServiceError INTERNAL_ERROR""",
}
ROWS = [(code, meaning) for meaning, codes in DOCUMENTED.items() for code in codes.split()]


@pytest.mark.parametrize(("code", "meaning"), ROWS)
def test_a_documented_code_has_its_meaning_in_any_case(code: str, meaning: Meaning) -> None:
    assert {meaning_of(form) for form in (code, code.lower(), code.upper(), f" {code} ")} == {meaning}


RESEMBLING = """AUTHOR_INVALID WHITE_BALANCE QUOTA BILLING PIXEL_LIMIT_EXCEEDED CASE_SENSITIVE ILLEGAL_ARGUMENT ILLEGALPARAMETER EXPIRED
    TIMEOUT LINK_EXPIRED OVERLOADED MODERATION TASK_NOT_FOUND INVALID_REQUEST invalid_request_error RATE_LIMITED_EDITION Auth
    X.RATE_LIMIT_EXCEEDED"""


@pytest.mark.parametrize("code", RESEMBLING.split())
def test_a_word_that_resembles_a_code_has_no_meaning(code: str) -> None:
    assert meaning_of(code) is None


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("InvalidParameter: ratio", Meaning.INVALID),
        ("[InvalidParameter] ratio", Meaning.INVALID),
        ("Error code: InvalidParameter", Meaning.INVALID),
        ("error: ILLEGAL_PROMPT", Meaning.MODERATED),
        ("reason=ILLEGAL_PROMPT", Meaning.MODERATED),
        ("task failed: TASK_TIMEOUT", Meaning.EXPIRED),
        ("failed, TaskExpired", Meaning.EXPIRED),
        ("  OutputVideoSensitiveContentDetected.PolicyViolation", Meaning.MODERATED),
        ("the code InvalidParameter", None),
        ("", None),
        ("42", None),
    ],
)
def test_only_the_code_at_the_beginning_of_a_text_counts(text: str, meaning: Meaning | None) -> None:
    assert leading_meaning(text) is meaning


MODERATED = [
    "violates our content policy",
    "It violated the usage policy.",
    "violating safety policies",
    "a violation of your content policy",
]
MODERATED += [
    "violate their content policy",
    "violates its content policy",
    "may contain sensitive content",
    "May contain sensitive information.",
]


QUOTING = ['no "{}"', "no '{}'", "no `{}`", "no “{}”", "no «{}»", "no 「{}」", "no \u2018{}\u2019", 'no "{}', "no '{}", "no `{}", "no “{}"]
QUOTING += ["no «{}", "no 「{}", "no \u2018{}", "prompt: {}", "Prompt is: {}", "text={}", "prompt = a\n{}"]


@pytest.mark.parametrize("text", MODERATED)
def test_a_documented_phrase_says_that_the_content_was_refused(text: str) -> None:
    assert says_moderated(text)
    for quoted in QUOTING:
        assert not says_moderated(quoted.format(text))


@pytest.mark.parametrize(
    "text", ["sensitive", "moderation", "content policy", "illegal", "it can't, it won't", "inviolates our content policy"]
)
def test_a_single_word_refuses_no_content(text: str) -> None:
    assert not says_moderated(text)


def test_an_apostrophe_quotes_nothing() -> None:
    assert says_moderated("It can't be drawn, it violates our content policy")
    assert not says_moderated("cannot draw 'it isn't what violates our content policy' now")
    assert says_moderated("cannot draw 'it isn't' because it violates our content policy")


THROTTLED = ["server overload", "Server overloaded", "RPM limit exceeded", "rate limit exceeded", "Too many requests", "overloaded"]
THROTTLED += ["the service is currently overloaded", "system overload", "the server is overloaded"]


@pytest.mark.parametrize("phrase", THROTTLED)
def test_a_clause_says_that_the_upstream_is_busy(phrase: str) -> None:
    for text in (phrase, f"{phrase}, please try again later", f"busy: {phrase}!", f"no;{phrase}", f"no\n{phrase}", f"Sorry. {phrase}."):
        assert says_throttled(text)
    for text in (f"{phrase} pixels", f"a {phrase}", f'no, "{phrase}"', f"prompt: {phrase}"):
        assert not says_throttled(text)


EMPTY = [
    "not enough balance",
    "Insufficient balance",
    "insufficient account balance",
    "billing balance not enough",
    "account balance is insufficient",
]
EMPTY += ["You exceeded your current quota", "not enough account balance", "Account balance not enough", "billing balance is insufficient"]


@pytest.mark.parametrize("phrase", EMPTY)
def test_the_first_clause_says_that_the_account_is_empty(phrase: str) -> None:
    assert says_empty(phrase)
    assert says_empty(f"{phrase}, please check your plan")
    for text in (f"no, {phrase}", f"{phrase} of colours", f'"{phrase}"', f"prompt: {phrase}", ""):
        assert not says_empty(text)


EXPIRED = [
    "expired",
    "timeout",
    "timed out",
    "time-out",
    "task expired",
    "the task has expired.",
    "the task was timed out",
    "video generation timed out!",
]
EXPIRED += ["execution is expired", "timeout while generating the video", "task timed out after 30 minutes", "task expired after 172800s"]
EXPIRED += ["the video task timed out after 2 hours", "task timed out after 1 second"]


@pytest.mark.parametrize("text", EXPIRED)
def test_a_whole_text_says_that_the_time_was_over(text: str) -> None:
    assert says_expired(text)
    assert says_expired(f" {text.upper()} ")
    assert not says_expired(f"{text} for the image")
    assert not says_expired(f"link {text}")


@pytest.mark.parametrize(
    ("code", "message", "expected"),
    [
        ("TASK_NOT_FOUND", "", True),
        ("TaskNotFound", "", True),
        ("NOT_FOUND", "The task t-1 does not exist.", True),
        ("NOT_FOUND", "no such tasks", True),
        ("ResourceNotFound.Task", "", True),
        ("task", "", True),
        ("MULTITASK_OFF", "", False),
        ("Multitasking", "", False),
        ("NOT_FOUND", "multitasking is off", False),
        ("NOT_FOUND", "/v3/async/task-result", False),
        ("NOT_FOUND", "GET /task", False),
        ("NOT_FOUND", "task: route not found", False),
        ("NOT_FOUND", "API_NOT_FOUND task", False),
        ("NOT_FOUND", "task MODEL_NOT_FOUND", False),
        ("NOT_FOUND", "InvalidEndpointOrModel, no task", False),
    ],
)
def test_a_task_is_named_as_a_word_of_its_own(code: str, message: str, expected: bool) -> None:
    assert names_a_task(code, message) is expected
