"""MP4 check: a complete file is a sequence of valid boxes that add up exactly to its length."""

import struct
from typing import IO

# ISO/IEC 14496-12: a box is a 32-bit length and a four-letter type; length 1 means that a 64-bit length follows, 0 "to the end".
_HEADER = struct.Struct(">I4s")
_LONG = struct.Struct(">Q")
# No real file has more at its top level; a hostile one must not cause an endless loop.
MOST_BOXES = 10_000


def is_whole_mp4(file: IO[bytes], size: int, *, end_is_known: bool = True) -> bool:
    """Return whether `size` bytes are an MP4 with complete type, index (`moov`) and media (`mdat`) boxes.

    A last box that extends "to the end" is complete only if the end of the file is known otherwise (`end_is_known`).
    """
    found: list[bytes] = []
    position = 0
    while position < size and len(found) < MOST_BOXES:
        length, kind = _box(file, position, size if end_is_known else position)
        if length < _HEADER.size or position + length > size:
            return False
        found.append(kind)
        position += length
    return position == size and found[:1] == [b"ftyp"] and {b"moov", b"mdat"} <= set(found)


def _box(file: IO[bytes], position: int, end: int) -> tuple[int, bytes]:
    file.seek(position)
    header = file.read(_HEADER.size)
    if len(header) < _HEADER.size:
        return 0, b""
    length, kind = _HEADER.unpack(header)
    if length == 0:
        return end - position, kind
    if length == 1:
        long = file.read(_LONG.size)
        return (_LONG.unpack(long)[0] if len(long) == _LONG.size else 0), kind
    return length, kind
