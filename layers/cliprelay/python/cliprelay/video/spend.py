"""What videos cost, in a table of its own: budgets by period and counters of usage, moved by parts of the videos' own transactions."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple, Self
from zlib import crc32

from cliprelay.aws.table import Table
from cliprelay.catalog.model import TIMED_SECONDS
from cliprelay.video.charge import ChargeKind, billed_tokens, charge_of
from cliprelay.video.record import Video

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEYS = ("pk", "sk")
# The tenant of the limits that hold for tenants without their own; no tenant's name can be like it.
EVERY_TENANT = "*"
# A video moves one counter twice, each time for two write units, and one item takes 1,000 a second: eight carry 2,000 videos a second.
SHARDS = 8
# The name of a key that has none, in the key of a counter; no key can have this name.
UNNAMED = "-"
# No clock of AWS is wrong by so much: a period that has been over for longer than this accepts nothing any more.
_SURELY_OVER = timedelta(hours=1)

# What a budget counts in each period: all that was reserved in it and not released; how much of that is not settled yet, or in doubt.
_COUNTED = ("used", "reserved", "doubtful")


class Periods(NamedTuple):
    """A UTC day and its month, such as 2026-11-27 and 2026-11."""

    day: str
    month: str


def periods_of(moment: datetime) -> Periods:
    """Return the periods that a moment falls into."""
    return Periods(moment.strftime("%Y-%m-%d"), moment.strftime("%Y-%m"))


class Scope(NamedTuple):
    """What a budget is for: a tenant, or the API keys of one name."""

    tenant: str
    key_name: str | None = None

    @property
    def key(self) -> tuple[str, str]:
        """Return the key of the item with its limits and present periods."""
        return f"budget#{self.tenant}", "tenant" if self.key_name is None else f"key#{self.key_name}"

    def named(self, periods: Periods) -> list[str]:
        """Return the names of its periods, as a video records them."""
        scope = f"tenant#{self.tenant}" if self.key_name is None else f"key#{self.tenant}#{self.key_name}"
        return [f"{scope}#{period}" for period in periods]


def scopes_of(budgets: Iterable[str]) -> dict[Scope, Periods]:
    """Return which budgets a video touched, and in which periods, from what it recorded."""
    days = [name.split("#") for name in budgets if name.count("-") >= 2 and len(name.rpartition("#")[2]) == len("2026-11-27")]
    return {Scope(parts[1], parts[2] if parts[0] == "key" else None): Periods(parts[-1], parts[-1][:7]) for parts in days}


def counters_of(video: Video) -> dict[str, int]:
    """Return what a video adds to the counters of usage, once more by its status if it has ended.

    The sum over all records is what the counters say. What is counted for no ended status is of open videos.
    """
    charge = charge_of(video)
    counted = {"videos": 1, "seconds": video.spec.duration or TIMED_SECONDS}
    if charge.kind is not ChargeKind.RELEASED:
        counted[charge.kind.value] = charge.micros
    if charge.kind is ChargeKind.SETTLED:
        counted["tokens"] = billed_tokens(video) or int((video.quote or {}).get("tokens", 0))
    return counted | ({f"{name}_{video.status.value}": number for name, number in counted.items()} if video.is_over else {})


def used_of(video: Video) -> dict[str, int]:
    """Return what a video adds to each budget that it touched."""
    kind, micros = charge_of(video)
    return {"used": micros, **({kind.value: micros} if kind in (ChargeKind.RESERVED, ChargeKind.DOUBTFUL) else {})}


def difference(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, int]:
    """Return what changes from one count to the other."""
    changed = {name: after.get(name, 0) - before.get(name, 0) for name in {**before, **after}}
    return {name: number for name, number in changed.items() if number}


def counter_key(video: Video) -> tuple[str, str]:
    """Return the key of the one counter that a video moves; amounts belong to the day of acceptance for ever."""
    shard = crc32(video.id.encode()) % SHARDS
    return f"usage#{video.tenant}", f"{video.created_at[:10]}#{video.model}#{video.key_name or UNNAMED}#{shard}"


class Current(Enum):
    """Which of the periods that a video touched its budget still counts; each period follows the one before for good."""

    BOTH = ("day", "month")
    MONTH = ("month",)
    NEITHER = ()


@dataclass(frozen=True)
class Posting:
    """A change of one budget by a video that touched it in these periods; a period that is over keeps what it counted."""

    scope: Scope
    periods: Periods
    change: Mapping[str, int]
    current: Current

    @property
    def adds(self) -> dict[str, int]:
        """Return what is added to which attribute."""
        return {f"{period}_{name}": self.change[name] for period in self.current.value for name in _COUNTED if self.change.get(name)}

    def corrected(self, item: Mapping[str, Any] | None) -> Self:
        """Return the same change, given the item that refused it."""
        found = item or {}
        if found.get("month") != self.periods.month:
            return replace(self, current=Current.NEITHER)
        return replace(self, current=Current.BOTH if found.get("day") == self.periods.day else Current.MONTH)


@dataclass(frozen=True)
class Account:
    """What an ending changes: a counter of usage, and the budgets that the video touched."""

    counter: dict[str, Any] | None = None
    postings: tuple[Posting, ...] = ()

    def corrected(self, refused: int, item: Mapping[str, Any] | None) -> Self:
        """Return the same change, given the item that refused one of the postings that change something."""
        writing = [place for place, posting in enumerate(self.postings) if posting.adds]
        postings = list(self.postings)
        postings[writing[refused]] = postings[writing[refused]].corrected(item)
        return replace(self, postings=tuple(postings))


class SpendTable:
    """Build the parts of transactions that move money; only they write amounts."""

    def __init__(self, client: "DynamoDBClient", table: str, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self.table = Table(client, table, keys=KEYS, sleep=sleep)

    def accepted_part(self, video: Video) -> dict[str, Any]:
        """Return the part that counts a new video."""
        return self._counter_part(video, counters_of(video))

    def account(self, before: Video, after: Video, now: datetime) -> Account:
        """Return what changes when a video ends, or a later decision changes what its end is taken for.

        A video of an earlier version was never counted, and what is counted of one from a restored table is not known.
        """
        if before.reserved is None or before.is_recovered:
            return Account()
        counted, used = difference(counters_of(before), counters_of(after)), difference(used_of(before), used_of(after))
        touched = scopes_of(before.budgets or []) if used else {}
        postings = [Posting(scope, periods, used, _current(periods, now)) for scope, periods in touched.items()]
        return Account(self._counter_part(before, counted) if counted else None, tuple(postings))

    def posting_part(self, posting: Posting) -> dict[str, Any] | None:
        """Return the part for a budget, which fails if it counts other periods by now; None if nothing is left to change."""
        if not posting.adds:
            return None
        condition, values = "#month = :month", {":month": posting.periods.month, ":day": posting.periods.day}
        condition += " AND #day = :day" if posting.current is Current.BOTH else " AND #day <> :day"
        return self.table.update_part(posting.scope.key, {}, condition, values, adds=posting.adds)

    def _counter_part(self, video: Video, counted: Mapping[str, int]) -> dict[str, Any]:
        return self.table.update_part(counter_key(video), {}, "", {}, adds=counted)


def _current(periods: Periods, now: datetime) -> Current:
    """Return the likely state of the item, so that its first answer is mostly the last one."""
    if periods_of(now - _SURELY_OVER).month > periods.month:
        return Current.NEITHER
    return Current.BOTH if periods_of(now).day <= periods.day else Current.MONTH
