"""Refusals in the words of Ark: which status, type and code each of ours has there, and what may be repeated."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from cliprelay.api.ark.models import UnknownModel
from cliprelay.api.http.answers import Answer
from cliprelay.api.http.problems import HttpRefusal
from cliprelay.api.http.request import headers_of
from cliprelay.errors import FieldComplaint, Refusal

# Vendor's words for the kinds of errors.
_TYPES = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    409: "Conflict",
    422: "UnprocessableEntity",
    429: "TooManyRequests",
    500: "InternalServerError",
    503: "ServiceUnavailable",
}


class ArkError(NamedTuple):
    """How a refusal looks: without `words`, our own text is used, which names nothing that this API does not have.

    `is_repeated`: the vendor's client may send the request again by itself.
    """

    status: int
    code: str
    words: str = ""
    is_repeated: bool = False


_RUNNING = "The task is not waiting and has not ended, so it can be neither cancelled nor deleted. Wait for its end."

ERRORS: Mapping[str, ArkError] = {
    "malformed_json": ArkError(400, "InvalidParameter"),
    "ambiguous_idempotency_key": ArkError(400, "InvalidParameter"),
    "unauthorized": ArkError(401, "AuthenticationError"),
    "budget_exceeded": ArkError(403, "AccessDenied"),
    "not_found": ArkError(404, "ResourceNotFound", "There is no such task, or it is not yours."),
    "method_not_allowed": ArkError(405, "MethodNotAllowed"),
    "not_ready": ArkError(409, "ResourceNotReady", "The task has no video, or none yet."),
    "not_ended": ArkError(409, "InvalidAction.RunningTaskDeletion", _RUNNING),
    "already_ended": ArkError(409, "InvalidAction.EndedTask", "The task has ended."),
    "nothing_to_send": ArkError(409, "InvalidAction", "There is nothing to send."),
    "rotated_too_often": ArkError(409, "InvalidAction", "Four versions of the secrets are already valid."),
    "link_revoked": ArkError(404, "ResourceNotFound", "The link was revoked."),
    "link_expired": ArkError(404, "ResourceNotFound", "The video is no longer kept."),
    "deleted": ArkError(404, "ResourceNotFound", "The task was deleted."),
    "image_too_large": ArkError(400, "InvalidImage.TooLarge", "An inline picture may have at most 4.0 MB; send its https URL instead."),
    "unsupported_media_type": ArkError(400, "InvalidParameter"),
    "invalid_request": ArkError(400, "InvalidParameter", "The request is invalid."),
    "idempotency_key_reused": ArkError(422, "IdempotencyKeyReused", "The Idempotency-Key was used for another order."),
    "upload_changed": ArkError(422, "InvalidParameter", "An upload was changed while it was read; nothing was recorded."),
    "tested_too_often": ArkError(429, "RateLimitExceeded", "Too many test events.", True),
    "internal": ArkError(500, "InternalServiceError", "Unexpected error; it has been logged."),
    "unavailable": ArkError(503, "InternalServiceError", "Part of the service is unavailable; this request changed nothing.", True),
    "not_recorded": ArkError(503, "InternalServiceError", "It is not known whether the order was recorded.", True),
    "busy": ArkError(429, "ServerOverloaded", "Too many orders at the same moment; this one was not recorded.", True),
    "queue_full": ArkError(429, "ServerOverloaded", "Too many of your tasks are waiting; this one was not recorded.", True),
}
# Without a key, clients would order again what may be recorded: those of the vendor respect `x-should-retry`, others only the status.
_UNCERTAIN = ArkError(422, "OutcomeUnknown", "It is not known whether the order was recorded. A GET of this id tells: {video_id}.")


def error_answer(refusal: Refusal, event: Mapping[str, Any]) -> Answer:
    """Build the answer of a refusal."""
    error = _error_of(refusal, event)
    words = _message(refusal, error)
    request_id = str(event["requestContext"].get("requestId", ""))
    body = {
        "error": {
            "code": _code(refusal, error),
            "message": f"{words} Request id: {request_id}",
            "param": refusal.complaints[0]["field"] if refusal.complaints else "",
            "type": _TYPES[error.status],
            **({"id": refusal.facts["video_id"]} if "video_id" in refusal.facts else {}),
        }
    }
    headers = dict(refusal.headers) if isinstance(refusal, HttpRefusal) else {}
    if refusal.retry_after is not None and error.is_repeated:
        headers["Retry-After"] = str(refusal.retry_after)
    headers |= {"Content-Type": "application/json", "Cache-Control": "no-store", "X-Request-Id": request_id}
    return Answer(error.status, headers | ({} if error.is_repeated else {"x-should-retry": "false"}), body)


def _error_of(refusal: Refusal, event: Mapping[str, Any]) -> ArkError:
    is_safe = event["requestContext"]["http"]["method"] != "POST" or "idempotency-key" in headers_of(event)
    if refusal.code == "not_recorded" and not is_safe:
        return _UNCERTAIN._replace(words=_UNCERTAIN.words.format(video_id=refusal.facts.get("video_id", "")))
    return ERRORS["internal"]._replace(is_repeated=is_safe) if refusal.code == "internal" else ERRORS[refusal.code]


def _code(refusal: Refusal, error: ArkError) -> str:
    if isinstance(refusal, UnknownModel):
        return "InvalidEndpointOrModel.NotFound"
    first = refusal.complaints[0] if refusal.complaints else None
    if refusal.code != "invalid_request" or first is None:
        return error.code
    if code := first.get("code"):
        return "InvalidImage." + "".join(word.capitalize() for word in code.removeprefix("image_").split("_"))
    return "MissingParameter" if first["message"].startswith(_MISSING) else error.code


# How the complaint about a field that is not there begins.
_MISSING = ("is required", "needs an item")


def _message(refusal: Refusal, error: ArkError) -> str:
    if isinstance(refusal, UnknownModel):
        return refusal.detail
    if refusal.complaints:
        return " ".join(map(_sentence, refusal.complaints))
    return error.words or refusal.detail


def _sentence(complaint: FieldComplaint) -> str:
    """Return one complaint; one about a text command names that itself."""
    accepted = complaint.get("accepted")
    said = f"{complaint['message']}{f': {accepted}' if accepted else ''}".rstrip(".")
    return f"{said}." if said.startswith(("--", "-1 ")) else f"{complaint['field']} {said}."


def renamed(refusal: Refusal, place_of: Callable[[str], str]) -> Refusal:
    """Return a refusal of an order whose complaints name the fields as the client did; what an item is wrong for is said once."""
    is_content_wrong = any(each["field"].startswith("content") for each in refusal.complaints)
    complaints: list[FieldComplaint] = []
    for each in refusal.complaints:
        place = place_of(each["field"])
        if place != "content" or each["field"] == "content":
            complaints.append({**each, "field": place})
        elif not is_content_wrong:
            kind = "text" if each["field"] == "prompt" else "image_url"
            complaints.append(FieldComplaint(field=place, message=f"needs an item of type {kind}"))
    refusal.complaints = complaints
    return refusal
