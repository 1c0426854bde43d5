"""Every error of our own, so that Retry, Catch and the API can name what happened.

ClipRelayError
├── Refusal                a request that is turned down: a stable code, and what would be accepted
├── UpstreamError
│   ├── NotAccepted        the paid call surely bought nothing; try again later
│   ├── RefusedAccount     the same, because of the key, the balance or the address: about us, not the video
│   ├── RefusedVideo       the upstream will never take this request; nothing was bought
│   ├── OutcomeUnknown     the paid call may have bought something; never repeat it
│   ├── NoAnswer           a question (GET) that brought nothing usable; ask again
│   └── TaskNotFound       the upstream does not know the id (any more)
├── DownloadError
│   ├── DeadLink           the video's link no longer serves it
│   ├── BadVideo           what the link served is not the whole video
│   └── OutOfTime          the function would end before the copy does
└── StoreUncertain         a write whose outcome is not known

Messages carry ids and codes, never keys, prompts, links or image data: they end up in logs and in the execution history.
"""

from collections.abc import Sequence
from typing import NotRequired, TypedDict


class ClipRelayError(Exception):
    """The root, for whoever wants to catch all of ours."""


class FieldComplaint(TypedDict):
    """One thing to fix: the field, what is wrong, what would be accepted, and for images a stable code."""

    field: str
    message: str
    accepted: NotRequired[str]
    code: NotRequired[str]


class Refusal(ClipRelayError):
    """A request that is turned down: each face of the API maps `code` to a status of its own.

    `retry_after` is in seconds; `facts` are further members of the answer, such as the id of a video.
    """

    def __init__(
        self, code: str, detail: str, *, complaints: Sequence[FieldComplaint] = (), retry_after: int | None = None, **facts: str
    ) -> None:
        super().__init__(code)
        self.code, self.detail = code, detail
        self.complaints, self.retry_after, self.facts = list(complaints), retry_after, facts


def invalid_request(complaints: Sequence[FieldComplaint]) -> Refusal:
    """Return the refusal of a request, with every complaint about its fields."""
    fields = ", ".join(dict.fromkeys(complaint["field"] for complaint in complaints))
    if any(complaint.get("code") == "image_too_large" for complaint in complaints):
        detail = f"An inline image may have at most 4.0 MB; send a larger one by POST /v1/uploads, or as a URL. Fix: {fields}."
        return Refusal("image_too_large", detail, complaints=complaints)
    return Refusal("invalid_request", f"Invalid request; nothing was recorded. Fix: {fields}.", complaints=complaints)


class UpstreamError(ClipRelayError):
    """An answer, or a silence, of the upstream; `code` is ours, `message` is fit for the client."""

    def __init__(self, code: str, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(code)
        self.code, self.message, self.retry_after = code, message, retry_after


class NotAccepted(UpstreamError):
    """The paid call surely bought nothing, and may be made again later."""


class RefusedAccount(UpstreamError):
    """The paid call bought nothing because of the account: key, permission, balance, address."""


class RefusedVideo(UpstreamError):
    """The paid call bought nothing and never will: the request itself was refused."""


class OutcomeUnknown(UpstreamError):
    """The paid call may have bought something; it must never be repeated."""


class NoAnswer(UpstreamError):
    """A question brought no usable answer; asking again is free."""


class TaskNotFound(UpstreamError):
    """The upstream does not know the task's id."""


class DownloadError(ClipRelayError):
    """The copy of a finished video did not come about; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class DeadLink(DownloadError):
    """The link no longer serves the video; the upstream may have a fresh one."""


class BadVideo(DownloadError):
    """What came is not one whole MP4 file."""


class OutOfTime(DownloadError):
    """The function's own time would end before the copy."""


class StoreUncertain(ClipRelayError):
    """A write to the table may or may not have happened."""
