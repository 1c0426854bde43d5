"""Translate the upstream's answers; no other module knows its field names, status words or reasons.

Sources: MyRouter's model page and "Get Async Task Result"; error codes as documented by the same platform family and by
the model's vendor. None of this is guaranteed, so parsing is tolerant, and only a documented end counts as an end.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from cliprelay.errors import NotAccepted, OutcomeUnknown, RefusedAccount, RefusedVideo, UpstreamError
from cliprelay.net.urls import LONGEST_LINK
from cliprelay.upstream.contract import Outcome, Task
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
from cliprelay.upstream.myrouter.quoting import quoting

# Undocumented words count as `running`, because only a documented end is an end.
_OUTCOMES = {
    **dict.fromkeys(("QUEUED", "PENDING", "SUBMITTED", "PROCESSING", "RUNNING", "IN_PROGRESS"), Outcome.RUNNING),
    **dict.fromkeys(("SUCCEED", "SUCCEEDED", "SUCCESS", "COMPLETED"), Outcome.SUCCEEDED),
    **dict.fromkeys(("FAILED", "FAIL", "ERROR"), Outcome.FAILED),
    **dict.fromkeys(("EXPIRED", "TIMEOUT"), Outcome.EXPIRED),
    **dict.fromkeys(("CANCELED", "CANCELLED"), Outcome.CANCELED),
}
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


def read_task(body: object, *, key: str = "") -> Task | None:
    """Parse a task-result body; None if it is not one. `key` is blanked in what is quoted."""
    root = _mapping(body)
    task = _mapping(root.get("task"))
    if not task and not ("status" in root and ("task_id" in root or "id" in root)):
        return None  # an error envelope may have a `status` member too
    source, links = task or root, _video_urls(root.get("videos"))
    word = str(source.get("status") or "").strip().upper().removeprefix("TASK_STATUS_")
    outcome, code, message = _ended(_OUTCOMES.get(word, Outcome.RUNNING), _task_reason(source), key)
    return Task(
        outcome,
        known_word=word in _OUTCOMES,
        progress=_percent(source.get("progress_percent")),
        eta=_number(source.get("eta")),
        video_url=links[0] if links else None,
        more_urls=tuple(links[1:]),
        tokens=_tokens(root),
        error_code=code,
        error_message=message,
    )


def _task_reason(source: Mapping[str, Any]) -> str:
    """Return why a task failed: MyRouter's `reason`, or the code and message of the vendor's `error`."""
    error = _mapping(source.get("error"))
    return str(source.get("reason") or "") or ": ".join(str(part) for part in (error.get("code"), error.get("message")) if part)


def _ended(outcome: Outcome, reason: str, key: str) -> tuple[Outcome, str | None, str | None]:
    """Return how a task ended, our code and a sentence; a code at the beginning of the reason outweighs its words."""
    meaning = leading_meaning(reason)
    if outcome is Outcome.FAILED and (meaning is Meaning.EXPIRED or says_expired(reason)):
        outcome = Outcome.EXPIRED
    match outcome:
        case Outcome.FAILED if meaning is Meaning.MODERATED or (meaning is None and says_moderated(reason)):
            return outcome, "moderated", quoting("the upstream's moderation refused the content", reason, key)
        case Outcome.FAILED:
            return outcome, "generation_failed", quoting("the upstream could not generate the video", reason, key)
        case Outcome.EXPIRED:
            return outcome, "expired", quoting("the upstream did not finish in the time allowed", reason, key)
        case Outcome.CANCELED:
            return outcome, "canceled_upstream", quoting("the task was canceled at the upstream", reason, key)
    return outcome, None, None


def read_failed_poll(body: object, *, key: str = "") -> Task | None:
    """Parse a task failure reported as HTTP 500 with the reason TASK_FAILED; None for other errors."""
    code, message = _reason(_mapping(body))
    if code.upper() != "TASK_FAILED":
        return None
    outcome, error, sentence = _ended(Outcome.FAILED, message, key)
    return Task(outcome, error_code=error, error_message=sentence)


def read_refusal(status: int, body: object, retry_after: float | None = None, *, key: str = "") -> UpstreamError:
    """Classify an answer to the paid call without an id: by its documented code, then its status, then documented phrases."""
    code, message = _reason(_mapping(body))
    match _meaning(status, code, message):
        case Meaning.THROTTLED:
            return NotAccepted("throttled", "the upstream is limiting the request rate", retry_after=retry_after)
        case Meaning.KEY | Meaning.BALANCE | Meaning.QUOTA as account:
            return RefusedAccount(account.value, "the upstream refused the account")
        case Meaning.REDIRECTED:
            return RefusedAccount("redirected", "the upstream's URL redirects; the key is never sent to another one")
        case Meaning.ROUTE:
            return RefusedVideo("model_unavailable", "the upstream does not offer this model at this URL")
        case Meaning.MODERATED:
            return RefusedVideo("moderated", quoting("the upstream's moderation refused the content", f"{code} {message}", key))
        case Meaning.INVALID:
            return RefusedVideo("invalid_request", quoting("the upstream refused the request", f"{code} {message}", key))
    return OutcomeUnknown(f"http_{status}", f"the upstream answered {status}, which does not say whether it took the request")


def _meaning(status: int, code: str, message: str) -> Meaning:
    """Return what a refusal means; Meaning.OPEN unless it certainly bought nothing."""
    if 300 <= status < 400:
        return Meaning.REDIRECTED
    if status == 503:
        return _meaning_of_503(code, message)
    if not 400 <= status < 500 or status == 408:
        return Meaning.OPEN
    known = meaning_of(code)
    if status in (401, 402):
        return _meaning_for_account(known, message)
    if known is None:
        known = _meaning_of_words(status, code, message)
    if known is not None and (known is not Meaning.OPEN or status not in (403, 429)):
        return known
    return _meaning_of_status(status, code, message)


def _meaning_of_503(code: str, message: str) -> Meaning:
    """Read a 503: it buys nothing only if it names a limit, by its code or, if that says nothing, in its message."""
    is_plain = not code or code.upper() == "SERVICE_NOT_AVAILABLE"
    is_throttled = meaning_of(code) is Meaning.THROTTLED or (is_plain and says_throttled(message))
    return Meaning.THROTTLED if is_throttled else Meaning.OPEN


def _meaning_for_account(known: Meaning | None, message: str) -> Meaning:
    """Read a status that is about the account by itself; the rest says whether key, money or quota is missing."""
    if known in (Meaning.KEY, Meaning.BALANCE, Meaning.QUOTA):
        return known
    return Meaning.BALANCE if says_empty(message) else Meaning.KEY


def _meaning_of_words(status: int, code: str, message: str) -> Meaning | None:
    """Read a message whose code is not documented, or missing; None if it says nothing that is documented."""
    if status in (403, 429) or (status == 400 and not code):
        if says_empty(message):
            return Meaning.BALANCE
        if not code and says_throttled(message):
            return Meaning.THROTTLED
    # A code at the beginning of a message is believed about the video only: a client must not be able to stop the account.
    leading = None if code else leading_meaning(message)
    return leading if leading in (Meaning.MODERATED, Meaning.INVALID) else None


def _meaning_of_status(status: int, code: str, message: str) -> Meaning:
    """Read an answer whose code is not documented, or missing."""
    match status:
        case 429:
            return Meaning.THROTTLED
        case 403:
            return Meaning.KEY
        case 404 if not code:
            return Meaning.ROUTE
        case 400 | 404 | 413 | 415 | 422 if code or message:
            return Meaning.MODERATED if says_moderated(message) else Meaning.INVALID
    return Meaning.OPEN


def is_about_a_task(body: object) -> bool:
    """Report whether a 404 is about the task, and not from a gateway: its envelope has a reason and names a task."""
    code, message = _reason(_mapping(body))
    if not code or meaning_of(code) is Meaning.ROUTE:
        return False
    return names_a_task(code, message)


def _reason(envelope: Mapping[str, Any]) -> tuple[str, str]:
    """Return the code of an error, a documented one if there are several, and its message."""
    nested = _mapping(envelope.get("error"))
    codes = [code[:200] for code in _codes(envelope, nested)]
    code = next((code for code in codes if meaning_of(code)), next(iter(codes), ""))
    return code, str(envelope.get("message") or nested.get("message") or "")


def _codes(envelope: Mapping[str, Any], nested: Mapping[str, Any]) -> Iterator[str]:
    usual = (envelope.get("reason"), nested.get("code"), nested.get("type"))
    # Elsewhere the same names have other uses, so there only a documented code counts.
    others = (envelope.get("code"), envelope.get("type"), nested.get("reason"), nested.get("status"), envelope.get("error"))
    yield from (member for member in usual if isinstance(member, str) and member and not member.isdigit())
    yield from (member for member in others if isinstance(member, str) and meaning_of(member))


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
