"""Decide whether a video may be paid for now: the pause switch and the account breaker; pure functions."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any

from cliprelay.workflow.schedule import backoff

# The operator resumes by hand, and videos should continue soon afterwards. During a long pause each wait is a twentieth of its
# length so far: 72 hours must fit into the history of an execution.
PAUSED_FIRST, PAUSED_CAP, PAUSED_GROWTH = 60, 300, 0.05
# While the breaker is open, one video at a time probes the account: after 30 seconds at first, at most every five minutes later.
PROBE_FIRST, PROBE_CAP = 30, 300
# Transactions that meet at an item cancel one another, so one copy carries some 30 claims a second with ease.
COPIES = 16


@dataclass(frozen=True)
class Controls:
    """The item that stops new payments; times are epoch seconds, `refusal` is the code that opened the breaker.

    `version` grows with every change that the copies must carry, `mirrored` is what all of them are known to carry.
    """

    paused_at: int | None = None
    refusal: str | None = None
    opened_at: int | None = None
    probes: int = 0
    next_probe_at: int = 0
    version: int = field(default=0, compare=False)
    # Before the first change there is nothing to copy: a copy that is missing stops a claim.
    mirrored: Mapping[str, Any] = field(default_factory=lambda: {"version": 0, "copies": COPIES}, compare=False)

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> "Controls":
        """Return the controls of the item, or of a copy."""
        return cls(**{each.name: item[each.name] for each in fields(cls) if each.name in item})

    @property
    def is_free(self) -> bool:
        """Return whether nothing stops a payment."""
        return self.paused_at is None and not self.is_open

    @property
    def carried(self) -> dict[str, Any]:
        """Return what each copy carries."""
        return {"version": self.version, "paused_at": self.paused_at, "refusal": self.refusal}

    @property
    def note(self) -> dict[str, Any]:
        """Return what the main item notes when all copies carry its state."""
        return {name: value for name, value in {**self.carried, "copies": COPIES}.items() if value is not None}

    @property
    def is_mirrored(self) -> bool:
        """Return whether all copies are known to carry this state; an `operate` that knows no copies may have changed it since."""
        return self.mirrored == self.note

    @property
    def is_open(self) -> bool:
        """Return whether the breaker is open: the account was refused and has not worked since."""
        return self.refusal is not None


@dataclass(frozen=True)
class Admission:
    """Proceed (`wait` is None), perhaps as the probe, or wait that many seconds for the reason in `code`."""

    wait: int | None = None
    code: str | None = None
    is_probe: bool = False


def admit(controls: Controls, now: datetime) -> Admission:
    """Decide whether a queued video may claim, must probe, or has to wait."""
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
    """Return the controls after one more refusal of the account."""
    epoch = int(now.timestamp())
    pause = backoff(controls.probes + 1, first=PROBE_FIRST, cap=PROBE_CAP)
    opened_at = controls.opened_at if controls.is_open else epoch
    return Controls(controls.paused_at, refusal, opened_at, controls.probes + 1, epoch + pause)


def leased(now: datetime, lease: timedelta) -> int:
    """Return when the next probe may start if the present one never answers."""
    return int((now + lease).timestamp())
