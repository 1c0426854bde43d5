"""The product's own exceptions, which Retry, Catch and the API refer to by name.

ClipRelayError
├── Refusal                a rejected request: a stable code, and what would be accepted
├── UpstreamError
│   ├── NotAccepted        the paid call certainly bought nothing; try again later
│   ├── RefusedAccount     the same, because of the key, balance or address: the account is at fault, not the video
│   ├── RefusedVideo       the upstream will never accept this request; nothing was bought
│   ├── OutcomeUnknown     the paid call may have bought something; never repeat it
│   ├── NoAnswer           a GET without a usable answer; ask again
│   └── TaskNotFound       the upstream does not know the id, or no longer does
├── DownloadError
│   ├── DeadLink           the link no longer serves the video
│   ├── BadVideo           the link did not serve a complete video, or one that cannot be verified
│   └── OutOfTime          too little time is left to finish the copy
├── UnreadableVideo        a stored file shows neither facts nor a picture
└── StoreUncertain         a write whose outcome is unknown

Messages carry ids and codes, never keys, prompts, links or image data, because they appear in logs and in the execution history.
"""

from collections.abc import Sequence
from typing import NotRequired, TypedDict


class ClipRelayError(Exception):
    """Base class of every exception in this module."""


class FieldComplaint(TypedDict):
    """One field to fix: what is wrong, what would be accepted and, for images, a stable code."""

    field: str
    message: str
    accepted: NotRequired[str]
    code: NotRequired[str]


class Refusal(ClipRelayError):
    """A rejected request; each version of the API maps `code` to its own status.

    `retry_after` is in seconds; `facts` are extra members of the response, such as a video id.
    """

    def __init__(
        self, code: str, detail: str, *, complaints: Sequence[FieldComplaint] = (), retry_after: int | None = None, **facts: str
    ) -> None:
        super().__init__(code)
        self.code, self.detail = code, detail
        self.complaints, self.retry_after, self.facts = list(complaints), retry_after, facts


def invalid_request(complaints: Sequence[FieldComplaint]) -> Refusal:
    """Build the refusal that lists every complaint about a request."""
    fields = ", ".join(dict.fromkeys(complaint["field"] for complaint in complaints))
    if any(complaint.get("code") == "image_too_large" for complaint in complaints):
        detail = f"An inline image may have at most 4.0 MB; upload a larger one with POST /v1/uploads or send its URL. Fix: {fields}."
        return Refusal("image_too_large", detail, complaints=complaints)
    return Refusal("invalid_request", f"Invalid request; nothing was recorded. Fix: {fields}.", complaints=complaints)


class UpstreamError(ClipRelayError):
    """An upstream answer, or the lack of one; `code` is ours, and `message` may be shown to clients."""

    def __init__(self, code: str, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(code)
        self.code, self.message, self.retry_after = code, message, retry_after


class NotAccepted(UpstreamError):
    """The paid call certainly bought nothing and may be repeated later."""


class RefusedAccount(UpstreamError):
    """The paid call bought nothing because of the account: key, permission, balance or address."""


class RefusedVideo(UpstreamError):
    """The paid call bought nothing and never will: the request itself was refused."""


class OutcomeUnknown(UpstreamError):
    """The paid call may have bought something; it must never be repeated."""


class NoAnswer(UpstreamError):
    """A GET brought no usable answer; asking again is free."""


class TaskNotFound(UpstreamError):
    """The upstream does not know the task id."""


class DownloadError(ClipRelayError):
    """A finished video could not be copied; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class DeadLink(DownloadError):
    """The link no longer serves the video; the upstream may have a fresh one."""


class BadVideo(DownloadError):
    """The transfer was not complete, or what it brought is not a whole MP4 file."""


class OutOfTime(DownloadError):
    """The function has too little time left to finish the copy."""


class UnreadableVideo(ClipRelayError):
    """A stored file cannot be probed; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class StoreUncertain(ClipRelayError):
    """A write to the table may or may not have taken effect."""
