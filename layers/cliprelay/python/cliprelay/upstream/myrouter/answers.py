"""Translate the upstream's answers; no other module knows its field names, status words or reasons.

Sources: MyRouter's model page and "Get Async Task Result"; error codes as documented by the same platform family and by
the model's vendor. None of this is guaranteed, so parsing is tolerant, and only a documented end counts as an end.
"""

import re
from collections.abc import Mapping
from typing import Any

from cliprelay.errors import NotAccepted, OutcomeUnknown, RefusedAccount, RefusedVideo, UpstreamError
from cliprelay.net.urls import LONGEST_LINK
from cliprelay.upstream.contract import Outcome, Task

# Undocumented words count as `running`, because only a documented end is an end.
_OUTCOMES = {
    **dict.fromkeys(("QUEUED", "PENDING", "SUBMITTED", "PROCESSING", "RUNNING", "IN_PROGRESS"), Outcome.RUNNING),
    **dict.fromkeys(("SUCCEED", "SUCCEEDED", "SUCCESS", "COMPLETED"), Outcome.SUCCEEDED),
    **dict.fromkeys(("FAILED", "FAIL", "ERROR"), Outcome.FAILED),
    **dict.fromkeys(("EXPIRED", "TIMEOUT"), Outcome.EXPIRED),
    **dict.fromkeys(("CANCELED", "CANCELLED"), Outcome.CANCELED),
}
_MODERATED = re.compile(r"sensitive|riskdetection|policyviolation|illegal_|content policy|moderation", re.IGNORECASE)
_EXPIRED = re.compile(r"expire|timed? ?out", re.IGNORECASE)
_THROTTLED = re.compile(r"rate.?limit|too many|throttl|overload|_LIMIT_EXCEEDED|quota|inflight", re.IGNORECASE)
_ACCOUNT = re.compile(
    r"auth|api_key|apikey|balance|overdue|billing|not_allowed|access_?den|real_name|invalidaccount|operationdenied|modelnotopen",
    re.IGNORECASE,
)
_TASK = re.compile(r"(?<![\w/-])tasks?(?![\w/-])", re.IGNORECASE)
_ROUTE = re.compile(r"api_not_found|model_not_found|invalidendpointormodel|route not found", re.IGNORECASE)

# Only this much of the upstream's text is considered for quoting.
QUOTED = 2_000
# Longer values are not accepted as ids; the documented ones have 36 characters or fewer.
LONGEST_ID = 256
# Links are stored in the record, whose size is limited; a task has one video, and seldom a second link to it.
MOST_LINKS = 8


def created_id(body: object) -> str | None:
    """Find the task id in the answer to a create; None if there is no reliable one."""
    root = _mapping(body)
    data, task = _mapping(root.get("data")), _mapping(root.get("task"))
    candidates = (root.get("task_id"), root.get("id"), data.get("task_id"), data.get("id"), task.get("task_id"))
    return next((text for text in map(_id_text, candidates) if text), None)


