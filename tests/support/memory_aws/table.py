"""One DynamoDB table in memory: items by key, and ordered sparse indexes, which may lag."""

import operator
from bisect import bisect_left, bisect_right, insort
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from local.aws.dynamodb import schema
from local.aws.dynamodb.table import Range
from local.aws.dynamodb.values import Item, Value, comparable

Position = tuple[Any, str]  # sort key, then the item's key, to order equal sort keys


@dataclass
class Index(schema.Index):
    """A global secondary index in memory."""

    partitions: dict[Any, list[Position]] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)  # as they were when the index caught up

    def position(self, item: Item | None) -> tuple[Any, Any] | None:
        """Return the partition and the sort key of an item; None if it is not in the index."""
        if item is None or self.hash_key not in item or (self.range_key and self.range_key not in item):
            return None
        return comparable(item[self.hash_key]), comparable(item[self.range_key]) if self.range_key else ""

    def move(self, key: str, old: Item | None, new: Item | None) -> None:
        """Apply one write."""
        if new is None:
            self.items.pop(key, None)
        else:
            self.items[key] = new
        was, now = self.position(old), self.position(new)
        if was == now:
            return
        if was:
            positions = self.partitions[was[0]]
            del positions[bisect_left(positions, (was[1], key))]
        if now:
            insort(self.partitions.setdefault(now[0], []), (now[1], key))

    def between(self, wanted: Range) -> Iterator[Position]:
        """Yield the positions of a range, in its order."""
        positions = self.partitions.get(comparable(wanted.partition), [])
        start, end = 0, len(positions)
        for sign, value in wanted.bounds:
            if sign in (">", ">=", "="):
                edge = bisect_right if sign == ">" else bisect_left
                start = max(start, edge(positions, comparable(value), key=_sort_key))
            if sign in ("<", "<=", "="):
                edge = bisect_left if sign == "<" else bisect_right
                end = min(end, edge(positions, comparable(value), key=_sort_key))
        if wanted.after and wanted.forward:
            start = max(start, bisect_right(positions, _after(wanted.after)))
        elif wanted.after:
            end = min(end, bisect_left(positions, _after(wanted.after)))
        return iter(positions[start:end] if wanted.forward else positions[start:end][::-1])


def _after(after: tuple[Value | None, str]) -> Position:
    value, key = after
    return comparable(value) if value else "", key


def _sort_key(position: Position) -> Any:
    return position[0]


# "Eventually consistent reads … Repeat your read request after a short time": usually within a second.
LONGEST_READ_LAG = 1.0

_COMPARE = {"=": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}

Watcher = Callable[[str, Item | None, Item | None], None]


class Table:
    """Items by their key as one string; `watch` sees every write.

    `lag` returns how many seconds the indexes lag, `read_lag` (at most LONGEST_READ_LAG) by how many a read lags that is not consistent.
    """

    def __init__(self, name: str, keys: tuple[str, ...], indexes: tuple[Index, ...], now: Callable[[], float]) -> None:
        self.name, self.keys, self.now = name, keys, now
        self.indexes = {index.name: index for index in indexes}
        self.items: dict[str, Item] = {}
        self.lag: Callable[[], float] = lambda: 0.0
        self.read_lag: Callable[[], float] | None = None
        self.watch: Watcher = lambda key, old, new: None
        self._late: deque[tuple[float, str, Item | None, Item | None]] = deque()
        # The writes of the last second: when, which item, and what it was before.
        self._latest: deque[tuple[float, str, Item | None]] = deque()

    def write(self, key: str, new: Item | None, old: Item | None) -> None:
        """Replace or remove an item; the indexes follow after their lag."""
        if new is None:
            self.items.pop(key, None)
        else:
            self.items[key] = new
        self.watch(key, old, new)
        self._late.append((self.now() + self.lag(), key, old, new))
        if self.read_lag:
            self._latest.append((self.now(), key, old))
            while self._latest[0][0] < self.now() - LONGEST_READ_LAG:
                self._latest.popleft()

    def current(self, key: str) -> Item | None:
        return self.items.get(key)

    def read(self, key: str, *, consistent: bool) -> Item | None:
        """Return an item as it is, or, unless the read is consistent, as it was a moment ago."""
        item = self.items.get(key)
        if consistent or self.read_lag is None:
            return item
        shown = self.now() - self.read_lag()
        for moment, written, before in reversed(self._latest):
            if moment <= shown:
                break
            if written == key:
                item = before
        return item

    def index(self, name: str) -> Index:
        """Return the index as far as it has caught up."""
        now = self.now()
        while self._late and self._late[0][0] <= now:
            _, key, old, new = self._late.popleft()
            for index in self.indexes.values():
                index.move(key, old, new)
        return self.indexes[name]

    def build(self, index: schema.Index) -> None:
        """Add an index with what the table holds, as a deployment does."""
        self.index(next(iter(self.indexes)))
        built = Index(**{name: value for name, value in vars(index).items() if name not in ("partitions", "items")})
        for key, item in self.items.items():
            built.move(key, None, item)
        self.indexes[index.name] = built

    def find(self, index: str, wanted: Range) -> Iterator[Item]:
        """Yield the items of an index as they were when it caught up."""
        found = self.index(index)
        return (found.shown(found.items[key], self.keys) for _, key in found.between(wanted))

    def span(self, bounds: list[tuple[str, str]], *, forward: bool, consistent: bool) -> Iterator[Item]:
        within = [key for key in self.items if all(_COMPARE[sign](key, text) for sign, text in bounds)]
        found = (self.read(key, consistent=consistent) for key in sorted(within, reverse=not forward))
        return (item for item in found if item is not None)

    def walk(self, after: str | None, *, consistent: bool) -> Iterator[Item]:
        keys = sorted(self.items)
        found = (self.read(key, consistent=consistent) for key in keys[bisect_right(keys, after) if after else 0 :])
        return (item for item in found if item is not None)
