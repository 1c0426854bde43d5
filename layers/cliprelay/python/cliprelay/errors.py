"""Every error of our own, so that Retry, Catch and the API can name what happened.

ClipRelayError
├── Problem                what a client gets to read: an RFC 9457 answer with a stable code
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

from typing import NotRequired, TypedDict


class ClipRelayError(Exception):
    """The root, for whoever wants to catch all of ours."""


class FieldComplaint(TypedDict):
    """One thing to mend: where, what, what would be accepted, and for images a stable code."""

    field: str
    message: str
    accepted: NotRequired[str]
    code: NotRequired[str]


class Problem(ClipRelayError):
    """An answer of the API that refuses, as application/problem+json (RFC 9457)."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        errors: list[FieldComplaint] | None = None,
        headers: dict[str, str] | None = None,
        **extra: str,
    ) -> None:
        super().__init__(f"{status} {code}")
        self.status, self.code, self.detail = status, code, detail
        self.errors, self.headers, self.extra = errors or [], headers or {}, extra


def invalid_request(complaints: list[FieldComplaint]) -> Problem:
    """The refusal of an order, or of another body, with every complaint about its fields."""
    fields = ", ".join(dict.fromkeys(complaint["field"] for complaint in complaints))
    detail = f"The request cannot be used as it is; nothing was recorded. To mend: {fields}."
    return Problem(422, "invalid_request", detail, errors=complaints)


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
