"""`python -m tests.bench.partitions`: what one video writes into each key of each index, and at how many videos a second a key is full.

A video of 60 seconds goes through the real steps over AWS in memory, and its event to a webhook. Its writes are then repeated for a
thousand videos a second of one tenant, each with an id of its own, and added up by key and second. `--write` puts the table into
docs/scale.md.
"""

import hashlib
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from typing import Any

from cliprelay.upstream.contract import Outcome, Task
from cliprelay.video.listing import LISTING_KEYS
from cliprelay.video.record import Video
from cliprelay.video.table import DUE_KEYS
from cliprelay.webhooks.delivery import new_delivery
from cliprelay.webhooks.retry_schedule import Ending, Reply, RetryDecision
from cliprelay.webhooks.table import DUE_KEYS as DELIVERY_KEYS
from local.aws.dynamodb.schema import Index
from local.aws.dynamodb.values import Item, size_of
from tests.support.makers import NOW, OwnedClock, any_settings
from tests.support.memory_aws.account import client, table
from tests.support.paths import ROOT
from tests.support.video_walk import SlowUpstream, travel
from tests.support.world import RETENTION, World

PAGE = ROOT / "docs" / "scale.md"
BEGIN, END = "<!-- begin: python -m tests.bench.partitions --write -->", "<!-- end -->"

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
KEY_UNITS = 1_000
RATE, WINDOW = 1_000, 10
VIDEO_SECONDS = 60
STEPS = ("Submit", "Poll", "Archive", "Thumbnail", "Notify")
_WORLDS = count(1)
# The number of keys of what stands before the `#`.
KEYS = {"due": DUE_KEYS, "delivery": DELIVERY_KEYS}


@dataclass(frozen=True)
class Write:
    """A write into an index: seconds after the order, the index, the key without its number, and the units."""

    at: float
    index: str
    key: str
    units: int

    @property
    def keys(self) -> int:
        """Return how many keys share such writes."""
        return KEYS.get(self.key, LISTING_KEYS if self.index == "by_status" else 1)


