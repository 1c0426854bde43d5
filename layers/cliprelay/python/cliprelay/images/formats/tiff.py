"""TIFF: the first directory, and whether another follows. TIFF 6.0 (Adobe, 1992); Exif puts such a directory into a JPEG."""

from struct import unpack_from

from cliprelay.images.errors import ImageRefused, ImageUnread, broken
from cliprelay.images.header import Probed
from cliprelay.images.reader import Reader

MAGIC = (b"II*\x00", b"MM\x00*")
_WIDTH, _HEIGHT, _ORIENTATION = 256, 257, 274
# Whole numbers: BYTE, SHORT, LONG.
_NUMBERS = {1: "B", 3: "H", 4: "I"}
# Orientations with a quarter turn.
_QUARTERS = (5, 6, 7, 8)
# Programs write some twenty, cameras fewer than two hundred.
_MOST_ENTRIES = 1_000


def read(file: Reader) -> Probed:
    """Read the first image; of the chain of directories after it, only the next one is checked."""
    order, first = _order(file, 0)
    tags, following = _directory(file, 0, order, first)
    if _WIDTH not in tags or _HEIGHT not in tags:
        raise broken("its first directory has no size")
    turned = tags.get(_ORIENTATION) in _QUARTERS
    return Probed("tiff", tags[_WIDTH], tags[_HEIGHT], frames=_frames(file, order, first, following), turned=turned)


def is_turned(file: Reader, base: int) -> bool:
    """Return whether the Exif data at `base` asks for a quarter turn; damaged data does not."""
    try:
        order, first = _order(file, base)
        tags, _ = _directory(file, base, order, first)
    except (ImageRefused, ImageUnread):
        return False
    return tags.get(_ORIENTATION) in _QUARTERS


def _order(file: Reader, base: int) -> tuple[str, int]:
    """Return the byte order and the position of the first directory."""
    magic = file.at(base, 4)
    if magic not in MAGIC:
        raise broken("its byte order is unknown")
    order = "<" if magic == MAGIC[0] else ">"
    (first,) = file.unpack(order + "I", base + 4)
    return order, first


def _directory(file: Reader, base: int, order: str, place: int) -> tuple[dict[int, int], int]:
    """Return a directory's single integers by tag, and the position of the next directory (0: none)."""
    (count,) = file.unpack(order + "H", base + place)
    if place < 8 or not 0 < count <= _MOST_ENTRIES:
        raise broken("its first directory is empty or invalid")
    data = file.at(base + place + 2, 12 * count + 4)
    tags: dict[int, int] = {}
    for entry in range(0, 12 * count, 12):
        tag, kind, number = unpack_from(order + "HHI", data, entry)
        if kind in _NUMBERS and number == 1:
            tags.setdefault(tag, unpack_from(order + _NUMBERS[kind], data, entry + 8)[0])
    (following,) = unpack_from(order + "I", data, 12 * count)
    return tags, following


def _frames(file: Reader, order: str, first: int, following: int) -> int | None:
    """Return 1 or 2; None if the next directory is unreadable. A link back to the first one does not count."""
    if following in (0, first):
        return 1
    try:
        _directory(file, 0, order, following)
    except (ImageRefused, ImageUnread):
        return None
    return 2
