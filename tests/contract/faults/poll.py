"""Faults of polls: statuses, words, links and numbers of a task."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from cliprelay.workflow.decisions import MISSES_ALLOWED
from tests.contract.faults.rows import FINISHED, Endpoint, Expected, Far, Row, asks, ends
from tests.support.wire_responses import answer

_DEADLINE = round(timedelta(hours=48, minutes=15).total_seconds())
_DAY = 86_400
_UNTIL_GIVEN_UP = MISSES_ALLOWED + 1
KEY_IN_A_REASON = "sk-0123456789abcdef0123456789abcdef"  # example


def _words(words: str, expected: Expected, fault: str, *, turns: int = 1, after: int = 0, end: str = "") -> Row:
    return Row(Endpoint.POLL, fault, expected, words=words, turns=turns, after=after, end=end)


def _gateway(body: bytes) -> Row:
    """Return a 404 in JSON that is not about a task: the route is missing, for every video at once."""
    fault = f"404 of a gateway, `{body.decode()}`, {_UNTIL_GIVEN_UP} times"
    return Row(Endpoint.POLL, fault, asks("http_404"), far=Far(answer(404, body)), turns=_UNTIL_GIVEN_UP)


def _said(fault: str, expected: Expected, **members: Any) -> Row:
    """Return a documented answer, except for these members."""
    told = {"task_id": "t-1", "status": "TASK_STATUS_PROCESSING", "reason": "", "eta": 0, "progress_percent": 50}
    return Row(Endpoint.POLL, fault, expected, far=Far(answer(200, json.dumps({"task": told | members, "videos": []}).encode())))


def _link(fault: str, expected: Expected, videos: object) -> Row:
    """Return a finished task with this list of videos."""
    body = json.dumps({"task": {"task_id": "t-1", "status": "TASK_STATUS_SUCCEED"}, "videos": videos}).encode()
    return Row(Endpoint.POLL, f"done, {fault}", expected, far=Far(answer(200, body)))


ABSENCE = (
    _words("poll=404", asks("no such task", 5), "404 TASK_NOT_FOUND once"),
    _words("poll=404:always", ends("failed", "lost_upstream"), f"404 TASK_NOT_FOUND {_UNTIL_GIVEN_UP} times", turns=_UNTIL_GIVEN_UP),
    _words("poll=401", asks("upstream_key"), "401 FAILED_TO_AUTH"),
    _words("poll=403", asks("upstream_key"), "403 ACCESS_DENY"),
    _words("poll=429", asks("http_429"), "429 without Retry-After"),
    _words("poll=429:11", asks("http_429", 11), "429 with Retry-After: 11"),
    _words("poll=429:absurd", asks("http_429", 16), "429 with Retry-After: 1000000000"),
    _words("poll=429:junk", asks("http_429"), "429 with Retry-After: soon"),
    *(_words(f"poll={status}", asks(f"http_{status}"), f"{status} in the envelope") for status in (400, 500, 502, 503)),
    _words("poll=500-after-end", asks("http_500"), "500 from the moment of success on, once"),
    _words("poll=302", asks("http_302"), "302 to another place of the same host"),
    _words("poll=huge", asks("upstream_unreachable"), "64 MB of JSON"),
    _words("poll=gzip-bomb", asks("upstream_unreachable"), "a gzip bomb of JSON"),
    _words("outcome=never poll=503", asks("http_503"), "503 at 23 hours after the deadline", after=_DEADLINE + _DAY - 3_600, end="expired"),
    _words("poll=503:always", ends("expired", "upstream_silent"), "503 at a day after the deadline", after=_DEADLINE + _DAY + 60),
)

# As written by FastAPI, Amazon API Gateway and Kong.
GATEWAYS = tuple(
    _gateway(body) for body in (b'{"detail":"Not Found"}', b'{"message":"Not Found"}', b'{"message":"no Route matched with those values"}')
)

WORDS = (
    _words("poll=unknown-status", asks("unknown status word"), "a status word that nobody knows"),
    _words("poll=word:0:1", asks("unknown status word"), "a status word that is a number"),
    _words("poll=lower-case", FINISHED, "the status word in lower case"),
    _words("poll=short-word", FINISHED, "the status word without its prefix"),
    _words("poll=strings", FINISHED, "numbers as texts"),
    _words("poll=stuck", FINISHED, "no progress, even on success"),
    _words("poll=extra-fields", FINISHED, "members that nobody documented"),
    _words("poll=duplicate-keys", FINISHED, "the member task twice"),
    _words("body=sparse", FINISHED, "nothing but what is documented as required"),
    _words("poll=null-task:1", asks("http_200"), "a task that is null"),
    _said("a status that is null", asks("unknown status word"), status=None),
    _said("a status that is an object", asks("unknown status word"), status={"word": "TASK_STATUS_SUCCEED"}),
    _said("progress of 1000 per cent", asks(""), progress_percent=1_000),
    _said("progress of -5 per cent", asks(""), progress_percent=-5),
    _said("progress of 1e308", asks(""), progress_percent=1e308),
    _said("progress that is no number", asks(""), progress_percent=float("nan")),
    _said("progress that is a list", asks(""), progress_percent=[50]),
    _said("an eta of ten years", asks("", 16), eta=315_360_000),
    _said("an eta that is infinite", asks(""), eta=float("inf")),
    _said("a negative eta", asks(""), eta=-1),
    _said("an eta that is true", asks(""), eta=True),
)

LINKS = (
    _words("poll=no-url", asks("", 5), "done, with an empty link, once"),
    _words("poll=null-videos:1", asks("", 5), "done, with videos that are null, once"),
    _words("poll=missing-videos:1", asks("", 5), "done, without videos, once"),
    _words("poll=no-url:always", ends("failed", "missing_output"), f"done, without a link, {_UNTIL_GIVEN_UP} times", turns=_UNTIL_GIVEN_UP),
    _link("with a link that is a number", asks("", 5), [{"video_url": 17}]),
    _link("with a link that is a list", asks("", 5), [{"video_url": ["https://media.example.com/1.mp4"]}]),
    _link("with a link of 10 kB", asks("", 5), [{"video_url": "https://media.example.com/" + "x" * 10_000}]),
    _link("with videos that are an object", asks("", 5), {"video_url": "https://media.example.com/1.mp4"}),
    _link("with a first video that is null", FINISHED, [None, {"video_url": "https://media.example.com/1.mp4"}]),
    _link("with a link that is a script", FINISHED, [{"video_url": "javascript:alert(1)"}]),
    _link("with a link to a file", FINISHED, [{"video_url": "file:///etc/passwd"}]),
    _link("with a link in two lines", FINISHED, [{"video_url": "https://media.example.com/1.mp4\r\nX: y"}]),
)

ENDS = (
    _words("outcome=fail:any", ends("failed", "generation_failed"), "failed"),
    _words("outcome=fail", ends("failed", "generation_failed"), "failed without a reason"),
    _words("outcome=moderated", ends("failed", "moderated"), "failed, because of its content"),
    _words("outcome=expired:failed", ends("expired", "expired"), "failed, because its time was over"),
    _words("outcome=expired:status", ends("expired", "expired"), "expired"),
    _words("outcome=cancelled", ends("canceled", "canceled_upstream"), "canceled"),
    _words("outcome=task-failed-500", ends("failed", "generation_failed"), "500 TASK_FAILED"),
    _words("outcome=never", ends("expired", "deadline"), "still running at the deadline", after=_DEADLINE + 60),
    _said(
        "failed, with a key and markup in its reason",
        ends("failed", "generation_failed"),
        status="TASK_STATUS_FAILED",
        reason=f"<b>{KEY_IN_A_REASON}</b>",
    ),
    _said(
        "failed, because the image could not be fetched in time",
        ends("failed", "generation_failed"),
        status="TASK_STATUS_FAILED",
        reason="InvalidParameter: Timeout while downloading url, please check that the image can be reached",
    ),
    _said("failed, with a reason that is a list", ends("failed", "generation_failed"), status="FAILED", reason=["any"]),
)


def rows() -> Sequence[Row]:
    return [*ABSENCE, *GATEWAYS, *WORDS, *LINKS, *ENDS]
