"""Spread what would have one partition key over several, because a partition takes 1,000 write units a second."""

from collections.abc import Iterable, Iterator
from typing import TypeVar
from zlib import crc32

T = TypeVar("T")


def shard_of(name: str, item_id: str, count: int) -> str:
    """Return the one of `count` partition keys that an item always has, such as `due#7`."""
    return f"{name}#{crc32(item_id.encode()) % count}"


def shards(name: str, count: int) -> list[str]:
    """Return all partition keys of a name."""
    return [f"{name}#{number}" for number in range(count)]


def in_turn(*sources: Iterable[T]) -> Iterator[T]:
    """Yield one item of each source in turn, so that a long one delays no other; each is read only as far as needed."""
    waiting = [iter(source) for source in sources]
    while waiting:
        going_on = []
        for source in waiting:
            try:
                item = next(source)
            except StopIteration:
                continue
            going_on.append(source)
            yield item
        waiting = going_on
