"""PNG: the header chunk, checked as a decoder does, and the chunks before the image data. https://www.w3.org/TR/png-3/"""

import re
from collections.abc import Iterator
from zlib import crc32

from cliprelay.images.errors import ImageUnread, broken
from cliprelay.images.formats import tiff
from cliprelay.images.header import Probed
from cliprelay.images.reader import Reader, over

MAGIC = b"\x89PNG\r\n\x1a\n"
# Colour type -> allowed bit depths.
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_KIND = re.compile(rb"\w{4}")
# Some programs write the orientation after the image data; the end of the file is searched for it.
_TAIL = 65_536


def read(file: Reader) -> Probed:
    """Read the size; an animated PNG declares its number of frames before the first one."""
    size, frames, turned = None, 1, None
    for number, (kind, position, length) in enumerate(_chunks(file)):
        if not number and kind != b"IHDR":
            raise ImageUnread("it does not begin with its header")  # such as Apple's own form, which few programs read
        if kind == b"IHDR":
            size = _size(file, position, length)
        elif kind == b"acTL" and length >= 8:
            (count,) = file.unpack(">I", position)
            frames = 2 if count > 1 else 1
        elif kind == b"eXIf":
            turned = tiff.is_turned(file, position)
    if size is None:
        raise broken("it has no header")
    return Probed("png", *size, frames=frames, turned=_turned_at_end(file) if turned is None else turned)


def _chunks(file: Reader) -> Iterator[tuple[bytes, int, int]]:
    """Yield kind, position and length of each chunk's contents, up to the image data."""
    position = len(MAGIC)
    while True:
        length, kind = file.unpack(">I4s", position)
        if kind in (b"IDAT", b"fdAT"):
            return
        if kind == b"IEND":
            raise ImageUnread("it has no image data")
        if length > 0x7FFF_FFFF or not _KIND.fullmatch(kind):
            raise broken("it has stray bytes between its chunks")
        yield kind, position + 8, length
        position += 12 + length


def _size(file: Reader, position: int, length: int) -> tuple[int, int]:
    if length < 13:
        raise broken("its header is too short")
    if length > 13:
        raise ImageUnread("its header is longer than that of any known version")
    width, height, depth, colour, compression, filtering, interlace, checksum = file.unpack(">IIBBBBBI", position)
    if crc32(file.at(position - 4, 17)) != checksum:
        raise broken("the checksum of its header is wrong")
    if depth not in _DEPTHS.get(colour, ()) or filtering or not width or not height:
        raise broken("its header describes an invalid kind of PNG")
    if compression or interlace > 1:
        raise ImageUnread("its compression or interlacing is unknown")
    return width, height


def _turned_at_end(file: Reader) -> bool:
    """Return whether an eXIf chunk near the end of the file asks for a quarter turn."""
    tail = file.tail(_TAIL)
    place = tail.rfind(b"eXIf")
    if place < 4:
        return False
    end = place + 4 + int.from_bytes(tail[place - 4 : place])
    if crc32(tail[place:end]) != int.from_bytes(tail[end : end + 4]):
        return False
    return tiff.is_turned(over(tail), place + 4)
