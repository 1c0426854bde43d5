"""Time to live: items are removed some time after they have expired, when somebody uses the tables.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
"""

from collections.abc import Callable
from contextlib import suppress

from local.aws.dynamodb.catalog import Catalog
from local.state.database import Database, StorageError

# DynamoDB promises a few days.
INTERVAL = 60.0
# So few at once that no request waits noticeably; while there are more, they go on every second.
MOST, BUSY_INTERVAL = 100, 1.0
# "Items with a TTL older than five years are not deleted": a mistake, such as milliseconds taken for seconds, must not empty a table.
OLDEST = 5 * 365 * 86_400


class Expiry:
    """Looks for expired items at most once in an interval."""

    def __init__(self, database: Database, now: Callable[[], float]) -> None:
        self._database, self._now = database, now
        self._next = 0.0

    def run_if_due(self) -> None:
        now = self._now()
        if now < self._next:
            return
        self._next = now + INTERVAL
        # A full disk is the trouble of the request that meets it, and the next round comes.
        with suppress(StorageError), self._database.transaction() as connection:
            removed = [table.expire(int(now) - OLDEST, int(now), MOST) for table in Catalog(connection).values() if table.schema.expiry]
            if max(removed, default=0) == MOST:
                self._next = now + BUSY_INTERVAL
