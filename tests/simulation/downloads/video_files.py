"""Small videos whose every byte counts: the boxes of an MP4 around noise, in the orders that writers of such files use."""

import struct
from random import Random

from tests.support.makers import mp4_box

# Noise of a few pages: enough for several pieces on the wire, and little enough for thousands of videos a minute.
SHORTEST, LONGEST = 500, 150_000

_TYPE = mp4_box(b"ftyp", b"isom\0\0\2\0isommp42")


def any_video_file(random: Random, *, open_end: bool = False) -> bytes:
    """A whole video; with `open_end` its last box says "to the end of the file" instead of a length."""
    media = random.randbytes(round(SHORTEST * (LONGEST / SHORTEST) ** random.random()))
    index = mp4_box(b"moov", mp4_box(b"mvhd", random.randbytes(100)))
    if open_end:
        return _TYPE + index + struct.pack(">I4s", 0, b"mdat") + media
    boxes = [index, mp4_box(b"mdat", media) if random.random() < 0.7 else _long_box(b"mdat", media)]
    random.shuffle(boxes)
    if random.random() < 0.3:
        boxes.insert(random.randrange(3), mp4_box(b"free", random.randbytes(random.randrange(200))))
    return _TYPE + b"".join(boxes)


def without(mp4: bytes, kind: bytes) -> bytes:
    """The video without its boxes of that kind."""
    return b"".join(box for box in boxes_of(mp4) if box[4:8] != kind)


def boxes_of(mp4: bytes) -> list[bytes]:
    """The boxes of the top level, each with its header."""
    boxes, rest = [], mp4
    while rest:
        length = int.from_bytes(rest[:4], "big")
        if length == 1:
            length = int.from_bytes(rest[8:16], "big")
        boxes.append(rest[: length or len(rest)])
        rest = rest[length or len(rest) :]
    return boxes


def _long_box(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I4sQ", 1, kind, 16 + len(data)) + data