@dataclass
class Recorder:
    """Sees every write of a table, and notes what its indexes pay for it, and what the table does."""

    world: World
    name: str
    writes: list[Write] = field(default_factory=list)
    table_units: int = 0

    def __post_init__(self) -> None:
        self._start, self._table = self.world.clock.seconds(), table(self.name)
        self._table.watch = self._wrote

    def _wrote(self, key: str, old: Item | None, new: Item | None) -> None:
        at = self.world.clock.seconds() - self._start
        size = max(size_of(old or {}), size_of(new or {}))
        self.table_units += -(-size // 1_024) * self.world.dynamodb.factor
        for index in self._table.indexes.values():
            self.writes += [Write(at, index.name, partition, units) for partition, units in paid(index, self._table.keys, old, new)]


def paid(index: Index, keys: tuple[str, ...], old: Item | None, new: Item | None) -> Iterator[tuple[str, int]]:
    """Yield the partitions of an index that a write costs units: a changed key is a deletion and an insertion."""
    was, now = _shown(index, keys, old), _shown(index, keys, new)
    if was == now:
        return
    if was and now and all(was[name] == now[name] for name in index.keys):
        yield _key(index, now), max(_units(was), _units(now))
        return
    for entry in (was, now):
        if entry:
            yield _key(index, entry), _units(entry)


def _shown(index: Index, keys: tuple[str, ...], item: Item | None) -> Item | None:
    return index.shown(item, keys) if item and all(name in item for name in index.keys) else None


def _units(item: Item) -> int:
    return -(-size_of(item) // 1_024)


def _key(index: Index, entry: Item) -> str:
    """Return the key without the number of its shard and without ids."""
    name, _, number = entry[index.hash_key]["S"].rpartition("#")
    text: str = name if number.isdigit() else entry[index.hash_key]["S"]
    return text.split("_")[0] if text.startswith(("vid_", "evt_")) else text


class Doubling:
    """A client that knows whether a write is part of a transaction, which pays twice for it."""

    def __init__(self, real: Any) -> None:
        self._real, self.factor = real, 1

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def transact_write_items(self, **request: Any) -> Any:
        self.factor = 2
        try:
            return self._real.transact_write_items(**request)
        finally:
            self.factor = 1


class QuietUpstream(SlowUpstream):
    """Says nothing of how long a task still takes, like the real one."""

    def task(self, task_id: str) -> Task:
        found = super().task(task_id)
        return Task(Outcome.RUNNING) if found.outcome is Outcome.RUNNING else found


@dataclass(frozen=True)
class Walk:
    """What one video and the delivery of its event cost."""

    writes: list[Write]
    table_units: int
    transitions: int
    invocations: int


@cache
def walked() -> Walk:
    """Walk one video to its end, and deliver its event."""
    clock = OwnedClock()
    world = World(clock, f"partitions-{next(_WORLDS)}", dynamodb=Doubling(client("dynamodb")))
    videos = Recorder(world, world.videos_table)
    end = travel(world, QuietUpstream(clock, VIDEO_SECONDS), **any_settings(prompt="A slow push-in on the lighthouse. ".ljust(1_000, "x")))
    deliveries = Recorder(world, world.webhooks_table)
    ended = next(video for video in world.videos.every())
    _deliver(world, ended)
    writes = [*videos.writes, *(each for each in deliveries.writes if each.index == "by_due")]
    invocations = sum(count for state, count in end.visits.items() if any(state.startswith(step) for step in STEPS))
    return Walk(writes, videos.table_units, end.transitions, invocations + 1)


def _deliver(world: World, video: Video) -> None:
    """Deliver the event at the first attempt."""
    delivery = new_delivery(video, NOW, RETENTION)
    world.deliveries.begin(delivery, NOW)
    found = world.deliveries.get(delivery.id)
    assert found
    opened = world.deliveries.open_attempt(found, world.clock(), "hooks.example.com")
    assert opened
    world.clock.advance(1)
    world.deliveries.close_attempt(opened, world.clock(), Reply(204), RetryDecision(Ending.DELIVERED))


@dataclass(frozen=True)
class Row:
    """The writes into one kind of key: units of a video, the number of keys, and the busiest second of one key at RATE videos a second."""

    index: str
    key: str
    units: int
    keys: int
    busiest: int

    @property
    def rate(self) -> int:
        """Return the videos a second at which the keys are full on average."""
        return KEY_UNITS * self.keys // self.units


@cache
def rows() -> list[Row]:
    """Return the rows, the lowest ceiling first."""
    found: dict[tuple[str, str], list[Write]] = defaultdict(list)
    for write in walked().writes:
        found[write.index, write.key].append(write)
    made = [Row(*name, sum(each.units for each in group), group[0].keys, _busiest(group)) for name, group in found.items()]
    return sorted(made, key=lambda row: (row.rate, row.index, row.key))


def _busiest(group: list[Write]) -> int:
    """Return the most units of one key in one second of the window, in which RATE videos arrive a second as they did long before."""
    units: Counter[tuple[int, int]] = Counter()
    for write in group:
        for number in range(RATE * WINDOW):
            moment = number / RATE
            # Who writes now has come so many seconds ago.
            units[_shard(number - round(write.at * RATE), write.keys), int(moment)] += write.units
    return max(units.values())


@cache
def _shard(number: int, keys: int) -> int:
    """Return the key of the n-th video; ids are as random as a hash."""
    from zlib import crc32

    return crc32(b"vid_" + hashlib.sha256(str(number).encode()).hexdigest()[:26].upper().encode()) % keys


@dataclass(frozen=True)
class Quota:
    """A quota of AWS by second, and how much of it one video takes."""

    name: str
    per_second: int
    taken: float

    @property
    def line(self) -> str:
        """Return the row of the quota; by Little's law, as many videos are open as come in the time that one takes."""
        rate = self.per_second / self.taken
        return f"| {self.name} | {self.per_second:,} | {self.taken:,.0f} | {rate:,.0f} | {rate * VIDEO_SECONDS:,.0f} |"


def quotas() -> list[str]:
    """Return the rows of the quotas that a number of videos a second meets."""
    walk = walked()
    large, small = "in us-east-1, us-west-2 and eu-west-1", "elsewhere"
    found = [
        Quota(f"Step Functions, transitions, {large}", 5_000, walk.transitions),
        Quota(f"Step Functions, transitions, {small}", 800, walk.transitions),
        Quota(f"Step Functions, StartExecution, {large}", 300, 1),
        Quota(f"Step Functions, StartExecution, {small}", 150, 1),
        Quota("DynamoDB, write units of the table of videos", 40_000, walk.table_units),
        Quota("Secrets Manager, GetSecretValue, if every video needed one", 10_000, 1),
        Quota("S3, PUT under one prefix", 3_500, 1),
    ]
    head = "| quota | a second | of one video | full at, videos a second | open at once |"
    return [head, "| --- | ---: | ---: | ---: | ---: |", *(each.line for each in found)]


def page() -> str:
    """Return the generated part of docs/scale.md."""
    head = [
        "| index | key | units of a video | keys | busiest second of a key at 1,000 videos a second | full at, videos a second |",
        "| --- | --- | ---: | ---: | ---: | ---: |",
    ]
    lines = [f"| {row.index} | `{_named(row)}` | {row.units} | {row.keys} | {row.busiest:,} | {row.rate:,} |" for row in rows()]
    lowest = rows()[0]
    summary = f"The lowest ceiling of an index: **{lowest.rate:,} videos a second**, of one tenant as of all together ({lowest.index})."
    walk = walked()
    counts = f"One video of {VIDEO_SECONDS} s: {walk.transitions} transitions, {walk.invocations} invocations with its order."
    return "\n".join([*head, *lines, "", summary, "", counts, "", *quotas()])


def _named(row: Row) -> str:
    return f"{row.key}#N" if row.keys > 1 else row.key


def with_table(text: str) -> str:
    """Return the page with its generated part as it is now."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{page()}\n\n{END}{after}"


def main(argv: list[str], say: Callable[[str], Any] = sys.stdout.write) -> int:
    """Print the table, or write it into docs/scale.md."""
    if argv == ["--write"]:
        PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
        return 0
    say(page() + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
