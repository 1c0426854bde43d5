"""Every error of the client.

ClipRelayError
├── UsageError          bad input, found before anything was sent                      exit 2
├── LocalFault          this machine: disk full, no permission, a damaged download     exit 1
├── ApiError            the server refused: status, code, detail, complaints           exit 3
│   ├── Unauthorized, NotFound, InvalidOrder, BudgetExceeded
│   └── Unavailable     it did not answer properly for the whole patience              exit 6
├── ServerTooOld        the server has no such route or parameter                      exit 3
├── Unreachable         no answer                                                      exit 6
├── VideoFailed         the video ended without a file                                 exit 4
├── VideoUnconfirmed    whether the provider accepted it is not known                  exit 5
├── StillRunning        the time given to `wait` is over
└── InvalidSignature    a webhook that is not ours
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from cliprelay_client.version import VERSION


class ClipRelayError(Exception):
    """What the client raises; the text is one sentence for a person."""

    exit_code: ClassVar[int] = 1


class UsageError(ClipRelayError):
    """Bad input, found before anything was sent."""

    exit_code = 2


class LocalFault(ClipRelayError):
    """A fault of this machine, such as a full disk."""


class Unreachable(ClipRelayError):
    """No answer from the server."""

    exit_code = 6


class ServerTooOld(ClipRelayError):
    """The server has no such route or parameter: it is older than this client, or so new that it has it no longer."""

    exit_code = 3


class InvalidSignature(ClipRelayError):
    """A webhook that was not signed with the secret, or too long ago."""


class VideoError(ClipRelayError):
    """A video that did not become a file, or has not yet."""

    def __init__(self, message: str, video: Any) -> None:
        super().__init__(message)
        self.video = video


class VideoFailed(VideoError):
    """The video ended without a file."""

    exit_code = 4


class VideoUnconfirmed(VideoError):
    """Whether the provider accepted the order is not known; an operator resolves it."""

    exit_code = 5


class StillRunning(VideoError):
    """The time given to `wait` is over; the video goes on."""


class ApiError(ClipRelayError):
    """A refusal of the server, with its stable code and all complaints."""

    exit_code = 3

    def __init__(self, message: str, *, status: int, body: Mapping[str, Any], retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status, self.body, self.retry_after = status, dict(body), retry_after

    @property
    def code(self) -> str:
        """The server's stable code, or an empty text if something else answered."""
        return str(self.body.get("code", ""))

    @property
    def detail(self) -> str:
        return str(self.body.get("detail") or self.body.get("message") or "")

    @property
    def complaints(self) -> Sequence[Mapping[str, Any]]:
        """One entry per field: `field`, `message`, and what would be accepted."""
        found = self.body.get("errors")
        return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []

    @property
    def video_id(self) -> str | None:
        """The video that the refusal is about, if any."""
        return self.body.get("video_id")


class Unauthorized(ApiError):
    """The API key is missing, wrong or revoked."""


class NotFound(ApiError):
    """There is no such video."""


class InvalidOrder(ApiError):
    """Fields are invalid; `complaints` has all of them."""


class BudgetExceeded(ApiError):
    """The order would exceed a budget; `body` names it, with its limit and when it resets."""


class Unavailable(ApiError):
    """The server answers, but could not do it for the whole patience."""

    exit_code = 6


_BY_STATUS: dict[int, type[ApiError]] = {
    401: Unauthorized,
    402: BudgetExceeded,
    403: Unauthorized,
    404: NotFound,
    422: InvalidOrder,
    429: Unavailable,
}


def refusal(status: int, body: Mapping[str, Any], host: str, retry_after: float | None = None) -> ClipRelayError:
    """Build the error for an answer that is not 2xx."""
    detail = str(body.get("detail") or body.get("message") or "")
    if status == 405 or (status == 404 and detail.startswith("This path does not exist")):
        return ServerTooOld(f"{host} does not offer this to a client of version {VERSION}; update the older of the two.")
    kind = _BY_STATUS.get(status, Unavailable if status >= 500 else ApiError)
    return kind(_sentence(status, body, detail, host), status=status, body=body, retry_after=retry_after)


def _sentence(status: int, body: Mapping[str, Any], detail: str, host: str) -> str:
    if status == 401:
        return f"{host} rejects the API key; set the right one with `cliprelay login` or CLIPRELAY_API_KEY."
    errors = body.get("errors")
    told = [_complaint(each) for each in errors if isinstance(each, dict)] if isinstance(errors, list) else []
    return " ".join([detail or f"{host} answered {status} without a reason.", *told])


def _complaint(complaint: Mapping[str, Any]) -> str:
    accepted = f" (accepted: {complaint['accepted']})" if complaint.get("accepted") else ""
    return f"{complaint.get('field', '?')}: {complaint.get('message', 'is invalid')}{accepted}."
