"""Movie fragments: the samples of a file whose index comes in pieces, one `moof` before each `mdat` (ISO/IEC 14496-12, 8.8)."""

import struct
from collections.abc import Iterator
from typing import IO

from cliprelay.media.mp4.boxes import Box, Unreadable, child, children, read, rows
from cliprelay.media.mp4.samples import MOST_SAMPLES, Samples

# Flags of tfhd, with the width of the field that each announces, in the order of the fields.
_TFHD_BASE, _TFHD_SIZE = 0x1, 0x10
_TFHD = ((_TFHD_BASE, 8), (0x2, 4), (0x8, 4), (_TFHD_SIZE, 4))
# Flags of trun: two fields of the box, then up to four of each sample.
_TRUN_OFFSET, _TRUN_FIRST, _TRUN_SIZE = 0x1, 0x4, 0x200
_TRUN_ROW = (0x100, _TRUN_SIZE, 0x400, 0x800)


def default_sizes(file: IO[bytes], index: Box) -> dict[int, int]:
    """Return the default sample size of each track that has fragments, by track id."""
    extension = child(file, index, b"mvex")
    found: dict[int, int] = {}
    for box in children(file, extension) if extension else ():
        if box.kind == b"trex":
            _, track, _, _, size = struct.unpack(">IIIII", read(file, box, 0, 20))
            found[track] = size
    return found


def fragment_samples(file: IO[bytes], fragment: Box, sizes: dict[int, int]) -> Iterator[tuple[int, Samples]]:
    """Yield the samples of one `moof`, each with its track id; raises Unreadable."""
    position = fragment.start
    for part in children(file, fragment):
        if part.kind != b"traf":
            continue
        header = child(file, part, b"tfhd")
        if header is None:
            raise Unreadable("a fragment without a header")
        track, base, size = _header(file, header, fragment.start, sizes)
        position = base
        for run in children(file, part):
            if run.kind == b"trun":
                for samples in _run(file, run, base, position, size):
                    yield track, samples
                    position = samples.end


def _header(file: IO[bytes], box: Box, base: int, sizes: dict[int, int]) -> tuple[int, int, int]:
    """Return the track id, the position from which offsets count, and the default sample size."""
    flags, track = struct.unpack(">II", read(file, box, 0, 8))
    size, at = sizes.get(track, 0), 8
    for flag, width in _TFHD:
        if flags & flag:
            value = int.from_bytes(read(file, box, at, width), "big")
            base, size = (value if flag == _TFHD_BASE else base), (value if flag == _TFHD_SIZE else size)
            at += width
    return track, base, size


def _run(file: IO[bytes], box: Box, base: int, position: int, size: int) -> Iterator[Samples]:
    flags, count = struct.unpack(">II", read(file, box, 0, 8))
    if count > MOST_SAMPLES:
        raise Unreadable("too many samples")
    at = 8
    if flags & _TRUN_OFFSET:
        position = base + struct.unpack(">i", read(file, box, at, 4))[0]
        at += 4
    at += 4 if flags & _TRUN_FIRST else 0
    fields = [flag for flag in _TRUN_ROW if flags & flag]
    if _TRUN_SIZE not in fields:
        if count and size:
            yield Samples(position, size, count)
        return
    place = fields.index(_TRUN_SIZE)
    for row in rows(file, box, at, count, struct.Struct(f">{len(fields)}I")):
        yield Samples(position, row[place])
        position += row[place]
