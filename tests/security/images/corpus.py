"""Broken and hostile images: seeded mutations of the gallery, and files built to waste effort or to deceive."""

import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import NamedTuple

from tests.support import image_files

GALLERY = Path(__file__).parent / "gallery"
SEED = 7
# In every format, a reader looks here first.
HEAD = 64


class Specimen(NamedTuple):
    """One file: its source, its mutation and its bytes."""

    source: str
    mutation: str
    data: bytes


Mutate = Callable[[bytes, Random], bytes]

_MAGICS = (
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"GIF89a",
    b"RIFF\x40\0\0\0WEBP",
    b"BM",
    b"II*\0",
    b"MM\0*",
    b"<svg",
    b"%PDF-1.7",
    b"PK\3\4",
)
_EXTREMES = (
    b"\0\0\0\0",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\xff\xff\xff\x7f",
    b"\x80\0\0\0",
    b"\0\0\0\x80",
    b"\0\1\0\0",
    b"\1\0\0\0",
)
ARCHIVE = b"PK\x03\x04" + bytes(26) + b"PK\x05\x06" + bytes(18)
_TAILS = (ARCHIVE, b"<html><script>alert(1)</script></html>", b"\n<?php echo 1; ?>", bytes(3_000), b"\0\0\0\x18ftypmp42" + bytes(9_000))


def _cut_early(data: bytes, rng: Random) -> bytes:
    return data[: rng.randrange(HEAD)]


def _cut_anywhere(data: bytes, rng: Random) -> bytes:
    return data[: rng.randrange(len(data))]


def _change_bytes(data: bytes, rng: Random) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.randrange(1, 5)):
        changed[rng.randrange(min(HEAD, len(data)))] = rng.randrange(256)
    return bytes(changed)


def _set_extreme(data: bytes, rng: Random) -> bytes:
    place, value = rng.randrange(8, HEAD), rng.choice(_EXTREMES)
    return data[:place] + value + data[place + len(value) :]


def _insert(data: bytes, rng: Random) -> bytes:
    place = rng.randrange(HEAD)
    return data[:place] + rng.randbytes(rng.randrange(1, 40)) + data[place:]


def _leave_out(data: bytes, rng: Random) -> bytes:
    place = rng.randrange(HEAD)
    return data[:place] + data[place + rng.randrange(1, 20) :]


def _swap_magic(data: bytes, rng: Random) -> bytes:
    magic = rng.choice(_MAGICS)
    return magic + data[len(magic) :]


def _append(data: bytes, rng: Random) -> bytes:
    return data + rng.choice(_TAILS)


def _zero_a_stretch(data: bytes, rng: Random) -> bytes:
    place, length = rng.randrange(4, len(data)), rng.randrange(1, 200)
    return data[:place] + bytes(length) + data[place + length :]


def _repeat_a_stretch(data: bytes, rng: Random) -> bytes:
    place, length = rng.randrange(4, 200), rng.randrange(8, 60)
    return data[:place] + data[place : place + length] * 50 + data[place:]


# How often each mutation is applied to every image of the gallery.
MUTATIONS: dict[str, tuple[Mutate, int]] = {
    "cut in its first bytes": (_cut_early, 6),
    "cut anywhere": (_cut_anywhere, 6),
    "up to four bytes changed": (_change_bytes, 12),
    "a number set to an extreme": (_set_extreme, 12),
    "bytes inserted": (_insert, 4),
    "bytes left out": (_leave_out, 4),
    "another format's first bytes": (_swap_magic, 4),
    "something appended": (_append, 4),
    "a stretch of zeros": (_zero_a_stretch, 4),
    "a part fifty times": (_repeat_a_stretch, 4),
}


def corpus() -> Iterator[Specimen]:
    """Return the corpus, in the same order and with the same bytes on every machine."""
    for path in sorted(GALLERY.iterdir()):
        data = path.read_bytes()
        yield Specimen(path.name, "untouched", data)
        for name, (mutate, times) in MUTATIONS.items():
            rng = Random(f"{SEED} {path.name} {name}")  # noqa: S311 - a replay, not a secret
            yield from (Specimen(path.name, name, mutate(data, rng)) for _ in range(times))
    yield from (Specimen("built", name, data) for name, data in built().items())


LARGE = 3_900_000  # just about what may come inline


