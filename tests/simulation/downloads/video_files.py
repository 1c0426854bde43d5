"""Small videos whose every byte counts: the boxes of an MP4 around noise, in the orders that writers of such files use."""

from random import Random

from tests.support.mp4_files import long_box, mp4_box, mp4_file, open_box, picture

# Noise of a few pages: enough for several pieces on the wire, and little enough for thousands of videos a minute.
SHORTEST, LONGEST = 500, 150_000


def any_video_file(random: Random, *, open_end: bool = False) -> bytes:
    """A whole video; with `open_end` its last box says "to the end of the file" instead of a length."""
    media = picture(random.randbytes(round(SHORTEST * (LONGEST / SHORTEST) ** random.random())))
    if open_end:
        return mp4_file(media, media=open_box)
    gap = mp4_box(b"free", random.randbytes(random.randrange(200))) if random.random() < 0.3 else b""
    box = mp4_box if random.random() < 0.7 else long_box
    return mp4_file(media, media=box, before=gap, index_last=random.random() < 0.5)


def without(mp4: bytes, kind: bytes) -> bytes:
    """The video without its boxes of that kind."""
    return b"".join(box for box in boxes_of(mp4) if box[4:8] != kind)


def blank(mp4: bytes) -> bytes:
    """The video with zeros for its media."""
    return b"".join(_blank(box) if box[4:8] == b"mdat" else box for box in boxes_of(mp4))


def _blank(box: bytes) -> bytes:
    head = 16 if box[:4] == b"\0\0\0\1" else 8
    return box[:head] + bytes(len(box) - head)


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
