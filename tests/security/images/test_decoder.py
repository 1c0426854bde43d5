"""Pillow is the judge: the reader gives the size that a decoder gives, or none, and refuses nothing that a decoder opens."""

import struct
from collections.abc import Callable, Iterator
from io import BytesIO
from random import Random
from typing import Any

import pytest
from PIL import Image, TiffImagePlugin

from cliprelay.images.probe import probe
from cliprelay.images.reader import over
from tests.security.images.corpus import GALLERY, corpus
from tests.security.images.decoder import AGREED, READER_ONLY, WRONG, Judgement, judge

SIZE = (640, 400)
SEED = 11


def _saved(form: str, mode: str = "RGB", **options: Any) -> bytes:
    file = BytesIO()
    Image.new(mode, SIZE).save(file, form, **options)
    return file.getvalue()


def _turned(form: str, orientation: int = 6) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return _saved(form, exif=exif)


def _after(data: bytes, mark: bytes, stray: bytes) -> bytes:
    place = data.index(mark)
    return data[:place] + stray + data[place:]


JPEG, GIF, BMP, PNG, WEBP = (_saved(form) for form in ("jpeg", "gif", "bmp", "png", "webp"))
MADE: dict[str, bytes] = {
    **{
        f"{form}, {mode}": _saved(form, mode)
        for form, mode in (("jpeg", "L"), ("jpeg", "CMYK"), ("png", "P"), ("png", "I;16"), ("tiff", "1"))
    },
    **{f"{form}, turned": _turned(form) for form in ("jpeg", "png", "webp", "tiff")},
    **{f"tiff, {name}": _saved("tiff", compression=name) for name in ("tiff_lzw", "tiff_adobe_deflate", "jpeg", "packbits")},
    "tiff, orientation 3": _turned("tiff", 3),
    "tiff, big": _saved("tiff", big_tiff=True),
    "tiff, big-endian": _saved("tiff", "I;16B"),
    "tiff, strips of one row": _saved("tiff", tiffinfo={TiffImagePlugin.ROWSPERSTRIP: 1}),
    "jpeg, progressive": _saved("jpeg", progressive=True),
    "jpeg, with restarts": _saved("jpeg", restart_marker_rows=1),
    "jpeg, line breaks between segments": _after(JPEG, b"\xff\xdb", b"\n" * 7),
    "jpeg, one byte between segments": _after(JPEG, b"\xff\xc0", b"O"),
    "jpeg, padding between segments": _after(JPEG, b"\xff\xc0", b"\xff" * 99),
    "jpeg, without its end": JPEG[:-2],
    "jpeg, cut": JPEG[: len(JPEG) // 2],
    "jpeg, cut before its scan": JPEG[: JPEG.index(b"\xff\xda")],
    "gif, a frame larger than the screen": GIF[:6] + struct.pack("<HH", 320, 200) + GIF[10:],
    "gif, stray bytes": _after(GIF, b",\0\0\0\0", b"\0\0"),
    "gif, cut": GIF[: len(GIF) // 2],
    "bmp, three planes": BMP[:26] + b"\3" + BMP[27:],
    "bmp, from top to bottom": BMP[:22] + struct.pack("<i", -SIZE[1]) + BMP[26:],
    "bmp, cut": BMP[: len(BMP) // 2],
    "png, cut": PNG[:60],
    "webp, something behind it": WEBP + bytes(99),
    "webp, lossless": _saved("webp", "RGBA", lossless=True),
    "mpo": _saved("mpo", save_all=True, append_images=[Image.new("RGB", SIZE)]),
}


@pytest.mark.parametrize("name", MADE)
def test_what_pillow_writes_is_read_as_pillow_reads_it(name: str) -> None:
    found = judge(MADE[name])
    assert found.pillow is None or found.verdict not in WRONG, found
    assert found.verdict == AGREED or "cut" in name, found


@pytest.mark.parametrize("form", ["jpeg", "png", "webp", "tiff"])
def test_the_orientation_is_read_in_every_format_that_has_one(form: str) -> None:
    assert [probe(over(_turned(form, number))).turned for number in range(1, 9)] == [False] * 4 + [True] * 4


def test_an_orientation_after_the_picture_of_a_png_is_read() -> None:
    data = _turned("png")
    place = data.index(b"eXIf") - 4
    chunk = data[place : place + 12 + int.from_bytes(data[place : place + 4])]
    end = data.index(b"IEND") - 4
    assert probe(over(data[:place] + data[place + len(chunk) : end] + chunk + data[end:])).turned is True


def _changed(data: bytes, rng: Random) -> bytes:
    """Change, insert or leave out a few bytes where headers are, or cut the file."""
    place = rng.randrange(min(len(data), 700) or 1)
    change: Callable[[], bytes] = rng.choice(
        [
            lambda: data[:place] + bytes([rng.choice([0, 1, 2, 254, 255, rng.randrange(256)])]) + data[place + 1 :],
            lambda: data[:place] + rng.choice([b"\0", b"\xff", b"\n", b";", b"!", rng.randbytes(3)]) + data[place:],
            lambda: data[:place] + data[place + rng.randrange(1, 6) :],
            lambda: data[:place],
        ]
    )
    return change()


def _files() -> Iterator[tuple[str, bytes]]:
    yield from ((" ".join(each[:2]), each.data) for each in corpus())
    rng = Random(SEED)  # noqa: S311 - a replay, not a secret
    sources = [*MADE.items(), *((path.name, path.read_bytes()) for path in sorted(GALLERY.iterdir()))]
    for name, data in sources * 10:
        yield name, _changed(_changed(data, rng), rng)


def test_no_damaged_file_that_pillow_opens_is_refused_or_read_otherwise() -> None:
    judged: list[tuple[str, Judgement]] = [(name, judge(data)) for name, data in _files()]
    assert [(name, found) for name, found in judged if found.verdict in WRONG] == []
    assert sum(found.verdict in (AGREED, READER_ONLY) for _, found in judged) > len(judged) // 4
