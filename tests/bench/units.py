"""Capacity units of DynamoDB, from the bytes of an item before and after a write, or of what was read.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
"""

from collections.abc import Iterable, Mapping

from local.aws.dynamodb.schema import Index
from local.aws.dynamodb.values import Item, size_of

# A write unit is a write of up to 1 KB, a read unit a consistent read of up to 4 KB.
WRITE_BYTES, READ_BYTES = 1024, 4096
# A transaction makes two writes, or two reads, of each of its items.
TRANSACTION = 2
# An item that is found by nobody costs as much as the smallest one.
EVENTUAL = 0.5


def blocks(size: int, block: int) -> int:
    """Return how many blocks a size fills, at least one."""
    return max(1, -(-size // block))


def table_units(old: Item | None, new: Item | None) -> int:
    """Return the units of a write to the table: those of the larger of the two items."""
    return blocks(max(size_of(old or {}), size_of(new or {})), WRITE_BYTES)


def index_units(index: Index, keys: tuple[str, ...], old: Item | None, new: Item | None) -> int:
    """Return the units of a write to an index: none if it shows no change, and two writes if one of its keys changes."""
    was, now = _entry(index, keys, old), _entry(index, keys, new)
    if was == now:
        return 0
    sizes = [size_of(each) for each in (was, now) if each is not None]
    if was is None or now is None or any(was[name] != now[name] for name in index.keys):
        return sum(blocks(size, WRITE_BYTES) for size in sizes)
    return blocks(max(sizes), WRITE_BYTES)


def _entry(index: Index, keys: tuple[str, ...], item: Item | None) -> Item | None:
    """Return what the index shows of an item; None if the item is not in it."""
    if item is None or any(name not in item for name in index.keys):
        return None
    return index.shown(item, keys)


def write_units(
    keys: tuple[str, ...], indexes: Mapping[str, Index], old: Item | None, new: Item | None, *, in_transaction: bool
) -> dict[str, int]:
    """Return the units of one write by index, those of the table under ""; an index is not doubled in a transaction."""
    found = {"": table_units(old, new) * (TRANSACTION if in_transaction else 1)}
    return found | {name: index_units(index, keys, old, new) for name, index in indexes.items()}


def read_units(items: Iterable[Item | None], *, consistent: bool) -> float:
    """Return the units of reads of single items."""
    return sum(blocks(size_of(item or {}), READ_BYTES) for item in items) * (1 if consistent else EVENTUAL)


def query_units(items: Iterable[Item], *, consistent: bool) -> float:
    """Return the units of a query, which adds up what it reads before it rounds."""
    return blocks(sum(size_of(item) for item in items), READ_BYTES) * (1 if consistent else EVENTUAL)
