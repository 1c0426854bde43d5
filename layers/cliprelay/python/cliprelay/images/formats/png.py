"""PNG: the header chunk, checked as a decoder does, then the chunks before the image data. https://www.w3.org/TR/png-3/"""

from zlib import crc32

from cliprelay.images.errors import broken
from cliprelay.images.header import Probed
from cliprelay.images.reader import Reader

MAGIC = b"\x89PNG\r\n\x1a\n"
# Colour type -> allowed bit depths.
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}


def read(file: Reader) -> Probed:
    """Read the size; an animated PNG declares its number of frames before the first one."""
    length, kind = file.unpack(">I4s", 8)
    if (length, kind) != (13, b"IHDR"):
        raise broken("a PNG must begin with its header")
    header = file.at(12, 17)
    width, height, depth, colour, compression, filtering, interlace, checksum = file.unpack(">IIBBBBBI", 16)
    if crc32(header) != checksum:
        raise broken("the checksum of its header is wrong")
    if depth not in _DEPTHS.get(colour, ()) or compression or filtering or interlace > 1:
        raise broken("its header describes an invalid kind of PNG")
    return Probed("png", width, height, frames=_frames(file))


def _frames(file: Reader) -> int:
    position, frames = 33, 1
    while True:
        length, kind = file.unpack(">I4s", position)
        if kind == b"IDAT":
            return frames
        if kind == b"IEND" or length > 0x7FFF_FFFF:
            raise broken("it has no image data")
        if kind == b"acTL":
            (count,) = file.unpack(">I", position + 8)
            frames = 2 if count > 1 else 1
        position += 12 + length
