"""Boxes: the length-prefixed parts of which an MP4 file, and most of its parts, consist (ISO/IEC 14496-12, 4.2)."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

# A box is a 32-bit length and a four-letter type; length 1 means that a 64-bit length follows, 0 "to the end".
_HEADER = struct.Struct(">I4s")
_LONG = struct.Struct(">Q")
# No real file has more at its top level, or inside one box; a hostile one must not keep us busy.
MOST_BOXES, MOST_CHILDREN = 10_000, 1_000
# Tables are read in pieces of this many bytes, because a hostile file may claim gigabytes.
PIECE = 1 << 16


class Unreadable(Exception):
    """The file is not what its boxes claim; players would give up, too."""


@dataclass(frozen=True)
class Box:
    """A box at `start`: its content is between `content` and `end`, which may lie behind the end of the file."""

    kind: bytes
    start: int
    content: int
    end: int


def boxes(file: IO[bytes], start: int, end: int, most: int = MOST_BOXES) -> Iterator[Box]:
    """Yield the boxes between two positions; stops at bytes that are no box, and after a box that is longer than the place."""
    position = start
    for _ in range(most):
        box = _box(file, position, end)
        if box is None:
            return
        yield box
        position = box.end
    if position < end:
        raise Unreadable("too many boxes")


def children(file: IO[bytes], parent: Box, skip: int = 0) -> Iterator[Box]:
    """Yield the boxes inside a box, after `skip` bytes of its own fields; raises Unreadable if one is longer than its parent."""
    for box in boxes(file, parent.content + skip, parent.end, MOST_CHILDREN):
        if box.end > parent.end:
            raise Unreadable("a box is longer than its parent")
        yield box


def child(file: IO[bytes], parent: Box, *path: bytes) -> Box | None:
    """Return the first box at a path below a box; None if there is none."""
    for kind in path:
        found = next((box for box in children(file, parent) if box.kind == kind), None)
        if found is None:
            return None
        parent = found
    return parent


def read(file: IO[bytes], box: Box, offset: int, length: int) -> bytes:
    """Read some bytes of a box's content; raises Unreadable if it is shorter."""
    start = box.content + offset
    if start + length > box.end:
        raise Unreadable("a box is too short")
    return read_at(file, start, length)


def read_at(file: IO[bytes], start: int, length: int) -> bytes:
    """Read some bytes of the file; raises Unreadable if they are not in it."""
    file.seek(max(start, 0))
    data = file.read(length)
    if start < 0 or len(data) < length:
        raise Unreadable("bytes outside the file")
    return data


def rows(file: IO[bytes], box: Box, offset: int, count: int, form: struct.Struct) -> Iterator[tuple[int, ...]]:
    """Yield the rows of a table in a box; raises Unreadable if the table is longer than the box."""
    if box.content + offset + count * form.size > box.end:
        raise Unreadable("a table is longer than its box")
    at_once = max(1, PIECE // form.size)
    for first in range(0, count, at_once):
        some = min(at_once, count - first)
        yield from form.iter_unpack(read(file, box, offset + first * form.size, some * form.size))


def _box(file: IO[bytes], position: int, end: int) -> Box | None:
    if position + _HEADER.size > end:
        return None  # also before a seek to a place that no file has
    file.seek(position)
    header = file.read(_HEADER.size)
    if len(header) < _HEADER.size:
        return None
    length, kind = _HEADER.unpack(header)
    if length == 0:
        return Box(kind, position, position + _HEADER.size, end)
    if length != 1:
        return Box(kind, position, position + _HEADER.size, position + length) if length >= _HEADER.size else None
    long = file.read(_LONG.size)
    length = _LONG.unpack(long)[0] if len(long) == _LONG.size else 0
    head = _HEADER.size + _LONG.size
    return Box(kind, position, position + head, position + length) if length >= head else None
