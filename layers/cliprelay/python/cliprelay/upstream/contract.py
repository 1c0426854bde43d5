"""What a provider's answer about a task means, in our words: every adapter translates into these."""

from dataclasses import dataclass
from enum import StrEnum


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
