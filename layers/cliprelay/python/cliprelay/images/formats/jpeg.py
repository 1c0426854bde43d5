"""JPEG: the segments before the first scan. ITU-T T.81, annex B."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cliprelay.images.errors import TRUNCATED, ImageRefused, ImageUnread, broken
from cliprelay.images.formats import mpf, tiff
from cliprelay.images.header import Probed
from cliprelay.images.reader import Reader

MAGIC = b"\xff\xd8\xff"
# Start-of-frame markers; C4, C8 and CC in this range are tables, not frames. DE defines the size of a hierarchical picture.
_FRAMES = (frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}) | {0xDE}
# Markers without a length: C8 and F0 to FD are reserved, and decoders search for the next marker right after them.
_BARE = frozenset([0x01, 0xC8, *range(0xD0, 0xDA), *range(0xF0, 0xFE)])
_SCAN, _APP1, _APP2 = 0xDA, 0xE1, 0xE2
# Some cameras and editors write stray bytes between segments; decoders skip to the next marker.
_MARKER = re.compile(rb"\xff([^\x00\xff])")
_STEP, _MOST_STRAY = 4_096, 65_536


@dataclass
class _Found:
    size: tuple[int, int] | None = None
    turned: bool | None = None
    pictures: int | None = None  # where the index of further pictures begins
    gain_map: bool = False


def read(file: Reader) -> Probed:
    """Read the size from the frame header; all segments of interest come before the first scan."""
    found = _Found()
    try:
        for marker, position, length in _segments(file):
            _note(file, found, marker, position, length)
    except ImageRefused as refusal:
        if found.size and refusal.code == TRUNCATED:  # decoders give its size nevertheless
            raise ImageUnread("it ends before its image data") from None
        raise
    if found.size is None:
        raise broken("it has no frame header")
    width, height = found.size
    if not width or not height:
        raise broken("its header gives no width or no height")
    return Probed("jpeg", width, height, frames=_frames(file, found), turned=bool(found.turned))


def _note(file: Reader, found: _Found, marker: int, position: int, length: int) -> None:
    if marker in _FRAMES:
        found.size = _size(file, position, length)  # the last one counts
    elif marker == _APP2:
        if file.up_to(position, 4) == mpf.MAGIC:
            found.pictures = position + 4
        found.gain_map = found.gain_map or mpf.names_gain_map(file.up_to(position, mpf.ISO_NAME))
    elif marker == _APP1:
        begin = file.up_to(position, 6)
        if begin == b"Exif\0\0" and found.turned is None:
            found.turned = tiff.is_turned(file, position + 6)
        elif begin == b"http:/" and not found.gain_map:
            found.gain_map = mpf.names_gain_map(file.up_to(position, min(length, mpf.XMP)))


def _frames(file: Reader, found: _Found) -> int | None:
    if found.pictures is None or found.size is None or found.gain_map:
        return 1
    return mpf.frames(file, found.pictures, lambda place: size_at(file, place) == found.size)


def size_at(file: Reader, place: int) -> tuple[int, int] | None:
    """Return width and height of another picture in the file; None if there is none, or a gain map."""
    if file.up_to(place, 3) != MAGIC:
        return None
    found = _Found()
    for marker, position, length in _segments(file, place + 2):
        _note(file, found, marker, position, length)
    return None if found.gain_map else found.size


def _segments(file: Reader, position: int = 2) -> Iterator[tuple[int, int, int]]:
    """Yield marker, position and length of each segment's contents, up to the first scan."""
    while True:
        marker, position = _marker(file, position)
        if marker == _SCAN:
            break
        if marker in _BARE:
            continue
        if marker < 0xC0:
            raise broken("it has a segment of an unknown kind")
        (length,) = file.unpack(">H", position)
        length = max(length, 2)  # the length includes itself
        yield marker, position + 2, length - 2
        position += length


def _marker(file: Reader, position: int) -> tuple[int, int]:
    """Return the next marker and the position after it, whatever bytes come before it."""
    data = file.at(position, 2)
    begin = position
    while not (match := _MARKER.search(data)):
        position += max(len(data) - 1, 1)  # the last byte may begin a marker
        if position - begin > _MOST_STRAY:
            raise ImageUnread("it has too many stray bytes between its segments")
        data = file.at(position, 2) + file.up_to(position + 2, _STEP)
    return match[1][0], position + match.end()


def _size(file: Reader, position: int, length: int) -> tuple[int, int]:
    if length < 6:
        raise broken("its frame header is too short")
    height, width = file.unpack(">HH", position + 1)
    return width, height
