"""Refusals in OpenAI's envelope, by the code that ours have: status, type, code, and whether its packages may send the request again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cliprelay.api.http.answers import Answer, json_answer
from cliprelay.api.http.problems import HttpRefusal
from cliprelay.errors import FieldComplaint, Refusal
from cliprelay.faces.openai import FIELD_NAMES

# OpenAI's code of a field that does not exist.
UNKNOWN = "unknown_parameter"
_INVALID, _LIMIT, _SERVER = "invalid_request_error", "rate_limit_error", "server_error"


@dataclass(frozen=True)
class Row:
    """How one of our codes is refused; `words` replace ours, which may name what this API does not have.

    Only a refusal whose request may have been accepted is sent again: a numbered retry of an order that was certainly refused would
    otherwise be given the video of an equal order.
    """

    status: int
    kind: str = _INVALID
    code: str | None = None  # None: our own
    words: str | None = None  # None: ours; {name} is a fact of the refusal
    param: str | None = None
    may_retry: bool = False


_CHANGED = "Something changed while the request was being read; nothing was ordered."
TABLE: Mapping[str, Row] = {
    "malformed_json": Row(400, code="invalid_body"),
    "ambiguous_idempotency_key": Row(400),
    "unauthorized": Row(401, code="invalid_api_key"),
    "budget_exceeded": Row(429, "insufficient_quota", "insufficient_quota"),
    "not_found": Row(404),
    "method_not_allowed": Row(400),
    "not_ready": Row(400, code="video_not_ready"),
    "not_ended": Row(400, code="video_not_ended", words="The video has not ended; delete it once it is completed or failed."),
    "already_ended": Row(400, code="video_ended", words="The video has ended."),
    "nothing_to_send": Row(400, words="There is nothing to send."),
    "rotated_too_often": Row(400),
    "link_revoked": Row(404),
    "link_expired": Row(404),
    "deleted": Row(404, words="The video was deleted."),
    "image_too_large": Row(
        400,
        words="A file may have at most 4.0 MB: send the address of a larger one, or upload it with POST /v1/uploads.",
        param="input_reference",
    ),
    "unsupported_media_type": Row(400),
    "invalid_request": Row(400, code="invalid_value"),
    "idempotency_key_reused": Row(422, words="This Idempotency-Key belongs to another order, of video {video_id}; nothing was ordered."),
    "upload_changed": Row(400, words=_CHANGED, param="input_reference"),
    "tested_too_often": Row(429, _LIMIT, "rate_limit_exceeded"),
    "internal": Row(
        500,
        _SERVER,
        words="Unexpected error; it has been logged. An order may have been accepted: the list of videos shows it.",
        may_retry=True,
    ),
    "unavailable": Row(
        503,
        _SERVER,
        words="Part of the service is unavailable. An order may have been accepted: the list of videos shows it.",
        may_retry=True,
    ),
    "not_recorded": Row(
        503, _SERVER, words="The order may or may not have been accepted. If it was, retrieve finds video {video_id}.", may_retry=True
    ),
    "busy": Row(429, _LIMIT, "rate_limit_exceeded", "Too many orders arrived at the same moment; this one was not accepted."),
    "queue_full": Row(429, _LIMIT, "queue_full"),
}
# What our own API says of an unknown path names a page that lists none of these.
_NO_PATH = "This path does not exist"


def refuse(refusal: Refusal, event: Mapping[str, Any]) -> Answer:
    """Build the answer to a refused request."""
    row = TABLE[refusal.code]
    complaints = [_renamed(each) for each in refusal.complaints]
    code = next((each["code"] for each in complaints if "code" in each), row.code or refusal.code)
    error = {"message": _message(refusal, row, complaints), "type": row.kind, "param": _param(row, complaints), "code": code}
    return json_answer({"error": error}, row.status, **_headers(refusal, row, event))


def _headers(refusal: Refusal, row: Row, event: Mapping[str, Any]) -> dict[str, str]:
    seconds = refusal.retry_after
    waiting = {} if seconds is None else {"Retry-After": str(seconds), "retry-after-ms": str(seconds * 1_000)}
    further = refusal.headers if isinstance(refusal, HttpRefusal) else {}
    return {
        "x-should-retry": "true" if row.may_retry else "false",
        "x-request-id": str(event["requestContext"]["requestId"]),
        **waiting,
        **further,
    }


def _renamed(complaint: FieldComplaint) -> FieldComplaint:
    """Name the field as it is called here, unless that is a name which this API does not have."""
    if complaint.get("code") == UNKNOWN:
        return complaint
    name, dot, rest = complaint["field"].partition(".")
    return {**complaint, "field": f"{FIELD_NAMES.get(name, name)}{dot}{rest}"}


def _param(row: Row, complaints: list[FieldComplaint]) -> str | None:
    return complaints[0]["field"] if complaints else row.param


def _message(refusal: Refusal, row: Row, complaints: list[FieldComplaint]) -> str:
    words = row.words.format_map({"video_id": "", **refusal.facts}) if row.words else ""
    if complaints:
        return "; ".join(map(_sentence, complaints)) + f". {words}".rstrip()
    if words:
        return words
    return f"{_NO_PATH} here." if refusal.detail.startswith(_NO_PATH) else refusal.detail


def _sentence(complaint: FieldComplaint) -> str:
    accepted = f" (accepted: {complaint['accepted'].rstrip('.')})" if "accepted" in complaint else ""
    return f"{complaint['field']} {complaint['message']}{accepted}"
