"""The records of deliveries: an attempt is written down before it is made and again after, each by one conditional write."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from cliprelay.aws.table import Refused, Table
from cliprelay.webhooks.delivery import Delivery, DeliveryStatus, delivery_id
from cliprelay.webhooks.retry_schedule import Ending, Reply, Verdict

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# The sparse index's queue of deliveries that go on.
DUE = "delivery"
# A delivery that lives puts itself off by what it waits for plus this; so the sweep meets only what nobody carries.
MARGIN = timedelta(minutes=10)

STATUS_OF = {Ending.DELIVERED: DeliveryStatus.DELIVERED, Ending.FAILED: DeliveryStatus.FAILED, Ending.DISABLED: DeliveryStatus.DISABLED}


class DeliveryTable:
    """Reads and conditional writes of delivery records; their keys begin with an event's id."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._table = Table(client, table)

    # Beginning

    def begin(self, delivery: Delivery, now: datetime) -> bool:
        """Record a delivery that is to start now; False when there is one of that name."""
        started = replace(delivery, due=DUE, due_at=_later(now, 0))
        try:
            self._table.put(_item(started), "attribute_not_exists(id)", {})
        except Refused:
            return False
        return True

    def carry_on(self, delivery: Delivery, number: int, now: datetime) -> Delivery | None:
        """Hand a lost execution's delivery to one of another name, its attempts with it; None when somebody was first."""
        fresh = {"number": number, "begun": 0, "answered": 0, "next_at": None, "due": DUE, "due_at": _later(now, 0)}
        heir = replace(delivery, id=delivery_id(delivery.event_id, number), **fresh)  # type: ignore[arg-type]  # several types
        put = self._table.put_part(_item(heir), "attribute_not_exists(id)")
        sets: dict[str, Any] = {"status": DeliveryStatus.CONTINUED, "attempts": [], "due": None, "due_at": None}
        try:
            self._table.transact(put, self._table.update_part(delivery.id, sets, *_unchanged(delivery)))
        except Refused:
            return None
        return heir

    # Reading

    def get(self, name: str) -> Delivery | None:
        """The record as it is now."""
        item = self._table.read(name)
        return Delivery.from_item(item) if item else None

    def of_video(self, video_id: str) -> list[Delivery]:
        """A video's deliveries, the newest first; the index lags by a moment."""
        pages = self._table.pages("by_video", "video_id = :video", {":video": video_id})
        found = [Delivery.from_item(item) for page in pages for item in page["Items"]]
        return sorted(found, key=lambda each: (each.event_id, each.number), reverse=True)

    def due(self, now: datetime) -> Iterator[str]:
        """Names of the deliveries whose time has come; read them again, the index lags."""
        for page in self._table.pages("by_due", "due = :queue AND due_at <= :now", {":queue": DUE, ":now": int(now.timestamp())}):
            yield from (item["id"] for item in page["Items"])

    # Attempting

    def open_attempt(self, delivery: Delivery, now: datetime, host: str) -> Delivery | None:
        """Write down that an attempt begins, and that the one before was interrupted if it was; None when somebody else was first."""
        before = delivery
        if delivery.begun_at is not None:
            before = delivery.with_attempt(delivery.begun_at, delivery.host, error="interrupted")
        opened = replace(before, begun=delivery.begun + 1, begun_at=int(now.timestamp()), host=host, due_at=_later(now, 0))
        return self._replace(delivery, opened, "begun", "begun_at", "host", "attempts", "due_at")

    def close_attempt(self, delivery: Delivery, now: datetime, reply: Reply, verdict: Verdict) -> Delivery | None:
        """Write down what the attempt brought and what follows; a delivered one is over with it."""
        noted = delivery.with_attempt(delivery.begun_at or 0, delivery.host, status=reply.status, error=reply.error, ms=reply.ms)
        next_at = None if verdict.wait is None else int(now.timestamp()) + verdict.wait
        noted = replace(
            noted,
            begun_at=None,
            answered=delivery.answered + 1,
            failures=delivery.failures + (verdict.ending is not Ending.DELIVERED),
            next_at=next_at,
            ending=verdict.ending,
            due_at=_later(now, verdict.wait or 0),
        )
        if verdict.ending is Ending.DELIVERED:
            noted = replace(noted, status=DeliveryStatus.DELIVERED, due=None, due_at=None)
        names = ("attempts", "begun_at", "answered", "failures", "next_at", "ending", "status", "due", "due_at")
        return self._replace(delivery, noted, *names)

    # Ending and keeping

    def end(self, delivery: Delivery, ending: Ending) -> None:
        """It is over, and whoever had to be told was."""
        over = replace(delivery, status=STATUS_OF[ending], ending=ending, next_at=None, begun_at=None, due=None, due_at=None)
        self._replace(delivery, over, "status", "ending", "next_at", "begun_at", "due", "due_at")

    def extend_lease(self, delivery: Delivery, now: datetime) -> None:
        """Its execution lives: look again later."""
        self._replace(delivery, replace(delivery, due_at=_later(now, 0)), "due_at")

    def _replace(self, before: Delivery, after: Delivery, *names: str) -> Delivery | None:
        item = asdict(after)
        try:
            self._table.update(before.id, {name: item[name] for name in names}, *_unchanged(before))
        except Refused:
            return None
        return after


def _unchanged(delivery: Delivery) -> tuple[str, dict[str, Any]]:
    """The condition that nobody began or ended anything since `delivery` was read."""
    values = {":was": delivery.status, ":begun": delivery.begun, ":answered": delivery.answered}
    return "#status = :was AND begun = :begun AND answered = :answered", values


def _item(delivery: Delivery) -> dict[str, Any]:
    return {name: value for name, value in asdict(delivery).items() if value is not None}


def _later(now: datetime, wait: float) -> int:
    return int((now + timedelta(seconds=wait) + MARGIN).timestamp())
