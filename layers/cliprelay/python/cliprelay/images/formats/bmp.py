"""BMP: the file header and the information header after it. https://learn.microsoft.com/en-us/windows/win32/gdi/bitmap-storage"""

from cliprelay.images.errors import ImageUnread, broken
from cliprelay.images.header import Probed
from cliprelay.images.reader import Reader

MAGIC = b"BM"
# OS/2 1 and 2 (two forms), Windows 3, two extensions of it by Adobe, versions 4 and 5.
_HEADERS = (12, 16, 64, 40, 52, 56, 108, 124)
# Decoders take a height as negative if its first byte is 255, and else as a very large one.
_MOST_ROWS, _WRAP = 1 << 24, 1 << 32
_DEPTHS = (1, 2, 4, 8, 16, 24, 32)


def read(file: Reader) -> Probed:
    """Read the size as decoders do: a negative height means that the rows go from top to bottom, and planes mean nothing."""
    (header,) = file.unpack("<I", 14)
    if header not in _HEADERS:
        raise broken("its header has an invalid length")
    width, height, _, depth = file.unpack("<HHHH" if header == 12 else "<IiHH", 18)
    if width == 0 or height == 0 or depth not in _DEPTHS:
        raise broken("its header describes an invalid kind of BMP")
    (pixels,) = file.unpack("<I", 10)
    file.at(14, header)
    if not file.up_to(max(pixels, 14 + header), 1):
        raise ImageUnread("its image data is not in the file")
    return Probed("bmp", width, -height if -_MOST_ROWS <= height < 0 else height % _WRAP)
