"""Sample tables: where the index of a file (`moov`) says that a track's samples are (ISO/IEC 14496-12, 8.5 to 8.7)."""

import struct
from collections.abc import Iterator
from itertools import repeat
from typing import IO, NamedTuple

from cliprelay.media.mp4.boxes import Box, Unreadable, child, read, rows

_U8, _U16, _U32, _U64 = (struct.Struct(f">{letter}") for letter in "BHIQ")
_STSC = struct.Struct(">III")
# Version, flags and the number of rows.
_HEAD = 8
# Far more than in the longest video that any model makes (12 s); a hostile file must not keep us busy.
MOST_SAMPLES = 200_000


class Samples(NamedTuple):
    """`number` samples of equal `size`, one after the other from `offset` on."""

    offset: int
    size: int
    number: int = 1

    @property
    def end(self) -> int:
        return self.offset + self.size * self.number


def samples_of(file: IO[bytes], table: Box) -> Iterator[Samples]:
    """Yield the places of a track's samples, by its `stbl`; raises Unreadable."""
    sizes = child(file, table, b"stsz") or child(file, table, b"stz2")
    offsets = child(file, table, b"stco") or child(file, table, b"co64")
    runs = child(file, table, b"stsc")
    if sizes is None or offsets is None or runs is None:
        return
    uniform, count, each = _sizes(file, sizes)
    left = count
    for offset, in_chunk in zip(_offsets(file, offsets), _per_chunk(file, runs), strict=False):
        here = min(in_chunk, left)
        left -= here
        if uniform:
            if here:
                yield Samples(offset, uniform, here)
        else:
            for _ in range(here):
                size = next(each)
                yield Samples(offset, size)
                offset += size
        if not left:
            return


def _sizes(file: IO[bytes], box: Box) -> tuple[int, int, Iterator[int]]:
    """Return the size of all samples if they have the same, their number, and their sizes otherwise."""
    _, uniform, count = struct.unpack(">III", read(file, box, 0, 12))
    if box.kind == b"stsz" and uniform:
        return uniform, count, iter(())
    if count > MOST_SAMPLES:
        raise Unreadable("too many samples")
    if box.kind == b"stsz":
        return 0, count, (size for (size,) in rows(file, box, 12, count, _U32))
    match uniform & 0xFF:  # stz2 has the width of its fields there
        case 16:
            return 0, count, (size for (size,) in rows(file, box, 12, count, _U16))
        case 8:
            return 0, count, (size for (size,) in rows(file, box, 12, count, _U8))
        case 4:
            pairs = rows(file, box, 12, (count + 1) // 2, _U8)
            return 0, count, (size for (pair,) in pairs for size in (pair >> 4, pair & 15))
    raise Unreadable("an unknown width of sizes")


def _offsets(file: IO[bytes], box: Box) -> Iterator[int]:
    (count,) = _U32.unpack(read(file, box, 4, 4))
    if count > MOST_SAMPLES:
        raise Unreadable("too many chunks")
    return (offset for (offset,) in rows(file, box, _HEAD, count, _U32 if box.kind == b"stco" else _U64))


def _per_chunk(file: IO[bytes], box: Box) -> Iterator[int]:
    """Yield the number of samples in each chunk; the last entry applies to all chunks from there on."""
    (count,) = _U32.unpack(read(file, box, 4, 4))
    if count > MOST_SAMPLES:
        raise Unreadable("too many chunks")
    before: tuple[int, int] | None = None
    for first, samples, _ in rows(file, box, _HEAD, count, _STSC):
        if before:
            yield from repeat(before[1], max(0, first - before[0]))
        before = first, samples
    if before:
        yield from repeat(before[1])
