"""How many more videos a tenant may queue: counted in the table, but not at every order."""

from collections.abc import Callable
from datetime import datetime, timedelta

# A count says nothing about the orders of other sandboxes for longer than this.
FRESH = timedelta(seconds=60)
# Each sandbox uses a hundredth of the room without looking, so a hundred that have counted the same queue stay within it together, and a
# room of less than a hundred is counted every time. What another sandbox has used meanwhile is not seen: the limit protects against
# runaway clients, and may be exceeded by a hundredth of the room for each sandbox.
SHARE = 100

Count = Callable[[str, int], int]  # of a tenant's queued videos, no further than a limit


class _Counted:
    def __init__(self, at: datetime, room: int) -> None:
        self.at, self.room, self.accepted = at, room, 0


class QueueRoom:
    """Remembers the last count of each tenant in this process."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._counted: dict[str, _Counted] = {}

    def is_full(self, tenant: str, now: datetime, count: Count) -> bool:
        """Return whether a tenant has `limit` videos in the queue; calls `count` only if the last count may not hold any more."""
        known = self._counted.get(tenant)
        if known is None or not timedelta() <= now - known.at < FRESH or known.accepted >= known.room // SHARE:
            known = self._counted[tenant] = _Counted(now, self._limit - count(tenant, self._limit))
        return known.room <= 0

    def note_accepted(self, tenant: str) -> None:
        """Count one more video that this process has put in the queue."""
        if tenant in self._counted:
            self._counted[tenant].accepted += 1
