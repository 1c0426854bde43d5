"""Objects of a bucket in the order of their keys, those below a delimiter as one common prefix."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from sqlite3 import Connection

from local.aws.s3.store import index
from local.aws.s3.store.index import StoredObject


@dataclass(frozen=True)
class Query:
    """Which objects to list: those whose key or common prefix comes after `after`."""

    bucket: str
    prefix: str = ""
    delimiter: str = ""
    after: str = ""
    most: int = 1000


@dataclass(frozen=True)
class Page:
    """The first objects and common prefixes, and the name after which the next page begins, if there is one."""

    objects: list[StoredObject]
    prefixes: list[str]
    last: str | None


def page(connection: Connection, query: Query) -> Page:
    """Return one page."""
    found = list(islice(_walk(connection, query), query.most + 1))
    shown = found[: query.most]
    more = len(found) > query.most > 0
    return Page(
        [each for each in shown if isinstance(each, StoredObject)],
        [each for each in shown if isinstance(each, str)],
        _name(shown[-1]) if more else None,
    )


def _walk(connection: Connection, query: Query) -> Iterator[StoredObject | str]:
    prefix, after = query.prefix.encode(), query.after.encode()
    end = _successor(prefix)
    place: bytes | None = max(prefix, after + b"\0") if after else prefix
    while place is not None and (stored := index.first(connection, query.bucket, place, end)):
        group = _group(stored.key, query)
        if group is None:
            yield stored
            place = stored.key.encode() + b"\0"
        else:
            if group.encode() > after:
                yield group
            place = _successor(group.encode())


def _group(key: str, query: Query) -> str | None:
    """Return the common prefix to which a key belongs."""
    head, found, _ = key[len(query.prefix) :].partition(query.delimiter) if query.delimiter else ("", "", "")
    return query.prefix + head + found if found else None


def _successor(prefix: bytes) -> bytes | None:
    """Return the first bytes after all that begin with the prefix; None for the empty one."""
    # UTF-8 has no byte 255.
    return prefix[:-1] + bytes((prefix[-1] + 1,)) if prefix else None


def _name(each: StoredObject | str) -> str:
    return each if isinstance(each, str) else each.key
