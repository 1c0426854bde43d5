"""Further pictures in a JPEG: the index of the multi-picture format (CIPA DC-007), and gain maps, which are no pictures."""

from collections.abc import Callable
from struct import iter_unpack

from cliprelay.images.errors import ImageRefused, ImageUnread
from cliprelay.images.formats import tiff
from cliprelay.images.reader import Reader

MAGIC = b"MPF\0"
# ISO 21496-1; Adobe's and Android's Ultra HDR; Apple's.
_GAIN_MAPS = (b"urn:iso:std:iso:ts:21496:", b"hdrgm:Version", b'Item:Semantic="GainMap"', b"hdrgainmap")
ISO_NAME = 32
# A segment has at most so many bytes.
XMP = 65_533

_ENTRIES = 0xB002
_MOST_ENTRIES = 64
# The types of an entry: panorama, disparity and multi-angle are frames; thumbnails are not; an undefined one may be anything.
_KIND, _FRAME, _UNDEFINED = 0xFF_0000, 0x02_0000, 0x00_0000


def names_gain_map(text: bytes) -> bool:
    """Return whether the beginning of a segment, or its XMP, says that the file holds a gain map."""
    return any(name in text for name in _GAIN_MAPS)


def frames(file: Reader, base: int, same_shape: Callable[[int], bool]) -> int | None:
    """Return 1, 2 for two or more, or None if that is out of reach; `base` is the index's first byte.

    An entry of undefined type is a frame only if it has the size of the first picture: a gain map or a preview is smaller.
    """
    try:
        entries = _entries(file, base)
        if sum(kind & _KIND == _FRAME for kind, _ in entries) > 1:
            return 2
        more = [place for kind, place in entries[1:] if kind & _KIND == _UNDEFINED and place]
        return 2 if any(same_shape(base + place) for place in more[:2]) else 1
    except ImageRefused:  # a damaged index has no pictures
        return 1
    except ImageUnread:
        return None


def _entries(file: Reader, base: int) -> list[tuple[int, int]]:
    """Return type and offset of each entry; offsets count from the index."""
    form, place = tiff.form_of(file, base)
    tags, _ = tiff.directory(file, base, form, place)
    if _ENTRIES not in tags:
        return []
    _, count, value = tags[_ENTRIES]
    size = min(count, 16 * _MOST_ENTRIES) // 16 * 16
    data = file.at(base + form.number(value), size)
    return [(attribute, place) for attribute, _, place, _ in iter_unpack(form.order + "IIII", data)]
