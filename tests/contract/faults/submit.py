"""Faults of the paid call: refusals by the upstream, odd ids, and bodies that are not sent completely."""

import json
from collections.abc import Sequence
from functools import partial

from tests.contract.faults.rows import DOUBT, RUNS, Endpoint, Expected, Far, Row, queued, refused
from tests.support.wire_responses import Behaviour, answer, reset, staring


def _words(words: str, expected: Expected, fault: str) -> Row:
    return Row(Endpoint.SUBMIT, fault, expected, words=words)


def _far(fault: str, behave: Behaviour, expected: Expected) -> Row:
    return Row(Endpoint.SUBMIT, fault, expected, far=Far(behave))


def _envelope(status: int, reason: str, message: str, expected: Expected) -> Row:
    body = json.dumps({"code": status, "reason": reason, "message": message}).encode()
    return _far(f"{status} {reason}: {message}", answer(status, body), expected)


def _retry_after(value: str, wait: int) -> Row:
    return _far(f"429 with Retry-After: {value}", answer(429, b"", Retry_After=value), queued("throttled", wait))


def _id(fault: str, text: str) -> Row:
    return _far(f"an id that is {fault}", answer(200, f'{{"id": {text}}}'.encode()), DOUBT)


REFUSALS = (
    _words("create=auth", queued("upstream_key", 30), "401 FAILED_TO_AUTH"),
    _words("create=auth-400", queued("upstream_key", 30), "400 MISSING_API_KEY"),
    _words("create=auth-403", queued("upstream_key", 30), "403 INVALID_API_KEY"),
    _words("create=403", queued("upstream_key", 30), "403 ACCESS_DENY"),
    _words("create=balance", queued("upstream_balance", 30), "403 NOT_ENOUGH_BALANCE"),
    _words("create=balance-400", queued("upstream_balance", 30), "400 BILLING_BALANCE_NOT_ENOUGH"),
    _words("create=402", queued("upstream_balance", 30), "402 NOT_ENOUGH_BALANCE"),
    _words("create=moderation", refused("moderated"), "400 ILLEGAL_PROMPT"),
    _words("create=moderation-image", refused("moderated"), "400 ILLEGAL_IMAGE_CONTENT"),
    _words("create=invalid", refused("invalid_request"), "400 INVALID_REQUEST_BODY"),
    _words("create=openai", refused("invalid_request"), "400 in the other envelope"),
    _words("create=no-route", refused("model_unavailable"), "404, the route was withdrawn"),
    _words("create=404", refused("model_unavailable"), "404 API_NOT_FOUND"),
    _words("create=503", queued("throttled"), "503 SERVICE_NOT_AVAILABLE, server overload"),
    _words("create=429", queued("throttled"), "429 without Retry-After"),
    _words("create=302", queued("redirected", 30), "302 to another place of the same host"),
    _envelope(400, "RATE_LIMIT", "rate limit exceeded", queued("throttled")),
    _envelope(403, "Throttling.User", "too many requests", queued("throttled")),
    _envelope(503, "MAINTENANCE", "back at noon", DOUBT),
    _envelope(500, "BILLING_FAILED", "billing failed", DOUBT),
    _envelope(413, "TOO_LARGE", "the image is too large", refused("invalid_request")),
    _envelope(415, "UNSUPPORTED", "no such image format", refused("invalid_request")),
    _envelope(422, "INVALID", "duration must be 4 to 12", refused("invalid_request")),
    _envelope(409, "CONFLICT", "already there", DOUBT),
    _envelope(400, "OperationDenied.RealName", "verify your account", queued("upstream_key", 30)),
    _envelope(429, "insufficient_quota", "check your plan and billing details", queued("upstream_quota", 30)),
    _envelope(429, "SetLimitExceeded", "the model service has been paused", queued("upstream_quota", 30)),
    _envelope(429, "AccountOverdueError", "the account is overdue", queued("upstream_balance", 30)),
    _envelope(429, "QuotaExceeded", "too many queued tasks", queued("throttled")),
    _envelope(400, "", "too many pixels", refused("invalid_request")),
    _envelope(400, "AUTHOR_UNKNOWN", "the white balance, quota and billing of the author", refused("invalid_request")),
    _envelope(403, "InputImageRiskDetection", "any", refused("moderated")),
    _retry_after("7", 7),
    _retry_after("0", 1),
    _retry_after("1000000000", 300),
    _retry_after("Fri, 31 Dec 2999 23:59:59 GMT", 300),
    _retry_after("Thu, 01 Jan 1970 00:00:00 GMT", 1),
    _retry_after("soon", 5),
    _retry_after("-5", 5),
)

