"""Read an image's format and size from its first bytes, without decoding it."""

from collections.abc import Callable
from dataclasses import dataclass
from struct import error as struct_error
from struct import unpack_from


@dataclass(frozen=True)
class Header:
    format: str
    width: int
    height: int


def read_header(data: bytes) -> Header:
    """Read the header; raise ValueError for another format or a truncated header."""
    for format_name, recognise, size in _FORMATS:
        if recognise(data):
            try:
                width, height = size(data)
            except (struct_error, IndexError) as broken:
                raise ValueError(f"{format_name} ends inside its header") from broken
            return Header(format_name, width, height)
    raise ValueError("not a jpeg, png, webp, bmp, tiff or gif")


def _png_size(data: bytes) -> tuple[int, int]:
    if data[12:16] != b"IHDR":
        raise ValueError("png does not begin with its header chunk")
    width, height = unpack_from(">II", data, 16)
    return width, height


def _gif_size(data: bytes) -> tuple[int, int]:
    width, height = unpack_from("<HH", data, 6)
    return width, height


def _bmp_size(data: bytes) -> tuple[int, int]:
    (header_size,) = unpack_from("<I", data, 14)
    if header_size == 12:  # the OS/2 header has 16-bit sizes
        width, height = unpack_from("<HH", data, 18)
    else:
        width, height = unpack_from("<ii", data, 18)
    return width, abs(height)  # a negative height means top-down rows


# Start-of-frame markers; C4, C8 and CC within this range are tables.
_FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# Markers without a length.
_BARE_MARKERS = frozenset(range(0xD0, 0xDA)) | {0x01}


def _jpeg_size(data: bytes) -> tuple[int, int]:
    position = 2
    while True:
        if data[position] != 0xFF:
            raise ValueError("jpeg has bytes between its segments")
        marker = data[position + 1]
        if marker == 0xFF:  # padding
            position += 1
        elif marker in _BARE_MARKERS:
            position += 2
        elif marker in _FRAME_MARKERS:
            height, width = unpack_from(">HH", data, position + 5)
            return width, height
        else:
            position += 2 + _segment_length(data, position)


def _segment_length(data: bytes, position: int) -> int:
    (length,) = unpack_from(">H", data, position + 2)
    if length < 2:
        raise ValueError("jpeg has a segment without its own length")
    return int(length)


def _webp_size(data: bytes) -> tuple[int, int]:
    kind = data[12:16]
    if kind == b"VP8 ":
        if data[23:26] != b"\x9d\x01\x2a":
            raise ValueError("webp does not begin with a key frame")
        width, height = unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L":
        (bits,) = unpack_from("<I", data, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8X":
        unpack_from("<10x", data, 20)  # the slices below would not detect truncation
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    raise ValueError("webp holds no picture")


_TIFF_WIDTH, _TIFF_HEIGHT = 256, 257
_TIFF_NUMBERS = {3: "H", 4: "I"}


def _tiff_size(data: bytes) -> tuple[int, int]:
    order = "<" if data[:2] == b"II" else ">"
    (directory,) = unpack_from(order + "I", data, 4)
    (count,) = unpack_from(order + "H", data, directory)
    found = {}
    for entry in range(directory + 2, directory + 2 + 12 * count, 12):
        tag, kind = unpack_from(order + "HH", data, entry)
        if tag in (_TIFF_WIDTH, _TIFF_HEIGHT) and kind in _TIFF_NUMBERS:
            (found[tag],) = unpack_from(order + _TIFF_NUMBERS[kind], data, entry + 8)
    if len(found) < 2:
        raise ValueError("tiff does not contain its size")
    return found[_TIFF_WIDTH], found[_TIFF_HEIGHT]


_FORMATS: list[tuple[str, Callable[[bytes], bool], Callable[[bytes], tuple[int, int]]]] = [
    ("png", lambda data: data[:8] == b"\x89PNG\r\n\x1a\n", _png_size),
    ("jpeg", lambda data: data[:3] == b"\xff\xd8\xff", _jpeg_size),
    ("gif", lambda data: data[:6] in (b"GIF87a", b"GIF89a"), _gif_size),
    ("webp", lambda data: data[:4] == b"RIFF" and data[8:12] == b"WEBP", _webp_size),
    ("bmp", lambda data: data[:2] == b"BM", _bmp_size),
    ("tiff", lambda data: data[:4] in (b"II*\x00", b"MM\x00*"), _tiff_size),
]
