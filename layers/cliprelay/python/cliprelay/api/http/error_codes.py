"""Every stable `code` of a refusal: its HTTP status, and when it comes. The routes name theirs, and the documentation shows them."""

from typing import NamedTuple


class ErrorCode(NamedTuple):
    """The status of a refusal in this API, and when it comes."""

    status: int
    when: str


CODES = {
    "malformed_json": ErrorCode(400, "The body is not JSON."),
    "unauthorized": ErrorCode(401, "There is no key, or a wrong or revoked one."),
    "not_found": ErrorCode(404, "Nothing that you may see has this id."),
    "method_not_allowed": ErrorCode(405, "This path does not take the method; `Allow` names those it takes."),
    "not_ready": ErrorCode(409, "The video has no file yet, or never got one; `video_status` tells its state."),
    "nothing_to_send": ErrorCode(409, "There is no event yet, or no webhook to send it to."),
    "rotated_too_often": ErrorCode(409, "Four versions of the secrets are valid already."),
    "link_revoked": ErrorCode(410, "The link was revoked."),
    "link_expired": ErrorCode(410, "The video is kept no longer."),
    "image_too_large": ErrorCode(413, "An inline image is over 4.0 MB."),
    "unsupported_media_type": ErrorCode(415, "The body's type is not `application/json`."),
    "invalid_request": ErrorCode(422, "Fields are wrong; `errors` has every complaint at once."),
    "idempotency_key_reused": ErrorCode(422, "The Idempotency-Key was used with another body."),
    "upload_changed": ErrorCode(422, "An upload was changed or removed while the order was read."),
    "internal": ErrorCode(500, "Unexpected error; it has been logged."),
    "unavailable": ErrorCode(503, "A part of the service does not answer."),
    "not_recorded": ErrorCode(503, "Whether the order was recorded is not known; ask for `video_id`."),
    "queue_full": ErrorCode(503, "Too many of your videos wait to be submitted."),
}

# What every route may answer, whatever it does.
EVERYWHERE = ("method_not_allowed", "internal")
