"""WebP: a RIFF file with one of three kinds of first chunk. https://developers.google.com/speed/webp/docs/riff_container, RFC 9649"""

from collections.abc import Iterator

from cliprelay.images.errors import ImageRefused, ImageUnread, broken
from cliprelay.images.formats import tiff
from cliprelay.images.header import Probed
from cliprelay.images.reader import Reader

_PICTURES = (b"VP8 ", b"VP8L")
_ANIMATED, _EXIF = 0x02, 0x08


def is_webp(head: bytes) -> bool:
    """Return whether a file begins like a WebP."""
    return head[:4] == b"RIFF" and head[8:12] == b"WEBP"


def read(file: Reader) -> Probed:
    """Read the size; in an extended file, an image must fill the canvas, an animation's first frame must be inside it."""
    (length,) = file.unpack("<I", 4)
    if file.size is not None and length + 8 > file.size + 1:  # an odd last chunk may lack its padding
        raise broken("it is shorter than its header says")
    kind, _ = file.unpack("<4sI", 12)
    if kind in _PICTURES:
        return Probed("webp", *_picture(file, kind, 20))
    if kind != b"VP8X":
        raise broken("it does not begin with image data")
    flags = file.at(20, 10)
    width, height = _three(flags[4:7]) + 1, _three(flags[7:10]) + 1
    frames = 2 if flags[0] & _ANIMATED else 1
    if frames > 1:
        _check_first_frame(file, width, height)
    else:
        kind, place = next((kind, place) for kind, place, _ in _chunks(file, 30) if kind in _PICTURES)
        if _picture(file, kind, place) != (width, height):
            raise broken("its image does not fill its canvas")
    return Probed("webp", width, height, frames=frames, turned=bool(flags[0] & _EXIF) and _turned(file, 8 + length))


def _turned(file: Reader, end: int) -> bool | None:
    """Return whether the Exif chunk, which comes after the image, asks for a quarter turn; None if it is out of reach."""
    try:
        for kind, place, _ in _chunks(file, 30):
            if kind == b"EXIF":
                prefix = 6 if file.up_to(place, 6) == b"Exif\0\0" else 0
                return tiff.is_turned(file, place + prefix)
            if place >= end:
                break
    except ImageRefused:  # the file ends without one
        return False
    except ImageUnread:
        return None
    return False


def _chunks(file: Reader, position: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield kind, position and length of each chunk's contents; raises ImageRefused at the end of the file."""
    while True:
        kind, length = file.unpack("<4sI", position)
        yield kind, position + 8, length
        position += 8 + length + length % 2


def _picture(file: Reader, kind: bytes, place: int) -> tuple[int, int]:
    return _lossy(file, place) if kind == b"VP8 " else _lossless(file, place)


def _lossy(file: Reader, place: int) -> tuple[int, int]:
    """Read the size by RFC 6386, section 9.1: after three bytes of frame tag and a start code; two bits are a scale."""
    data = file.at(place, 10)
    if data[0] & 1 or data[3:6] != b"\x9d\x01\x2a":
        raise broken("its image data does not begin with a key frame")
    return int.from_bytes(data[6:8], "little") & 0x3FFF, int.from_bytes(data[8:10], "little") & 0x3FFF


def _lossless(file: Reader, place: int) -> tuple[int, int]:
    signature, bits = file.unpack("<BI", place)
    if signature != 0x2F or bits >> 29:
        raise broken("its lossless image data has no signature")
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1


def _check_first_frame(file: Reader, width: int, height: int) -> None:
    place = next(place for kind, place, _ in _chunks(file, 30) if kind == b"ANMF")
    frame = file.at(place, 12)
    left, top = 2 * _three(frame[0:3]), 2 * _three(frame[3:6])
    if left + _three(frame[6:9]) + 1 > width or top + _three(frame[9:12]) + 1 > height:
        raise ImageUnread("its first frame exceeds its canvas")


def _three(data: bytes) -> int:
    return int.from_bytes(data, "little")
