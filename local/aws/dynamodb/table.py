"""What the operations need of a table, whatever keeps its items."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from local.aws.dynamodb.expressions.key_conditions import Bounds
from local.aws.dynamodb.schema import Index
from local.aws.dynamodb.values import Item, Value


@dataclass(frozen=True)
class Range:
    """Where a query reads: a partition, bounds of the sort key, and the item after which it goes on, by sort key and key."""

    partition: Value
    bounds: Bounds
    after: tuple[Value | None, str] | None
    forward: bool


class Table(Protocol):
    """Items by their key as one text; every item that is returned must not be changed."""

    @property
    def name(self) -> str: ...

    @property
    def keys(self) -> tuple[str, ...]: ...

    @property
    def indexes(self) -> Mapping[str, Index]: ...

    def current(self, key: str) -> Item | None:
        """Return an item as it is."""
        ...

    def read(self, key: str, *, consistent: bool) -> Item | None:
        """Return an item, unless the read is consistent perhaps as it was a moment ago."""
        ...

    def write(self, key: str, new: Item | None, old: Item | None) -> None:
        """Replace the old item, which is the current one, or remove it."""
        ...

    def find(self, index: str, wanted: Range) -> Iterator[Item]:
        """Yield the items of an index in order, as it shows them, reading no more than is taken."""
        ...

    def span(self, bounds: list[tuple[str, str]], *, forward: bool, consistent: bool) -> Iterator[Item]:
        """Yield the items whose key is within all bounds, an operator and a text each, in order."""
        ...

    def walk(self, after: str | None, *, consistent: bool) -> Iterator[Item]:
        """Yield all items in the order of their keys."""
        ...
