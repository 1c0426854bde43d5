"""JPEG: the segments before the first scan. ITU-T T.81, annex B; the multi-picture format is CIPA DC-007."""

from collections.abc import Iterator

from cliprelay.images.errors import broken
from cliprelay.images.formats import tiff
from cliprelay.images.header import Probed
from cliprelay.images.reader import Reader

MAGIC = b"\xff\xd8\xff"
# Start-of-frame markers; C4, C8 and CC in this range are tables, not frames.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# Markers without a length.
_BARE = frozenset(range(0xD0, 0xD9)) | {0x01}
_SCAN, _END, _APP1, _APP2 = 0xDA, 0xD9, 0xE1, 0xE2


def read(file: Reader) -> Probed:
    """Read the size from the frame header; all segments of interest come before the first scan."""
    size: tuple[int, int] | None = None
    frames, turned = 1, None
    for marker, position, length in _segments(file):
        if marker in _FRAMES:
            size = size or _size(file, position, length)
        elif marker == _APP2 and file.up_to(position, 4) == b"MPF\0":
            frames = 2
        elif marker == _APP1 and turned is None and file.up_to(position, 6) == b"Exif\0\0":
            turned = tiff.is_turned(file, position + 6)
    if size is None:
        raise broken("it has no frame header")
    return Probed("jpeg", *size, frames=frames, turned=bool(turned))


def _segments(file: Reader) -> Iterator[tuple[int, int, int]]:
    """Yield marker, position and length of each segment's contents, up to the first scan."""
    position = 2
    while True:
        start, marker = file.at(position, 2)
        if start != 0xFF or marker == 0:
            raise broken("it has stray bytes between its segments")
        if marker in (_SCAN, _END):
            break
        if marker == 0xFF:  # padding
            position += 1
        elif marker in _BARE:
            position += 2
        else:
            (length,) = file.unpack(">H", position + 2)
            if length < 2:
                raise broken("it has a segment shorter than its own length")
            yield marker, position + 4, length - 2
            position += 2 + length
    if marker == _END:
        raise broken("it has no image data")


def _size(file: Reader, position: int, length: int) -> tuple[int, int]:
    if length < 6:
        raise broken("its frame header is too short")
    height, width = file.unpack(">HH", position + 1)
    return width, height
