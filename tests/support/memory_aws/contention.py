"""What concurrent requests do to an item of DynamoDB: transactions hold it for a while, and a hot item is throttled. Off by default."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from local.aws.dynamodb.account import Place, Uncontended
from local.aws.dynamodb.errors import refusal
from tests.support.memory_aws.throttling import TokenBucket

Json = dict[str, Any]

# The codes and messages of https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
CONFLICT = "Transaction is ongoing for the item"
HOT = (
    "Throughput exceeds the current capacity of your table or index. DynamoDB is automatically scaling your table or index so please try "
    "again shortly. If exceptions persist, check if you have a hot key: "
    "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html"
)


class Contention(Uncontended):
    """`duration` returns how many seconds a transaction holds its items, `rate` limits the writes per second of one item."""

    def __init__(self, now: Callable[[], float] = lambda: 0.0) -> None:
        self._now = now
        self.duration: Callable[[], float] = lambda: 0.0
        self.rate: float | None = None
        # Seconds of the latest transaction, and when it is over.
        self.taken, self.until = 0.0, 0.0
        self._held: dict[Place, float] = {}
        self._buckets: dict[Place, TokenBucket] = defaultdict(self._bucket)

    def _bucket(self) -> TokenBucket:
        assert self.rate
        return TokenBucket(self.rate, self.rate, self._now)

    def check_write(self, place: Place) -> None:
        """Refuse a plain write to an item in a transaction, or to a hot one."""
        if self._is_held(place):
            raise refusal("TransactionConflictException", CONFLICT)
        if self._is_hot(place):
            raise refusal("ThrottlingException", HOT)

    def reason(self, place: Place) -> Json | None:
        """Return why a part of a transaction is refused, in the format of CancellationReasons; None if it is not."""
        if self._is_held(place):
            return {"Code": "TransactionConflict", "Message": CONFLICT}
        if self._is_hot(place):
            return {"Code": "ThrottlingError", "Message": HOT}
        return None

    def hold(self, places: Iterable[Place]) -> None:
        """Begin a transaction on these items."""
        self.taken = self.duration()
        self.until = self._now() + self.taken
        if self.taken:
            self._held.update(dict.fromkeys(places, self.until))

    def is_going_on(self, until: float) -> bool:
        """Return whether a transaction that takes until then is in progress."""
        return until > self._now()

    def _is_held(self, place: Place) -> bool:
        return place in self._held and self.is_going_on(self._held[place])

    def _is_hot(self, place: Place) -> bool:
        return self.rate is not None and not self._buckets[place].take()
