"""Every stable refusal `code`, with its HTTP status and its cause; routes and documentation refer to it."""

from typing import NamedTuple


class ErrorCode(NamedTuple):
    """The HTTP status and the cause of a refusal."""

    status: int
    when: str


CODES = {
    "malformed_json": ErrorCode(400, "The body is not JSON."),
    "ambiguous_idempotency_key": ErrorCode(400, "The Idempotency-Key has a comma, so it may be two keys."),
    "unauthorized": ErrorCode(401, "The API key is missing, wrong or revoked."),
    "budget_exceeded": ErrorCode(402, "The video does not fit into `budget`, whose next period begins at `resets_at`."),
    "not_found": ErrorCode(404, "Nothing with this id is visible to you."),
    "method_not_allowed": ErrorCode(405, "The path does not support this method; `Allow` lists those that it supports."),
    "not_ready": ErrorCode(409, "The video has no file, or none yet; `video_status` is its state."),
    "not_ended": ErrorCode(409, "The video has not ended, so it cannot be deleted; `video_status` is its state, `cancel` ends it."),
    "already_ended": ErrorCode(409, "The video has ended; `video_status` is its state."),
    "nothing_to_send": ErrorCode(409, "There is no event yet, or no webhook to send it to."),
    "rotated_too_often": ErrorCode(409, "Four versions of the secrets are already valid."),
    "link_revoked": ErrorCode(410, "The link was revoked."),
    "link_expired": ErrorCode(410, "The video's retention period has ended."),
    "deleted": ErrorCode(410, "The video was deleted; only its id, times and money are left."),
    "image_too_large": ErrorCode(413, "An inline image is over 4.0 MB."),
    "unsupported_media_type": ErrorCode(415, "The content type is not `application/json`, or the body is compressed."),
    "invalid_request": ErrorCode(422, "Fields are invalid; `errors` lists all of them."),
    "idempotency_key_reused": ErrorCode(422, "The Idempotency-Key was used for another order, `video_id`."),
    "upload_changed": ErrorCode(422, "An upload was changed or removed while the order was being read."),
    "tested_too_often": ErrorCode(429, "Test events were sent a moment ago; `Retry-After` says when they may be sent again."),
    "internal": ErrorCode(500, "Unexpected error; it has been logged."),
    "unavailable": ErrorCode(503, "Part of the service is unavailable."),
    "not_recorded": ErrorCode(503, "The order may or may not have been recorded; read `video_id`."),
    "busy": ErrorCode(503, "Too many orders were recorded at the same moment; this one was not. Send it again."),
    "queue_full": ErrorCode(503, "Too many of your videos are waiting to be submitted."),
}

# Every route may return these.
EVERYWHERE = ("method_not_allowed", "internal")
