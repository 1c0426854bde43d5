"""Every refusal in the envelope of the provider's own API: `code` (the HTTP status), `reason`, `message` and `metadata`."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from cliprelay.api.http.answers import Answer
from cliprelay.api.http.problems import problem_headers
from cliprelay.errors import FieldComplaint, Refusal


class Words(NamedTuple):
    """The status and the reason of a refusal, and its message where our own words do not fit this API."""

    status: int
    reason: str
    message: str = ""


INVALID = "INVALID_REQUEST_BODY"

# By our own code. Those from `not_ready` to `tested_too_often` have no route here that could give them.
TABLE: Mapping[str, Words] = {
    "malformed_json": Words(400, INVALID),
    "ambiguous_idempotency_key": Words(400, INVALID),
    "unauthorized": Words(401, "FAILED_TO_AUTH"),
    "budget_exceeded": Words(403, "NOT_ENOUGH_BALANCE"),
    "not_found": Words(
        404, "API_NOT_FOUND", "This path does not exist. There are POST /v3/async/{{model}} and GET /v3/async/task-result?task_id=."
    ),
    "method_not_allowed": Words(405, "METHOD_NOT_ALLOWED"),
    "deleted": Words(404, "TASK_NOT_FOUND", "The video of this task was deleted."),
    "image_too_large": Words(400, "IMAGE_FILE_EXCEEDS_MAX_SIZE"),
    "unsupported_media_type": Words(400, INVALID),
    "invalid_request": Words(400, INVALID),
    "idempotency_key_reused": Words(
        422, "IDEMPOTENCY_KEY_REUSED", "This Idempotency-Key belongs to another order, task {video_id}. Every order needs a key of its own."
    ),
    "upload_changed": Words(400, INVALID),
    "internal": Words(
        500,
        "SERVICE_NOT_AVAILABLE",
        "Unexpected error; it has been logged. Whether an order was recorded is not known: repeat it only with the Idempotency-Key it had.",
    ),
    "unavailable": Words(503, "SERVICE_NOT_AVAILABLE", "Part of the service is unavailable; this request recorded nothing."),
    "not_recorded": Words(
        503,
        "SERVICE_NOT_AVAILABLE",
        "The order may or may not have been recorded: it was if GET /v3/async/task-result finds task {video_id}. "
        "Repeat it only with the Idempotency-Key it had.",
    ),
    "busy": Words(503, "SERVICE_NOT_AVAILABLE", "Too many orders were recorded at the same moment; this one was not."),
    "queue_full": Words(429, "RATE_LIMIT_EXCEEDED"),
    "not_ready": Words(409, "TASK_NOT_READY"),
    "not_ended": Words(409, "TASK_NOT_READY"),
    "already_ended": Words(409, "TASK_ENDED"),
    "nothing_to_send": Words(409, "NOTHING_TO_SEND"),
    "rotated_too_often": Words(409, "RATE_LIMIT_EXCEEDED"),
    "link_revoked": Words(410, "TASK_NOT_FOUND"),
    "link_expired": Words(410, "TASK_NOT_FOUND"),
    "tested_too_often": Words(429, "RATE_LIMIT_EXCEEDED"),
}

# The provider's own words for pictures; whatever else is wrong with one has none.
IMAGE_REASONS = {
    "image_format": "INVALID_IMAGE_FORMAT",
    "image_type": "INVALID_IMAGE_FORMAT",
    "image_bytes": "IMAGE_FILE_EXCEEDS_MAX_SIZE",
    "image_too_large": "IMAGE_FILE_EXCEEDS_MAX_SIZE",
    "image_pixels": "INVALID_IMAGE_SIZE",
    "image_ratio": "INVALID_IMAGE_SIZE",
}
_FACTS = {"video_id": "task_id"}


class Missing(Refusal):
    """A 404 with a reason more exact than that of an unknown path."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__("not_found", detail)
        self.reason = reason


def error_answer(refusal: Refusal) -> Answer:
    """Build the answer to a refused request."""
    status = TABLE[refusal.code].status
    headers = {**problem_headers(refusal), "Content-Type": "application/json"}
    body = {"code": status, "reason": _reason(refusal), "message": _message(refusal), "metadata": _metadata(refusal)}
    return Answer(status, headers, json.dumps(body))


def passes(refusal: Refusal) -> bool:
    """Report whether a refused request may succeed later as it is."""
    status = TABLE[refusal.code].status
    return status == 429 or status >= 500


def _reason(refusal: Refusal) -> str:
    if isinstance(refusal, Missing):
        return refusal.reason
    reasons = {IMAGE_REASONS.get(each.get("code", "")) for each in refusal.complaints}
    of_images = reasons.pop() if len(reasons) == 1 else None
    return of_images or TABLE[refusal.code].reason


def _message(refusal: Refusal) -> str:
    if refusal.complaints:
        # What to fix is said by the sentences, in the client's own names.
        return " ".join([refusal.detail.partition(" Fix: ")[0], *map(_sentence, refusal.complaints)])
    if isinstance(refusal, Missing):
        return refusal.detail
    return TABLE[refusal.code].message.format(**refusal.facts) or refusal.detail


def _sentence(complaint: FieldComplaint) -> str:
    return f"`{complaint['field']}`: {complaint['message'].rstrip('.')}."


def _metadata(refusal: Refusal) -> dict[str, Any]:
    facts = {_FACTS.get(name, name): value for name, value in refusal.facts.items()}
    return {**facts, **({"errors": refusal.complaints} if refusal.complaints else {})}
