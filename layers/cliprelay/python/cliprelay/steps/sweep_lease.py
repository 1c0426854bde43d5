"""The lease of the scheduled sweep: one item, so that sweeps hardly overlap and never repeat each other.

An item of its own, because probes write the `controls` item in the transactions of their claims, and would conflict with it.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from cliprelay.aws.table import ConditionFailed, Table
from cliprelay.video.listing import SWEEP

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

logger = logging.getLogger("cliprelay.sweep")

# Shorter than the time between two ticks, so that a sweep that died costs the next tick at most. A sweep extends it as it goes; if a call
# hangs for longer, two sweeps overlap, which is safe and only costs calls.
LEASE, EXTENDED_AFTER = timedelta(seconds=50), timedelta(seconds=20)

# A time further ahead comes from a wrong clock, and must not stop all sweeps until then.
AHEAD = timedelta(minutes=5)
_FREE = "(attribute_not_exists(held_until) OR held_until <= :now OR held_until > :latest)"
_NEWEST = "(attribute_not_exists(tick) OR tick <= :tick OR tick > :latest)"


class SweepLease:
    """Held by one sweep at a time, unless a call outlasts it; `token` returns a name for each holder."""

    def __init__(self, client: "DynamoDBClient", table: str, token: Callable[[], str]) -> None:
        self._table, self._holder = Table(client, table), token()
        self._written: datetime | None = None
        self.notes: dict[str, Any] = {}  # the item as taken; release writes `findings` into it
        self.findings: dict[str, Any] = {}

    def take(self, event_time: str | None, now: datetime) -> bool:
        """Take the lease for the tick of `event_time`; False if another sweep holds it, or a later tick has begun.

        So a tick that Lambda repeats after an error does nothing: the next tick has made up for it.
        """
        epoch, latest = int(now.timestamp()), int((now + AHEAD).timestamp())
        sets: dict[str, Any] = {"held_until": int((now + LEASE).timestamp()), "holder": self._holder}
        condition, values = _FREE, {":now": epoch, ":latest": latest}
        tick = _epoch(event_time)
        if tick is not None and tick <= latest:
            sets, condition, values = {**sets, "tick": tick}, f"{_FREE} AND {_NEWEST}", {**values, ":tick": tick}
        try:
            self.notes = self._table.update(SWEEP, sets, condition, values)
        except ConditionFailed as refusal:
            # The SDK repeats a write whose answer was lost.
            if (refusal.item or {}).get("holder") != self._holder:
                return False
            self.notes = refusal.item or {}
        self._written = now
        return True

    def extend(self, now: datetime) -> None:
        """Extend a lease that was written some time ago; best effort, because sweeps may overlap."""
        if self._written is None or now - self._written < EXTENDED_AFTER:
            return
        self._written = now
        try:
            self._table.update(SWEEP, {"held_until": int((now + LEASE).timestamp())}, "holder = :holder", {":holder": self._holder})
        except (ConditionFailed, ClientError, BotoCoreError):
            logger.warning("lease not extended")

    def release(self) -> None:
        """End the lease and note the findings, unless another sweep has taken it over; best effort, because it ends by itself."""
        try:
            self._table.update(SWEEP, {"held_until": None, "holder": None, **self.findings}, "holder = :holder", {":holder": self._holder})
        except (ConditionFailed, ClientError, BotoCoreError):
            logger.warning("lease not released")


def _epoch(event_time: str | None) -> int | None:
    """Return the time of a scheduled event; None for an invocation by hand, which has none or an invalid one."""
    try:
        return int(datetime.fromisoformat(event_time or "").timestamp())
    except (ValueError, TypeError):
        return None