def _id_text(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = str(value).strip()
    return text if 0 < len(text) <= LONGEST_ID and text.isprintable() else None


def read_task(body: object) -> Task | None:
    """Parse a task-result body; None if it is not one."""
    root = _mapping(body)
    task = _mapping(root.get("task"))
    if not task and not ("status" in root and ("task_id" in root or "id" in root)):
        return None  # an error envelope may have a `status` member too
    word = str((task or root).get("status") or "").strip().upper().removeprefix("TASK_STATUS_")
    outcome = _OUTCOMES.get(word, Outcome.RUNNING)
    reason = str(task.get("reason") or "")
    if outcome is Outcome.FAILED and _EXPIRED.search(reason):
        outcome = Outcome.EXPIRED
    code, message = _failure(outcome, reason)
    links = _video_urls(root.get("videos"))
    return Task(
        outcome,
        known_word=word in _OUTCOMES,
        progress=_percent(task.get("progress_percent")),
        eta=_number(task.get("eta")),
        video_url=links[0] if links else None,
        more_urls=tuple(links[1:]),
        tokens=_tokens(root),
        error_code=code,
        error_message=message,
    )


def _failure(outcome: Outcome, reason: str) -> tuple[str | None, str | None]:
    match outcome:
        case Outcome.FAILED if _MODERATED.search(reason):
            return "moderated", _quoting("the upstream's moderation refused the content", reason)
        case Outcome.FAILED:
            return "generation_failed", _quoting("the upstream could not generate the video", reason)
        case Outcome.EXPIRED:
            return "expired", _quoting("the upstream did not finish in the time allowed", reason)
        case Outcome.CANCELED:
            return "canceled_upstream", _quoting("the task was canceled at the upstream", reason)
    return None, None


def read_failed_poll(body: object) -> Task | None:
    """Parse a task failure reported as HTTP 500 with the reason TASK_FAILED; None for other errors."""
    reason, message = _reason(_mapping(body))
    if reason.upper() != "TASK_FAILED":
        return None
    code, sentence = _failure(Outcome.FAILED, message)
    return Task(Outcome.FAILED, error_code=code, error_message=sentence)


def read_refusal(status: int, body: object, retry_after: float | None = None) -> UpstreamError:
    """Classify an answer to the paid call without an id: first by its reason, then by its HTTP status."""
    envelope = _mapping(body)
    reason, message = _reason(envelope)
    text = f"{reason} {message}"
    if status == 429 or _THROTTLED.search(_throttle_words(status, reason, message)):
        return NotAccepted("throttled", "the upstream is limiting the request rate", retry_after=retry_after)
    if 300 <= status < 400:
        return RefusedAccount("redirected", "the upstream's URL redirects; the key is never sent to another one")
    if status in (401, 402, 403) or (400 <= status < 500 and status != 408 and _ACCOUNT.search(reason)):
        return RefusedAccount(_account_code(text), "the upstream refused the account")
    if status == 404 and (not envelope or not reason or _ROUTE.search(text)):
        return RefusedVideo("model_unavailable", "the upstream does not offer this model at this URL")
    if status in (400, 404, 413, 415, 422) and (reason or message):
        return _refused_video(text)
    return OutcomeUnknown(f"http_{status}", f"the upstream answered {status}, which does not say whether it took the request")


def _throttle_words(status: int, reason: str, message: str) -> str:
    """Select the text to search for throttling; in a 4xx, a documented reason outweighs the message."""
    match status:
        case 503:
            return f"{reason} {message}"
        case 400 | 403:
            return reason or message
    return ""


def is_about_a_task(body: object) -> bool:
    """Report whether a 404 is about the task, and not from a gateway: its envelope has a reason and names a task."""
    reason, message = _reason(_mapping(body))
    if not reason or _ROUTE.search(f"{reason} {message}"):
        return False
    return "task" in reason.lower() or bool(_TASK.search(message))


def _refused_video(text: str) -> RefusedVideo:
    if _MODERATED.search(text):
        return RefusedVideo("moderated", _quoting("the upstream's moderation refused the content", text))
    if _ROUTE.search(text):
        return RefusedVideo("model_unavailable", "the upstream does not offer this model at this URL")
    return RefusedVideo("invalid_request", _quoting("the upstream refused the request", text))


def _account_code(text: str) -> str:
    return "upstream_balance" if re.search(r"balance|overdue|billing", text, re.IGNORECASE) else "upstream_key"


def _reason(envelope: Mapping[str, Any]) -> tuple[str, str]:
    nested = _mapping(envelope.get("error"))
    reason = envelope.get("reason") or nested.get("code") or nested.get("type") or ""
    message = envelope.get("message") or nested.get("message") or ""
    return str(reason)[:200], str(message)


def _quoting(sentence: str, reason: str) -> str:
    """Append the upstream's reason, without addresses, markup, control characters, keys or long tokens."""
    whole = reason[:QUOTED].rsplit(None, 1)[0] if len(reason) > QUOTED else reason  # a truncated key would not be recognised
    words = (re.sub(r"[^A-Za-z0-9_.,:;'()/ -]", "", word) for word in whole.split())
    shown = " ".join(word for word in words if word and not _is_address(word) and not _is_token(word))[:200].strip(" :")
    return f"{sentence} ({shown})" if shown else sentence


def _is_address(word: str) -> bool:
    # With or without a scheme, because mail programs link both. The vendor's codes contain dots too, but begin in upper case.
    return "//" in word or "www." in word.lower() or bool(re.search(r"(^|[^A-Za-z])[a-z0-9-]+\.[a-z]{2,}", word))


def _is_token(word: str) -> bool:
    # A long word with digits in it may be a key, a trace id or image data.
    return len(word) > 80 or (len(word) >= 16 and any(char.isdigit() for char in word))


def _video_urls(videos: object) -> list[str]:
    """Return the different links of an answer, up to MOST_LINKS; all of them are tried, because the first one may be dead."""
    urls = (_mapping(video).get("video_url") for video in (videos if isinstance(videos, list) else []))
    texts = (url.strip() for url in urls if isinstance(url, str))
    return list(dict.fromkeys(text for text in texts if 0 < len(text) <= LONGEST_LINK))[:MOST_LINKS]


def _tokens(root: Mapping[str, Any]) -> int | None:
    """Read the billed tokens. MyRouter documents none, but the vendor's `usage` may be passed through."""
    places = (root, _mapping(root.get("task")), _mapping(root.get("extra")))
    usages = (_mapping(place.get("usage")) for place in places)
    numbers = (_number(usage.get(name)) for usage in usages for name in ("total_tokens", "completion_tokens"))
    return next((int(number) for number in numbers if number is not None and number > 0), None)


def _percent(value: object) -> int | None:
    number = _number(value)
    return None if number is None else round(min(max(number, 0), 100))


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if number == number and abs(number) < 1e12 else None  # excludes NaN and infinities


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
