"""One DynamoDB table in memory: items by key, and ordered sparse indexes, which may lag."""

from bisect import bisect_left, bisect_right, insort
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.support.memory_aws.expressions import Item, comparable

Position = tuple[Any, str]  # sort key, then the item's key, to order equal sort keys


@dataclass
class Index:
    """A global secondary index; it contains only items with both of its keys."""

    name: str
    hash_key: str
    range_key: str | None = None
    range_type: str = "S"
    keys_only: bool = False
    partitions: dict[Any, list[Position]] = field(default_factory=dict)

    def position(self, item: Item | None) -> tuple[Any, Any] | None:
        """Return the partition and the sort key of an item; None if it is not in the index."""
        if item is None or self.hash_key not in item or (self.range_key and self.range_key not in item):
            return None
        return comparable(item[self.hash_key]), comparable(item[self.range_key]) if self.range_key else ""

    def refuses(self, item: Item) -> str | None:
        """Return the attribute whose type does not match the index."""
        types = {self.hash_key: "S", self.range_key: self.range_type}
        return next((name for name, kind in types.items() if name and name in item and kind not in item[name]), None)

    @property
    def keys(self) -> tuple[str, ...]:
        return (self.hash_key, self.range_key) if self.range_key else (self.hash_key,)

    def move(self, key: str, old: Item | None, new: Item | None) -> None:
        """Apply one write."""
        was, now = self.position(old), self.position(new)
        if was == now:
            return
        if was:
            positions = self.partitions[was[0]]
            del positions[bisect_left(positions, (was[1], key))]
        if now:
            insort(self.partitions.setdefault(now[0], []), (now[1], key))

    def between(self, partition: Any, bounds: list[tuple[str, Any]]) -> list[Position]:
        """Return the positions of one partition with a sort key within the bounds, in order."""
        positions = self.partitions.get(partition, [])
        start, end = 0, len(positions)
        for operator, value in bounds:
            match operator:
                case ">" | ">=" | "=":
                    edge = bisect_right if operator == ">" else bisect_left
                    start = max(start, edge(positions, value, key=_sort_key))
            match operator:
                case "<" | "<=" | "=":
                    edge = bisect_left if operator == "<" else bisect_right
                    end = min(end, edge(positions, value, key=_sort_key))
        return positions[start:end]


def _sort_key(position: Position) -> Any:
    return position[0]


Watcher = Callable[[str, Item | None, Item | None], None]


class Table:
    """Items with one string key; `lag` returns how many seconds the indexes lag, `watch` sees every write."""

    def __init__(self, name: str, key: str, indexes: tuple[Index, ...], now: Callable[[], float]) -> None:
        self.name, self.key, self.now = name, key, now
        self.indexes = {index.name: index for index in indexes}
        self.items: dict[str, Item] = {}
        self.lag: Callable[[], float] = lambda: 0.0
        self.watch: Watcher = lambda key, old, new: None
        self._late: deque[tuple[float, str, Item | None, Item | None]] = deque()

    def write(self, key: str, new: Item | None) -> None:
        """Replace or remove an item; the indexes follow after their lag."""
        old = self.items.get(key)
        if new is None:
            self.items.pop(key, None)
        else:
            self.items[key] = new
        self.watch(key, old, new)
        self._late.append((self.now() + self.lag(), key, old, new))

    def index(self, name: str) -> Index:
        """Return the index as far as it has caught up."""
        now = self.now()
        while self._late and self._late[0][0] <= now:
            _, key, old, new = self._late.popleft()
            for index in self.indexes.values():
                index.move(key, old, new)
        return self.indexes[name]

    def shown(self, index: Index, key: str) -> Item | None:
        """Return an item as a query shows it; None if it has been removed since."""
        item = self.items.get(key)
        if item is None or not index.keys_only:
            return item
        return {name: item[name] for name in (self.key, *index.keys) if name in item}

    def __iter__(self) -> Iterator[str]:
        return iter(self.items)
