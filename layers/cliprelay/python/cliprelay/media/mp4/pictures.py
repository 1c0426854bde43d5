"""Pictures: whether the samples of a video track look like coded pictures of its format, without decoding them.

A file full of zeros, or of noise, has perfect tables. H.264 and H.265 samples are checked to their last unit, because that is
cheap and sure; other formats by their first bytes. An unknown format is only not all zeros.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from cliprelay.media.mp4.boxes import Box, Unreadable, children, read, read_at
from cliprelay.media.mp4.samples import Samples

# Of longer samples, only so much of each end is compared with zeros.
_ENDS = 4_096
# A picture has some units, of which a hostile file could have millions.
MOST_UNITS = 10_000
# A visual sample entry has this many bytes before its own boxes (ISO/IEC 14496-12, 12.1.3).
_ENTRY = 78


@dataclass(frozen=True)
class Format:
    """The format of a video track: its four-letter name, and the width of the lengths in H.264 and H.265 samples."""

    name: bytes
    width: int = 0


_H264 = frozenset({b"avc1", b"avc2", b"avc3", b"avc4", b"dva1", b"dvav"})
_H265 = frozenset({b"hvc1", b"hev1", b"dvh1", b"dvhe"})
_FirstBytes = Callable[[bytes], bool]
_FIRST_BYTES: dict[bytes, _FirstBytes] = {
    b"av01": lambda first: not first[0] & 0x81,  # the forbidden and the reserved bit of an OBU's header
    b"vp08": lambda first: bool(first[0] | first[1] | first[2]),
    b"vp09": lambda first: first[0] >> 6 == 0b10,
    # A start code of MPEG; JPEG and PNG go under this name, too.
    b"mp4v": lambda first: first[:3] == b"\0\0\1" or first[:2] in (b"\xff\xd8", b"\x89P"),
    b"jpeg": lambda first: first[:2] == b"\xff\xd8",
}


def format_of(file: IO[bytes], description: Box) -> Format:
    """Return the format that a track's `stsd` describes; raises Unreadable if nobody could decode it."""
    entry = next(children(file, description, 8), None)
    if entry is None or not entry.kind.strip().isalnum() or entry.kind == b"encv":
        raise Unreadable("an unknown or encrypted format")
    if entry.kind not in _H264 | _H265:
        return Format(entry.kind)
    wanted, least, place = (b"avcC", 7, 4) if entry.kind in _H264 else (b"hvcC", 23, 21)
    setup = next((box for box in children(file, entry, _ENTRY) if box.kind == wanted), None)
    if setup is None:
        raise Unreadable("a format without its setup")
    fields = read(file, setup, 0, least)
    if wanted == b"avcC" and (fields[0] != 1 or (entry.kind in (b"avc1", b"avc2") and not fields[5] & 31)):
        raise Unreadable("a format without its parameters")
    return Format(entry.kind, (fields[place] & 3) + 1)


def are_pictures(file: IO[bytes], form: Format, samples: Sequence[Samples]) -> bool:
    """Return whether samples look like pictures of the format: each of them, and at least one has a picture in it."""
    filled = [each for each in samples if each.size]
    try:
        found = [_has_picture(file, form, each) for each in filled]
    except Unreadable:
        return False
    return any(found)


def _has_picture(file: IO[bytes], form: Format, sample: Samples) -> bool:
    """Return whether a sample holds a picture; raises Unreadable if it is not of the format."""
    if form.width:
        units = list(_units(file, form, sample))  # all of them, to the last one
        return any(units)
    first = read_at(file, sample.offset, min(sample.size, _ENDS))
    last = read_at(file, sample.offset + sample.size - len(first), len(first))
    begins_well = _FIRST_BYTES.get(form.name)
    if not (any(first) or any(last)) or (begins_well and not begins_well(first[:4].ljust(4, b"\0"))):
        raise Unreadable("not of its format")
    return True


def _units(file: IO[bytes], form: Format, sample: Samples) -> Iterator[bool]:
    """Yield for each NAL unit of a sample whether it is part of a picture; their lengths must add up to the sample."""
    position, end = sample.offset, sample.offset + sample.size
    for _ in range(MOST_UNITS):
        if position >= end:
            return
        head = read_at(file, position, min(form.width + 2, end - position))
        length = int.from_bytes(head[: form.width], "big")
        position += form.width + length
        if length < (1 if form.name in _H264 else 2) or position > end:
            raise Unreadable("units do not add up to their sample")
        yield (_is_h264_picture if form.name in _H264 else _is_h265_picture)(head[form.width :])
    if position < end:
        raise Unreadable("too many units")


def _is_h264_picture(header: bytes) -> bool:
    kind = header[0] & 31
    if header[0] & 0x80 or not 1 <= kind <= 23:
        raise Unreadable("not a unit of H.264")
    return kind <= 5


def _is_h265_picture(header: bytes) -> bool:
    if header[0] & 0x80 or not header[1] & 7:
        raise Unreadable("not a unit of H.265")
    return header[0] >> 1 & 63 < 32
