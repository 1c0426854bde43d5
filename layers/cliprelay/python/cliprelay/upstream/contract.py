"""The provider contract, in our terms; one contract test runs against every adapter."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from cliprelay.video.record import Video

# Reads a stored input image by its key.
ReadInput = Callable[[str], bytes]


class Outcome(StrEnum):
    """What an answer about a task means to the relay."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELED = "canceled"


@dataclass(frozen=True)
class Task:
    """The state of a task; `progress` (percent) and `eta` (seconds) serve only display and pacing."""

    outcome: Outcome
    known_word: bool = True
    progress: int | None = None
    eta: float | None = None
    video_url: str | None = None
    more_urls: tuple[str, ...] = ()  # further links, to other files or other places of the same one
    tokens: int | None = None  # billed, if reported
    error_code: str | None = None
    error_message: str | None = None

    @property
    def links(self) -> list[str]:
        """Return all links of the answer, in its order."""
        return [self.video_url, *self.more_urls] if self.video_url else []


@dataclass(frozen=True)
class PaidRequest:
    """A paid call, ready to send: the path below the provider's base URL, and the body."""

    path: str
    body: bytes


class Provider(Protocol):
    """One provider's API for one account; `submit_seconds` is the time limit of a paid call."""

    submit_seconds: float

    def prepare(self, video: Video, read_input: ReadInput) -> PaidRequest:
        """Build the paid call before the claim, so that whatever can fail for free fails here."""

    def create(self, request: PaidRequest, *, key: str, seconds: float | None = None) -> str:
        """Make the paid call and return the task id.

        Raises only NotAccepted, RefusedAccount, RefusedVideo or OutcomeUnknown.
        """

    def task(self, task_id: str) -> Task:
        """Query the state of a task, free of charge; raises NoAnswer, RefusedAccount or TaskNotFound."""