def built() -> dict[str, bytes]:
    """Return files that no mutation would produce."""
    chunk, segment = image_files.png_chunk, image_files.jpeg_segment
    directory = b"II*\0\x08\0\0\0"
    loop = struct.pack("<H", 1) + struct.pack("<HHII", 256, 3, 1, 512) + struct.pack("<I", 8)
    return {
        "png of 60,000 by 60,000": image_files.png(60_000, 60_000),
        "png of 2^32-1 by 2^32-1": image_files.png(0xFFFF_FFFF, 0xFFFF_FFFF),
        "png of 5,999 by 5,999, all of one colour": image_files.png(5_999, 5_999),
        "png of endless small chunks": image_files.png(512, 512)[:33] + chunk(b"tEXt", b"") * (LARGE // 12),
        "png with a chunk of 2 GB": image_files.png(512, 512)[:33] + b"\x7f\xff\xff\xffiCCP" + bytes(100),
        "png that says it has 2^32-1 frames": image_files.png(512, 512, chunk(b"acTL", b"\xff" * 8)),
        "png with a page behind it": image_files.png(512, 512) + b"<!doctype html><html><body onload=alert(1)>",
        "jpeg of endless segments": b"\xff\xd8" + segment(0xE5, b"") * (LARGE // 4),
        "jpeg of endless padding": b"\xff\xd8" + b"\xff" * LARGE,
        "jpeg of endless restarts": b"\xff\xd8\xff" + b"\xd0\xff" * (LARGE // 2),
        "jpeg of 65,535 by 65,535": image_files.jpeg(65_535, 65_535),
        "jpeg whose height comes later": image_files.jpeg(512, 0),
        "jpeg with Exif that leads to itself": image_files.jpeg(512, 512, segment(0xE1, b"Exif\0\0" + directory + loop)),
        "jpeg with an archive behind it": image_files.jpeg(512, 512) + ARCHIVE,
        "jpeg with a script in its comment": image_files.jpeg(512, 512, segment(0xFE, b"<script>alert(1)</script>")),
        "gif of endless extensions": image_files.gif(512, 512)[:13] + b"!\xf9\x04\0\0\0\0\0" * (LARGE // 8),
        "gif of one endless comment": image_files.gif(512, 512)[:13] + b"!\xfe" + b"\x01x" * (LARGE // 2),
        "gif of 200,000 frames": image_files.gif(512, 512, frames=200_000),
        "gif of one endless frame": image_files.gif(512, 512)[:24] + b"\x01x" * (LARGE // 2),
        "gif with a frame larger than its screen": image_files.gif(512, 512)[:18] + b"\xff\xff\xff\xff" + image_files.gif(512, 512)[22:],
        "gif whose first bytes could begin a script": image_files.gif(0x0A3D, 1_100) + b"*/=1;alert(1)",
        "webp of endless small chunks": image_files.webp_extended(512, 512)[:30] + image_files.webp_chunk(b"XMP ", b"") * (LARGE // 8),
        "webp with a chunk of 4 GB": image_files.webp_extended(512, 512)[:30] + b"ICCP\xff\xff\xff\xff" + bytes(90),
        "webp with a canvas of 2^24 by 2^24": image_files.webp_extended(
            1 << 24, 1 << 24, image_files.webp_chunk(b"VP8L", image_files.vp8l(9, 9))
        ),
        "webp with a small picture on a good canvas": image_files.webp_extended(
            512, 512, image_files.webp_chunk(b"VP8L", image_files.vp8l(2, 2))
        ),
        "webp that says it is 4 GB long": b"RIFF\xff\xff\xff\xff" + image_files.webp(512, 512)[8:],
        "bmp of 2^31-1 by -2^31": image_files.bmp(2**31 - 1, -(2**31)),
        "bmp from top to bottom": image_files.bmp(512, -512),
        "bmp of width 0": image_files.bmp(0, 512),
        "tiff whose directory leads to itself": image_files.tiff(512, 512, following=8),
        "tiff of two directories that lead to each other": image_files.tiff(512, 512, following=102) + loop + bytes(20),
        "tiff whose directory is beyond its end": b"II*\0\xff\xff\xff\xff" + bytes(100),
        "tiff with 65,535 entries": directory + b"\xff\xff" + bytes(800_000),
        "tiff of 2^32-1 by 2^32-1": image_files.tiff(2**32 - 1, 2**32 - 1, kind=4),
        "bigtiff": b"II+\0\x08\0\0\0" + bytes(100),
        "svg": b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="512" height="512"/>',
        "svg with an entity bomb": b'<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa">]>\n<svg>&a;</svg>',
        "heic": b"\0\0\0\x18ftypheic" + bytes(100),
        "avif": b"\0\0\0\x1cftypavif" + bytes(100),
        "pdf": b"%PDF-1.7\n" + bytes(100),
        "a page": b"<!doctype html><title>Sign in</title>",
        "an archive": ARCHIVE,
        "a video": b"\0\0\0\x20ftypisom" + bytes(100),
        "nothing": b"",
        "zeros": bytes(LARGE),
    }
