"""The delivery records: each attempt is recorded before and after it, each time by one conditional write."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from cliprelay.aws.table import ConditionFailed, Table
from cliprelay.webhooks.delivery import Delivery, DeliveryStatus, delivery_id
from cliprelay.webhooks.retry_schedule import Ending, Reply, RetryDecision

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Partition of the sparse index with the deliveries in progress.
DUE = "delivery"
# A running delivery sets its due time to its next wait plus this, so that the sweep finds only lost ones.
MARGIN = timedelta(minutes=10)

STATUS_OF = {Ending.DELIVERED: DeliveryStatus.DELIVERED, Ending.FAILED: DeliveryStatus.FAILED, Ending.DISABLED: DeliveryStatus.DISABLED}


class DeliveryTable:
    """Reads and conditional writes of delivery records; their keys begin with the event id."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._table = Table(client, table)

    # Beginning

    def begin(self, delivery: Delivery, now: datetime) -> bool:
        """Record a new delivery; False if its id exists."""
        started = replace(delivery, due=DUE, due_at=_later(now, 0))
        try:
            self._table.put(_item(started), "attribute_not_exists(id)", {})
        except ConditionFailed:
            return False
        return True

    def carry_on(self, delivery: Delivery, number: int, now: datetime) -> Delivery | None:
        """Continue a delivery with its attempts under another number; None if a concurrent call was first."""
        fresh = {"number": number, "begun": 0, "answered": 0, "next_at": None, "due": DUE, "due_at": _later(now, 0)}
        successor = replace(delivery, id=delivery_id(delivery.event_id, number), **fresh)  # type: ignore[arg-type]  # several types
        put = self._table.put_part(_item(successor), "attribute_not_exists(id)")
        sets: dict[str, Any] = {"status": DeliveryStatus.CONTINUED, "attempts": [], "due": None, "due_at": None}
        try:
            self._table.transact(put, self._table.update_part(delivery.id, sets, *_unchanged(delivery)))
        except ConditionFailed:
            return None
        return successor

    # Reading

    def get(self, name: str) -> Delivery | None:
        """Return the record, read consistently."""
        item = self._table.read(name)
        return Delivery.from_item(item) if item else None

    def of_video(self, video_id: str) -> list[Delivery]:
        """Return a video's deliveries, newest first; the index lags slightly."""
        pages = self._table.pages("by_video", "video_id = :video", {":video": video_id})
        found = [Delivery.from_item(item) for page in pages for item in page["Items"]]
        return sorted(found, key=lambda each: (each.event_id, each.number), reverse=True)

    def due(self, now: datetime) -> Iterator[str]:
        """Yield the ids of overdue deliveries; read each again, because the index lags."""
        for page in self._table.pages("by_due", "due = :queue AND due_at <= :now", {":queue": DUE, ":now": int(now.timestamp())}):
            yield from (item["id"] for item in page["Items"])

    # Attempting

    def open_attempt(self, delivery: Delivery, now: datetime, host: str) -> Delivery | None:
        """Record the start of an attempt, and an interrupted one before it; None if a concurrent call was first."""
        before = delivery
        if delivery.begun_at is not None:
            before = delivery.with_attempt(delivery.begun_at, delivery.host, error="interrupted")
        opened = replace(before, begun=delivery.begun + 1, begun_at=int(now.timestamp()), host=host, due_at=_later(now, 0))
        return self._replace(delivery, opened, "begun", "begun_at", "host", "attempts", "due_at")

    def close_attempt(self, delivery: Delivery, now: datetime, reply: Reply, decision: RetryDecision) -> Delivery | None:
        """Record the result of an attempt and what follows; success ends the delivery."""
        noted = delivery.with_attempt(delivery.begun_at or 0, delivery.host, status=reply.status, error=reply.error, ms=reply.ms)
        next_at = None if decision.wait is None else int(now.timestamp()) + decision.wait
        noted = replace(
            noted,
            begun_at=None,
            answered=delivery.answered + 1,
            failures=delivery.failures + (decision.ending is not Ending.DELIVERED),
            next_at=next_at,
            ending=decision.ending,
            due_at=_later(now, decision.wait or 0),
        )
        if decision.ending is Ending.DELIVERED:
            noted = replace(noted, status=DeliveryStatus.DELIVERED, due=None, due_at=None)
        names = ("attempts", "begun_at", "answered", "failures", "next_at", "ending", "status", "due", "due_at")
        return self._replace(delivery, noted, *names)

    # Ending and extending

    def end(self, delivery: Delivery, ending: Ending) -> None:
        """End the delivery, after everybody concerned was notified."""
        over = replace(delivery, status=STATUS_OF[ending], ending=ending, next_at=None, begun_at=None, due=None, due_at=None)
        self._replace(delivery, over, "status", "ending", "next_at", "begun_at", "due", "due_at")

    def extend_lease(self, delivery: Delivery, now: datetime) -> None:
        """Defer the next check by the sweep, because the execution is running."""
        self._replace(delivery, replace(delivery, due_at=_later(now, 0)), "due_at")

    def _replace(self, before: Delivery, after: Delivery, *names: str) -> Delivery | None:
        item = asdict(after)
        try:
            self._table.update(before.id, {name: item[name] for name in names}, *_unchanged(before))
        except ConditionFailed:
            return None
        return after


def _unchanged(delivery: Delivery) -> tuple[str, dict[str, Any]]:
    """Return the condition that no attempt began or ended since `delivery` was read."""
    values = {":was": delivery.status, ":begun": delivery.begun, ":answered": delivery.answered}
    return "#status = :was AND begun = :begun AND answered = :answered", values


def _item(delivery: Delivery) -> dict[str, Any]:
    return {name: value for name, value in asdict(delivery).items() if value is not None}


def _later(now: datetime, wait: float) -> int:
    return int((now + timedelta(seconds=wait) + MARGIN).timestamp())
