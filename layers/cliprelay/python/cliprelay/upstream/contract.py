"""What every provider must do, in our words: an adapter per provider, and one contract test that runs all."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from cliprelay.video.record import Video


class Outcome(StrEnum):
    """What an answer about a task means to us."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELED = "canceled"


@dataclass(frozen=True)
class Task:
    """An answer about one task: `progress` in percent, `eta` in seconds, both only for display and pacing."""

    outcome: Outcome
    known_word: bool = True
    progress: int | None = None
    eta: float | None = None
    video_url: str | None = None
    tokens: int | None = None  # billed, if it says so
    error_code: str | None = None
    error_message: str | None = None


@dataclass(frozen=True)
class PaidRequest:
    """A paid call, ready to be sent: the path below the provider's base URL, and the body."""

    path: str
    body: bytes


class Provider(Protocol):
    """One provider's API for one account; `submit_seconds` is how long a paid call may take."""

    submit_seconds: float

    def prepare(self, video: Video) -> PaidRequest:
        """Build the paid call, before anything is claimed: whatever can fail without costing anything fails here."""

    def create(self, request: PaidRequest, *, key: str, seconds: float | None = None) -> str:
        """Pay with one call, and return the task's id.

        Raises NotAccepted, RefusedAccount, RefusedVideo or OutcomeUnknown, and nothing else.
        """

    def task(self, task_id: str) -> Task:
        """Ask, for free, how a task stands; raises NoAnswer, RefusedAccount or TaskNotFound."""
