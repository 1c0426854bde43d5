"""Durations per class of videos: one small item each in the table of videos, remembered by the process; never raises."""

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from cliprelay.aws.items import typed
from cliprelay.aws.table import Table
from cliprelay.video.record import Video
from cliprelay.workflow.durations import NOTHING, Durations, class_of, halved, spread
from cliprelay.workflow.pace import pace_of
from cliprelay.workflow.plan import density

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

logger = logging.getLogger("cliprelay.durations")

# A process reads each class at most this often, also one that is absent or cannot be read.
REMEMBERED = timedelta(minutes=5)
# A process writes each class at most this often, and gathers what it learns meanwhile: a thousand videos a second, polled by some two
# thousand processes, are fewer than a hundred writes a second.
GATHERED = timedelta(seconds=30)
# A class that nobody orders any more is forgotten.
KEPT = timedelta(days=90)


class DurationsTable:
    """Reads and learns durations; a failure is logged once per class and REMEMBERED, and the fixed schedule goes on."""

    def __init__(self, client: "DynamoDBClient", table: str, clock: Callable[[], datetime]) -> None:
        self._table, self._name, self._clock = Table(client, table), table, clock
        self._known: dict[str, tuple[datetime, Durations]] = {}
        self._gathered: dict[str, Counter[str]] = {}
        self._written: dict[str, datetime] = {}

    def of(self, video: Video) -> Durations:
        """Return what is known of videos like this one, as read within the last REMEMBERED."""
        key, now = class_of(video), self._clock()
        read_at, known = self._known.get(key, (None, NOTHING))
        if read_at is None or now - read_at >= REMEMBERED:
            known = self._read(key)
            self._known[key] = now, known
        return known

    def remembered(self, video: Video) -> Durations:
        """Return what this process has last read of videos like this one, without a call."""
        return self._known.get(class_of(video), (None, NOTHING))[1]

    def learn(self, video: Video, lower: float, upper: float) -> None:
        """Add a video that ended between two ages, in seconds; the last ones of a process that ends may be lost."""
        key, now = class_of(video), self._clock()
        units = spread(lower, upper, density(pace_of(video.spec.tier), self.remembered(video)))
        gathered = self._gathered.setdefault(key, Counter())
        gathered.update(units)
        if key in self._written and now - self._written[key] < GATHERED:
            return
        self._written[key] = now
        self._write(key, self._gathered.pop(key), now)

    def _read(self, key: str) -> Durations:
        try:
            return Durations.from_item(self._table.read(key) or {})
        except Exception:  # whatever it is, the fixed schedule goes on
            logger.warning("durations not read", extra={"class_of_videos": key}, exc_info=True)
            return NOTHING

    def _write(self, key: str, units: Mapping[str, int], now: datetime) -> None:
        """Add to the counters, without a condition that could contend, and halve them if they have become too heavy."""
        try:
            item = self._table.write(self._addition(key, units, now))
            if lighter := halved(item):
                item = self._table.update(key, lighter, "", {})
        except Exception:  # the video has already moved on; only an observation is lost
            logger.warning("durations not written", extra={"class_of_videos": key}, exc_info=True)
            return
        self._known[key] = now, Durations.from_item(item)

    def _addition(self, key: str, units: Mapping[str, int], now: datetime) -> dict[str, Any]:
        added = ", ".join(f"{name} :{name}" for name in units)
        values = {**{f":{name}": number for name, number in units.items()}, ":expires_at": int((now + KEPT).timestamp())}
        update = {
            "TableName": self._name,
            "Key": {"id": {"S": key}},
            "UpdateExpression": f"ADD {added} SET expires_at = :expires_at",
            "ExpressionAttributeValues": typed(values),
        }
        return {"Update": update}
