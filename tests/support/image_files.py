"""Small files of every accepted format in any size: complete headers, hardly any image data."""

import struct
import zlib
from collections.abc import Callable


def png(width: int, height: int, *between: bytes) -> bytes:
    """Return a PNG with extra chunks between the header and the image data."""
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    picture = png_chunk(b"IDAT", zlib.compress(bytes(100)))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(between) + picture + png_chunk(b"IEND", b"")


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def jpeg(width: int, height: int, *before: bytes) -> bytes:
    """Return a JPEG with extra segments before the frame header."""
    frame = jpeg_segment(0xC0, struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00")
    scan = jpeg_segment(0xDA, b"\x01\x01\x00\x00\x3f\x00")
    return b"\xff\xd8" + b"".join(before) + jpeg_segment(0xDB, bytes(65)) + frame + scan + b"\x00\xff\xd9"


def jpeg_segment(marker: int, data: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def gif(width: int, height: int, *before: bytes, frames: int = 1) -> bytes:
    """Return a GIF with extra blocks before the first frame."""
    frame = b"," + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02\x02\x44\x01\x00"
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0, 0, 0) + b"".join(before) + frame * frames + b";"


GIF_LOOPS = b"!\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"


def bmp(width: int, height: int, header: int = 40) -> bytes:
    sides = struct.pack("<HHHH" if header == 12 else "<iiHH", width, height, 1, 24)
    rest = struct.pack("<I", header) + sides
    return b"BM" + struct.pack("<IHHI", 200, 0, 0, 14 + header) + rest + bytes(header - len(rest)) + bytes(60)


def tiff(width: int, height: int, order: str = "<", *, kind: int = 3, following: int = 0, orientation: int = 1) -> bytes:
    """Return a TIFF with one directory after the header, then `following`."""
    entries = [(256, kind, width), (257, kind, height), (273, 4, 8), (274, 3, orientation)]
    magic = {"<": b"II*\0", ">": b"MM\0*"}[order]
    body = b"".join(_entry(order, *entry) for entry in entries)
    return magic + struct.pack(order + "IH", 8, len(entries)) + body + struct.pack(order + "I", following) + bytes(40)


def _entry(order: str, tag: int, kind: int, value: int) -> bytes:
    number = struct.pack(order + "HH", value, 0) if kind == 3 else struct.pack(order + "I", value)
    return struct.pack(order + "HHI", tag, kind, 1) + number


def webp(width: int, height: int) -> bytes:
    """Return the simplest, lossy kind of WebP."""
    return riff(webp_chunk(b"VP8 ", b"\x10\0\0\x9d\x01\x2a" + struct.pack("<HH", width, height) + bytes(20)))


def webp_lossless(width: int, height: int) -> bytes:
    return riff(webp_chunk(b"VP8L", vp8l(width, height)))


def vp8l(width: int, height: int) -> bytes:
    return b"\x2f" + struct.pack("<I", width - 1 | height - 1 << 14) + bytes(20)


def webp_extended(width: int, height: int, *chunks: bytes, flags: int = 0) -> bytes:
    canvas = bytes([flags, 0, 0, 0]) + three(width - 1) + three(height - 1)
    return riff(webp_chunk(b"VP8X", canvas) + b"".join(chunks or (webp_chunk(b"VP8L", vp8l(width, height)),)))


def webp_animation(width: int, height: int, wide: int | None = None) -> bytes:
    frame = bytes(6) + three((wide or width) - 1) + three(height - 1) + bytes(4) + webp_chunk(b"VP8L", vp8l(wide or width, height))
    return webp_extended(width, height, webp_chunk(b"ANIM", bytes(6)), webp_chunk(b"ANMF", frame), flags=2)


def riff(chunks: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WEBP" + chunks


def webp_chunk(kind: bytes, data: bytes) -> bytes:
    return kind + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)


def three(number: int) -> bytes:
    return number.to_bytes(3, "little")


MAKERS: dict[str, Callable[[int, int], bytes]] = {"jpeg": jpeg, "png": png, "webp": webp, "bmp": bmp, "tiff": tiff, "gif": gif}
