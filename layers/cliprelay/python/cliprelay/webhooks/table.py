"""The delivery records: each attempt is recorded before and after it, each time by one conditional write."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from cliprelay.aws.shards import shard_of, shards
from cliprelay.aws.table import ConditionFailed, Table
from cliprelay.webhooks.delivery import Delivery, DeliveryStatus, delivery_id
from cliprelay.webhooks.retry_schedule import Ending, Reply, RetryDecision

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Partitions of the sparse index: the deliveries in progress, and those of them whose attempts have failed for so long to come to
# an end, whatever the receiver, that an alarm rings.
DUE, STUCK = "delivery", "stuck"
QUEUES = (DUE, STUCK)
# An event that is delivered at once writes four units into the index: `delivery#0` to `delivery#5` carry 1,500 of them a second. Earlier
# versions write, and know, only the key `delivery`.
DUE_KEYS = 6
# As long as for a video: an outage of AWS is mostly over within the hour.
STUCK_AFTER = timedelta(hours=1)
# A running delivery sets its due time to its next wait plus this, so that the sweep finds only lost ones.
MARGIN = timedelta(minutes=10)

STATUS_OF = {Ending.DELIVERED: DeliveryStatus.DELIVERED, Ending.FAILED: DeliveryStatus.FAILED, Ending.DISABLED: DeliveryStatus.DISABLED}


def due_key(name: str) -> str:
    """Return the index key of a delivery in progress."""
    return shard_of(DUE, name, DUE_KEYS)


def keys_of(queue: str) -> list[str]:
    """Return all index keys of a queue, also that of earlier versions."""
    return [queue, *shards(DUE, DUE_KEYS)] if queue == DUE else [queue]


class DeliveryTable:
    """Reads and conditional writes of delivery records; their keys begin with the event id."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._table = Table(client, table)

    # Beginning

    def begin(self, delivery: Delivery, now: datetime) -> bool:
        """Record a new delivery; False if its id exists."""
        started = replace(delivery, due=due_key(delivery.id), due_at=_later(now, 0))
        try:
            self._table.put(_item(started), "attribute_not_exists(id)", {})
        except ConditionFailed:
            return False
        return True

    def carry_on(self, delivery: Delivery, number: int, now: datetime) -> Delivery | None:
        """Continue a delivery with its attempts under another number; None if a concurrent call was first."""
        since = _failing_since(delivery, now)
        fresh: dict[str, Any] = {"number": number, "begun": 0, "answered": 0, "next_at": None, "due_at": _later(now, 0)}
        fresh |= {"failing_since": since}
        successor = replace(delivery, id=delivery_id(delivery.event_id, number), **fresh)
        successor = replace(successor, due=_queue(successor, since, now))
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

    def due(self, key: str, now: datetime) -> Iterator[str]:
        """Yield the ids of the overdue deliveries in a key of a queue; read each again, because the index lags."""
        for page in self._table.pages("by_due", "due = :queue AND due_at <= :now", {":queue": key, ":now": int(now.timestamp())}):
            yield from (item["id"] for item in page["Items"])

    def stuck(self) -> list[str]:
        """Return the ids of the deliveries whose attempts have failed to come to an end for STUCK_AFTER."""
        return [item["id"] for page in self._table.pages("by_due", "due = :queue", {":queue": STUCK}) for item in page["Items"]]

    def count_overlooked(self, now: datetime) -> int:
        """Count the deliveries that no sweep has examined for STUCK_AFTER, although they were due."""
        condition, latest = "due = :queue AND due_at <= :latest", int((now - STUCK_AFTER).timestamp())
        keys = (key for queue in QUEUES for key in keys_of(queue))
        pages = (self._table.pages("by_due", condition, {":queue": key, ":latest": latest}, Select="COUNT") for key in keys)
        return sum(page["Count"] for found in pages for page in found)

    # Attempting

    def open_attempt(self, delivery: Delivery, now: datetime, host: str) -> Delivery | None:
        """Record the start of an attempt, and an interrupted one before it; None if a concurrent call was first.

        After an interrupted one the lease is not extended: the sweep must see a delivery whose attempts never come to an end.
        """
        begun: dict[str, Any] = {"begun": delivery.begun + 1, "begun_at": int(now.timestamp()), "host": host}
        if delivery.begun_at is not None:
            interrupted = delivery.with_attempt(delivery.begun_at, delivery.host, error="interrupted")
            return self._replace(delivery, replace(interrupted, **begun), *begun, "attempts")
        return self._replace(delivery, replace(delivery, **begun, due_at=_later(now, 0)), *begun, "due_at")

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
            due=due_key(delivery.id),
            due_at=_later(now, decision.wait or 0),
            failing_since=None,
        )
        if decision.ending is Ending.DELIVERED:
            noted = replace(noted, status=DeliveryStatus.DELIVERED, due=None, due_at=None)
        names = ("attempts", "begun_at", "answered", "failures", "next_at", "ending", "status", "due", "due_at", "failing_since")
        return self._replace(delivery, noted, *names)

    # Ending and extending

    def end(self, delivery: Delivery, ending: Ending) -> None:
        """End the delivery, after everybody concerned was notified."""
        left: dict[str, Any] = dict.fromkeys(("next_at", "begun_at", "due", "due_at", "failing_since"))
        over = replace(delivery, status=STATUS_OF[ending], ending=ending, **left)
        self._replace(delivery, over, "status", "ending", *left)

    def note_failing(self, delivery: Delivery, now: datetime) -> None:
        """Note that the attempts of a running execution fail to come to an end, and defer the sweep's next look."""
        since = _failing_since(delivery, now)
        stuck_at = since + int(STUCK_AFTER.total_seconds())
        due_at = min(_later(now, 0), stuck_at) if stuck_at > now.timestamp() else _later(now, 0)
        noted = replace(delivery, due=_queue(delivery, since, now), due_at=due_at, failing_since=since)
        self._replace(delivery, noted, "due", "due_at", "failing_since")

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


def _queue(delivery: Delivery, failing_since: int, now: datetime) -> str:
    return STUCK if now.timestamp() - failing_since >= STUCK_AFTER.total_seconds() else due_key(delivery.id)


def _failing_since(delivery: Delivery, now: datetime) -> int:
    """Return since when the attempts of an overdue delivery fail: at the latest since it was due, without the margin."""
    epoch = int(now.timestamp())
    ran_out = epoch if delivery.due_at is None else delivery.due_at - int(MARGIN.total_seconds())
    return delivery.failing_since or min(ran_out, epoch)


def _item(delivery: Delivery) -> dict[str, Any]:
    return {name: value for name, value in asdict(delivery).items() if value is not None}


def _later(now: datetime, wait: float) -> int:
    return int((now + timedelta(seconds=wait) + MARGIN).timestamp())
