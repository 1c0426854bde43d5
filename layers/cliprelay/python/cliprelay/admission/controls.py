"""Whether a video may be paid for now: the owner's pause switch and the breaker for refusals about the account, decided purely."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cliprelay.workflow.schedule import backoff

# The owner resumes by hand; soon after everything moves again. A long pause is looked at more rarely, at a twentieth of what it
# has lasted: 72 hours of it must fit into an execution's history.
PAUSED_FIRST, PAUSED_CAP, PAUSED_GROWTH = 60, 300, 0.05
# While the breaker is open, one video at a time finds out whether the account works again: soon at first, then every five minutes.
PROBE_FIRST, PROBE_CAP = 30, 300


@dataclass(frozen=True)
class Controls:
    """The one item that stops new money: times are epoch seconds, `refusal` is the code that opened the breaker."""

    paused_at: int | None = None
    refusal: str | None = None
    opened_at: int | None = None
    probes: int = 0
    next_probe_at: int = 0

    @property
    def is_open(self) -> bool:
        """Whether the breaker is open: the account was refused, and has not worked since."""
        return self.refusal is not None


@dataclass(frozen=True)
class Admission:
    """Go ahead (`wait` is None), perhaps as the probe; or wait so many seconds, for the reason that `code` names."""

    wait: int | None = None
    code: str | None = None
    is_probe: bool = False


def admit(controls: Controls, now: datetime) -> Admission:
    """Whether a queued video may claim, must probe, or has to wait."""
    if controls.paused_at is not None:
        lasted = now.timestamp() - controls.paused_at
        return Admission(wait=round(min(max(lasted * PAUSED_GROWTH, PAUSED_FIRST), PAUSED_CAP)), code="paused")
    if not controls.is_open:
        return Admission()
    left = controls.next_probe_at - now.timestamp()
    if left <= 0:
        return Admission(is_probe=True, code=controls.refusal)
    return Admission(wait=min(max(round(left), 1), PROBE_CAP), code=controls.refusal)


def tripped(controls: Controls, refusal: str, now: datetime) -> Controls:
    """The breaker after one more refusal about the account."""
    epoch = int(now.timestamp())
    pause = backoff(controls.probes + 1, first=PROBE_FIRST, cap=PROBE_CAP)
    opened_at = controls.opened_at if controls.is_open else epoch
    return Controls(controls.paused_at, refusal, opened_at, controls.probes + 1, epoch + pause)


def leased(now: datetime, lease: timedelta) -> int:
    """When the next probe may begin if the present one never answers."""
    return int((now + lease).timestamp())
