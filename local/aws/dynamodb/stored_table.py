"""A table in SQLite: items as JSON by key, and one row per item and index it is in.

SQLite compares texts by their UTF-8 bytes, as DynamoDB does, and numbers are stored as bytes in their order.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from sqlite3 import Connection
from typing import Any, NamedTuple

from local.aws.dynamodb import numbers
from local.aws.dynamodb.errors import Invalid
from local.aws.dynamodb.expressions.key_conditions import Bounds
from local.aws.dynamodb.schema import Index, Schema
from local.aws.dynamodb.table import Range
from local.aws.dynamodb.values import Item, Value, size_of, sortable

Sortable = str | bytes

TABLES = (
    # `size` comes before the item, so that it is read without the item.
    """CREATE TABLE IF NOT EXISTS dynamodb_items (
        id INTEGER PRIMARY KEY, table_id INTEGER NOT NULL, key TEXT NOT NULL, size INTEGER NOT NULL, item TEXT NOT NULL,
        UNIQUE (table_id, key))""",
    # `shown` is the item as the index shows it; NULL if it shows all of it. `partition` and `sort` are TEXT or BLOB.
    """CREATE TABLE IF NOT EXISTS dynamodb_index_entries (
        table_id INTEGER, name TEXT, partition, sort, key TEXT, shown TEXT,
        PRIMARY KEY (table_id, name, partition, sort, key)) WITHOUT ROWID""",
)
_PUT = """INSERT INTO dynamodb_items (table_id, key, size, item) VALUES (?, ?, ?, ?)
    ON CONFLICT (table_id, key) DO UPDATE SET size = excluded.size, item = excluded.item"""
_ENTER = "INSERT INTO dynamodb_index_entries VALUES (?, ?, ?, ?, ?, ?)"
_LEAVE = "DELETE FROM dynamodb_index_entries WHERE table_id = ? AND name = ? AND partition = ? AND sort = ? AND key = ?"
_FIND = """SELECT coalesce(shown, (SELECT item FROM dynamodb_items i WHERE i.table_id = e.table_id AND i.key = e.key))
    FROM dynamodb_index_entries e WHERE table_id = ? AND name = ? AND partition = ?"""
# Items that will expire are entered under this name, which no index has.
EXPIRY = ""
_EXPIRED = """SELECT key FROM dynamodb_index_entries WHERE table_id = ? AND name = ? AND partition = '' AND sort > ? AND sort < ?
    ORDER BY sort LIMIT ?"""
_OPERATORS = frozenset(("=", "<", "<=", ">", ">="))


class Entry(NamedTuple):
    """An item's place in an index, and what the index shows of it."""

    partition: Sortable
    sort: Sortable
    key: str
    shown: str | None