SILENCES = (
    _words("create=drop", DOUBT, "closes without a word, and has taken nothing"),
    _words("create=drop-after-accept", DOUBT, "closes without a word, and has taken it"),
    _words("create=reset-after-accept", DOUBT, "resets, and has taken it"),
    *(_words(f"create={status}-after-accept", DOUBT, f"{status}, and has taken it") for status in (500, 502, 504)),
    *(_words(f"create={status}", DOUBT, f"{status}, and has taken nothing") for status in (408, 500)),
    _words("create=502-html", DOUBT, "a proxy's 502, and nothing was taken"),
    _words("create=huge", DOUBT, "64 MB of JSON"),
    _words("create=gzip-bomb", DOUBT, "a gzip bomb of JSON"),
    _words("create=truncated", DOUBT, "JSON that breaks off, and has taken it"),
    _words("create=truncated:unpaid", DOUBT, "JSON that breaks off, and has taken nothing"),
    _words("create=html:unpaid", DOUBT, "a page, and has taken nothing"),
)

IDS = (
    _words("ids=task_id", RUNS, "the id under task_id"),
    _words("ids=nested", RUNS, "the id under data.task_id"),
    _words("ids=both", RUNS, "the id twice"),
    _words("ids=missing", DOUBT, "no id"),
    _words("create=null-id", DOUBT, "an id that is null, and has taken it"),
    _words("create=long-id", DOUBT, "an id of 10 kB"),
    _words("create=evil-id", RUNS, "an id with ../ and a query"),
    _words("create=number-id", RUNS, "an id that is a number beyond 2^53"),
    _words("create=two-ids", RUNS, "two different ids"),
    _words("create=duplicate-keys", RUNS, "the key id twice"),
    _words("create=same-id", DOUBT, "the id of an earlier task"),
    _words("create=error-in-200", DOUBT, "an error envelope in a 200, and has taken it"),
    _id("null, and nothing was taken", "null"),
    _id("true", "true"),
    _id("a fraction", "1.5"),
    _id("NaN", "NaN"),
    _id("infinite", "1e999"),
    _id("a list", '["t-1"]'),
    _id("an object", '{"id": "t-1"}'),
    _id("empty", '""'),
    _id("blank", '"   "'),
    _id("two lines", '"t-1\\nt-2"'),
    _id("half a surrogate pair", '"\\ud800"'),
    _id("a NUL", '"\\u0000"'),
    _id("of 257 characters", f'"{"x" * 257}"'),
    _far("an id beside an error", answer(200, b'{"id": "t-1", "error": {"code": "InternalServiceError"}}'), DOUBT),
)

# With an image of tens of megabytes, of which both sockets buffer only a part.
_large = partial(Row, Endpoint.SUBMIT, large=True)
LARGE = (
    _large("a large request, reset before it was whole", queued("upstream_unreachable"), far=Far(reset, reads="head")),
    _large("a large request, not read any more", queued("upstream_unreachable"), far=Far(staring, reads="head", slow=True)),
    _large("a large request, reset after it was whole", DOUBT, far=Far(reset)),
)


def rows() -> Sequence[Row]:
    return [*REFUSALS, *SILENCES, *IDS, *LARGE]
