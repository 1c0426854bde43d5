"""TIFF: its first directory, and whether another follows. TIFF 6.0 (Adobe, 1992); Exif puts such a directory into a JPEG."""

from struct import unpack_from

from cliprelay.images.errors import ImageRefused, ImageUnread, broken
from cliprelay.images.header import Probed
from cliprelay.images.reader import Reader

MAGIC = (b"II*\x00", b"MM\x00*")
_WIDTH, _HEIGHT, _ORIENTATION = 256, 257, 274
# Whole numbers: BYTE, SHORT, LONG.
_NUMBERS = {1: "B", 3: "H", 4: "I"}
# Values of the orientation that turn by a quarter.
_QUARTERS = (5, 6, 7, 8)
# Programs write some twenty, cameras under two hundred.
_MOST_ENTRIES = 1_000


def read(file: Reader) -> Probed:
    """The first picture is the one that counts; directories form a chain, of which only the next link is looked at."""
    order, first = _order(file, 0)
    tags, following = _directory(file, 0, order, first)
    if _WIDTH not in tags or _HEIGHT not in tags:
        raise broken("its first directory does not tell its size")
    turned = tags.get(_ORIENTATION) in _QUARTERS
    return Probed("tiff", tags[_WIDTH], tags[_HEIGHT], frames=_frames(file, order, first, following), turned=turned)


def is_turned(file: Reader, base: int) -> bool:
    """Whether the Exif data at that place ask for a quarter turn; damaged ones ask for nothing."""
    try:
        order, first = _order(file, base)
        tags, _ = _directory(file, base, order, first)
    except (ImageRefused, ImageUnread):
        return False
    return tags.get(_ORIENTATION) in _QUARTERS


def _order(file: Reader, base: int) -> tuple[str, int]:
    """The byte order, and where the first directory lies."""
    magic = file.at(base, 4)
    if magic not in MAGIC:
        raise broken("its byte order is unknown")
    order = "<" if magic == MAGIC[0] else ">"
    (first,) = file.unpack(order + "I", base + 4)
    return order, first


def _directory(file: Reader, base: int, order: str, place: int) -> tuple[dict[int, int], int]:
    """The single whole numbers of a directory by their tags, and where the next one lies (0: nowhere)."""
    (count,) = file.unpack(order + "H", base + place)
    if place < 8 or not 0 < count <= _MOST_ENTRIES:
        raise broken("its first directory is empty, or not one")
    data = file.at(base + place + 2, 12 * count + 4)
    tags: dict[int, int] = {}
    for entry in range(0, 12 * count, 12):
        tag, kind, number = unpack_from(order + "HHI", data, entry)
        if kind in _NUMBERS and number == 1:
            tags.setdefault(tag, unpack_from(order + _NUMBERS[kind], data, entry + 8)[0])
    (following,) = unpack_from(order + "I", data, 12 * count)
    return tags, following


def _frames(file: Reader, order: str, first: int, following: int) -> int | None:
    """A link that leads back is none; one that leads to nothing readable leaves the answer open."""
    if following in (0, first):
        return 1
    try:
        _directory(file, 0, order, following)
    except (ImageRefused, ImageUnread):
        return None
    return 2