@dataclass(frozen=True)
class StoredTable:
    """The items of one table, within one transaction of the database."""

    connection: Connection
    id: int
    schema: Schema

    @property
    def name(self) -> str:
        return self.schema.name

    @property
    def keys(self) -> tuple[str, ...]:
        return self.schema.keys

    @property
    def indexes(self) -> Mapping[str, Index]:
        return self.schema.indexes

    def current(self, key: str) -> Item | None:
        found = self.connection.execute("SELECT item FROM dynamodb_items WHERE table_id = ? AND key = ?", (self.id, key)).fetchone()
        return _item(found[0]) if found else None

    def read(self, key: str, *, consistent: bool) -> Item | None:
        return self.current(key)

    def write(self, key: str, new: Item | None, old: Item | None) -> None:
        if new is None:
            self.connection.execute("DELETE FROM dynamodb_items WHERE table_id = ? AND key = ?", (self.id, key))
        else:
            self.connection.execute(_PUT, (self.id, key, size_of(new), _text(new)))
        for index in self.indexes.values():
            self._move(index.name, self._entry(index, key, old), self._entry(index, key, new))
        if self.schema.expiry:
            self._move(EXPIRY, self._expiry(key, old), self._expiry(key, new))

    def find(self, index: str, wanted: Range) -> Iterator[Item]:
        """Yield items from the rows of the range, one row at a time."""
        conditions, values = _conditions(wanted)
        order = "ASC" if wanted.forward else "DESC"
        text = " AND ".join([_FIND, *conditions]) + f" ORDER BY sort {order}, key {order}"
        for (item,) in self.connection.execute(text, (self.id, index, sortable(wanted.partition), *values)):
            yield _item(item)

    def walk(self, after: str | None, *, consistent: bool) -> Iterator[Item]:
        # No key is empty.
        text = "SELECT item FROM dynamodb_items WHERE table_id = ? AND key > ? ORDER BY key"
        for (item,) in self.connection.execute(text, (self.id, after or "")):
            yield _item(item)

    def span(self, bounds: list[tuple[str, str]], *, forward: bool, consistent: bool) -> Iterator[Item]:
        conditions = [f"key {operator} ?" for operator, _ in bounds if operator in _OPERATORS]
        text = " AND ".join(["SELECT item FROM dynamodb_items WHERE table_id = ?", *conditions])
        order = f" ORDER BY key {'ASC' if forward else 'DESC'}"
        for (item,) in self.connection.execute(text + order, (self.id, *(value for _, value in bounds))):
            yield _item(item)

    def build(self, index: Index) -> None:
        """Enter all items into a new index; as in DynamoDB, one whose keys have other types stays outside."""
        for item in self.walk(None, consistent=True):
            with suppress(Invalid):
                index.check(item)
                self._move(index.name, None, self._entry(index, self.schema.key_text(item), item))

    def build_expiry(self) -> None:
        """Enter when each item expires, after the attribute that says so has changed."""
        self.remove_index(EXPIRY)
        for item in self.walk(None, consistent=True):
            self._move(EXPIRY, None, self._expiry(self.schema.key_text(item), item))

    def expire(self, first: int, end: int, most: int) -> int:
        """Remove items that expire between these seconds; return how many."""
        bounds = (numbers.sortable(str(first)), numbers.sortable(str(end)))
        keys = self.connection.execute(_EXPIRED, (self.id, EXPIRY, *bounds, most)).fetchall()
        for (key,) in keys:
            self.write(key, None, self.current(key))
        return len(keys)

    def remove_index(self, name: str) -> None:
        self.connection.execute("DELETE FROM dynamodb_index_entries WHERE table_id = ? AND name = ?", (self.id, name))

    def remove_all(self) -> None:
        """Remove every item."""
        for table in ("dynamodb_index_entries", "dynamodb_items"):
            self.connection.execute(f"DELETE FROM {table} WHERE table_id = ?", (self.id,))  # noqa: S608 - one of the two names above

    def count(self) -> tuple[int, int]:
        """Return how many items there are, and about how many bytes they have: so many times the mean of the first thousand."""
        ((count,),) = self.connection.execute("SELECT count(*) FROM dynamodb_items WHERE table_id = ?", (self.id,))
        sample = "SELECT avg(size) FROM (SELECT size FROM dynamodb_items WHERE table_id = ? LIMIT 1000)"
        ((mean,),) = self.connection.execute(sample, (self.id,))
        return count, round(count * (mean or 0))

    def _move(self, index: str, old: Entry | None, new: Entry | None) -> None:
        if old == new:
            return
        if old:
            self.connection.execute(_LEAVE, (self.id, index, *old[:3]))
        if new:
            self.connection.execute(_ENTER, (self.id, index, *new))

    def _entry(self, index: Index, key: str, item: Item | None) -> Entry | None:
        if item is None or index.hash_key not in item or (index.range_key and index.range_key not in item):
            return None
        sort = sortable(item[index.range_key]) if index.range_key else ""
        shown = None if index.included is None else _text(index.shown(item, self.keys))
        return Entry(sortable(item[index.hash_key]), sort, key, shown)

    def _expiry(self, key: str, item: Item | None) -> Entry | None:
        value = (item or {}).get(self.schema.expiry or "", {})
        return Entry("", sortable(value), key, None) if "N" in value else None


def _conditions(wanted: Range) -> tuple[list[str], list[Any]]:
    """Return the SQL for the bounds of a range, with its values."""
    conditions, values = _bounds(wanted.bounds)
    if wanted.after:
        sort, key = wanted.after
        conditions.append(f"(sort, key) {'>' if wanted.forward else '<'} (?, ?)")
        values += [sortable(sort) if sort else "", key]
    return conditions, values


def _bounds(bounds: Bounds) -> tuple[list[str], list[Any]]:
    # The operators are ours, as the expression's parser knows them.
    return [f"sort {operator} ?" for operator, _ in bounds if operator in _OPERATORS], [sortable(value) for _, value in bounds]


def _text(item: Mapping[str, Value]) -> str:
    return json.dumps(item, ensure_ascii=False, separators=(",", ":"))


def _item(text: str) -> Item:
    item: Item = json.loads(text)
    return item
