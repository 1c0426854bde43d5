"""Read an image's format and size from its first bytes, without decoding it."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from struct import calcsize, unpack_from
from struct import error as struct_error


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
    left, top, wide, high = unpack_from("<HHHH", data, _gif_frame(data) + 1)
    return max(width, left + wide), max(height, top + high)  # a larger frame enlarges the screen


def _gif_frame(data: bytes) -> int:
    position = 13 + (3 << (data[10] & 7) + 1 if data[10] & 0x80 else 0)
    while data[position] != ord(","):
        if data[position] == ord(";"):
            raise ValueError("gif has no frame")
        if data[position] == ord("!"):
            position += 2
            while data[position]:
                position += 1 + data[position]
        position += 1  # the empty block at the end, or a stray byte
    return position


def _bmp_size(data: bytes) -> tuple[int, int]:
    (header_size,) = unpack_from("<I", data, 14)
    if header_size == 12:  # the OS/2 header has 16-bit sizes
        width, height = unpack_from("<HH", data, 18)
    else:
        width, height = unpack_from("<ii", data, 18)
    return width, abs(height)  # a negative height means top-down rows


# Start-of-frame markers; C4, C8 and CC within this range are tables.
_FRAME_MARKERS = (frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}) | {0xDE}
# Markers without a length.
_BARE_MARKERS = frozenset([0x01, 0xC8, *range(0xD0, 0xDA), *range(0xF0, 0xFE)])
_SCAN_MARKER = 0xDA


def _jpeg_size(data: bytes) -> tuple[int, int]:
    position, size = 2, None
    while (position := data.find(b"\xff", position)) >= 0:  # skips stray bytes, as decoders do
        marker = data[position + 1]
        if marker == _SCAN_MARKER:
            break
        if marker in _FRAME_MARKERS:
            size = unpack_from(">HH", data, position + 5)
        if marker in (0, 0xFF):  # stray or padding
            position += 1
        elif marker in _BARE_MARKERS:
            position += 2
        else:
            position += 2 + max(2, *unpack_from(">H", data, position + 2))
    if size is None:
        raise ValueError("jpeg has no frame header")
    height, width = size
    return width, height


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


_TIFF_MARKS = (b"II*\0", b"MM\0*", b"II\0*", b"MM*\0", b"II+\0", b"MM\0+")
_TIFF_WIDTH, _TIFF_HEIGHT, _TIFF_ORIENTATION = 256, 257, 274
_TIFF_NUMBERS = {3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 13: "I", 16: "Q"}


def _tiff_size(data: bytes) -> tuple[int, int]:
    order, big = "<" if data[:2] == b"II" else ">", 43 in data[2:4]
    offset, count_form, entry = ("Q", "Q", 20) if big else ("I", "H", 12)
    (directory,) = unpack_from(order + offset, data, 8 if big else 4)
    (count,) = unpack_from(order + count_form, data, directory)
    start = directory + calcsize("<" + count_form)
    found: dict[int, int] = {}
    for place in range(start, min(start + entry * count, len(data) - entry + 1), entry):
        tag, kind = unpack_from(order + "HH", data, place)
        if tag in (_TIFF_WIDTH, _TIFF_HEIGHT, _TIFF_ORIENTATION) and kind in _TIFF_NUMBERS:
            with suppress(struct_error):  # decoders ignore a tag whose numbers are outside of the file
                found.setdefault(tag, _tiff_number(data, order, offset, place, _TIFF_NUMBERS[kind]))
    if _TIFF_WIDTH not in found or _TIFF_HEIGHT not in found:
        raise ValueError("tiff does not contain its size")
    width, height = found[_TIFF_WIDTH], found[_TIFF_HEIGHT]
    return (height, width) if 5 <= found.get(_TIFF_ORIENTATION, 1) <= 8 else (width, height)


def _tiff_number(data: bytes, order: str, offset: str, place: int, form: str) -> int:
    (count,) = unpack_from(order + offset, data, place + 4)
    place += 4 + calcsize("<" + offset)
    if count * calcsize(form) > calcsize("<" + offset):  # the numbers are elsewhere
        (place,) = unpack_from(order + offset, data, place)
    (number,) = unpack_from(order + form, data, place)
    return int(number)


_FORMATS: list[tuple[str, Callable[[bytes], bool], Callable[[bytes], tuple[int, int]]]] = [
    ("png", lambda data: data[:8] == b"\x89PNG\r\n\x1a\n", _png_size),
    ("jpeg", lambda data: data[:3] == b"\xff\xd8\xff", _jpeg_size),
    ("gif", lambda data: data[:6] in (b"GIF87a", b"GIF89a"), _gif_size),
    ("webp", lambda data: data[:4] == b"RIFF" and data[8:12] == b"WEBP", _webp_size),
    ("bmp", lambda data: data[:2] == b"BM", _bmp_size),
    ("tiff", lambda data: data[:4] in _TIFF_MARKS, _tiff_size),
]
