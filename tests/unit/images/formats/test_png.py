"""PNG: the checked header, and the number of frames from the chunks before the picture."""

import struct

import pytest

from cliprelay.images.formats import png
from cliprelay.images.header import Probed
from cliprelay.images.reader import STEPS, over
from tests.support import image_files
from tests.support.image_reading import UNREAD, endless, refusal_code

PLAIN = image_files.png(646, 362)


def _with_header(**changes: int) -> bytes:
    values = {"width": 646, "height": 362, "depth": 8, "colour": 0, "compression": 0, "filtering": 0, "interlace": 0} | changes
    return PLAIN[:8] + image_files.png_chunk(b"IHDR", struct.pack(">IIBBBBB", *values.values())) + PLAIN[33:]


def test_the_size_is_the_headers() -> None:
    assert png.read(over(PLAIN)) == Probed("png", 646, 362)


@pytest.mark.parametrize(("count", "frames"), [(1, 1), (2, 2), (3, 2)])
def test_an_animated_png_has_as_many_frames_as_its_control_chunk_says(count: int, frames: int) -> None:
    data = image_files.png(646, 362, image_files.png_chunk(b"acTL", struct.pack(">II", count, 0)))
    assert png.read(over(data)) == Probed("png", 646, 362, frames=frames)


@pytest.mark.parametrize(("colour", "depth"), [(0, 1), (0, 16), (2, 8), (3, 8), (4, 16), (6, 16)])
def test_every_colour_type_is_read_at_its_own_depths(colour: int, depth: int) -> None:
    assert png.read(over(_with_header(colour=colour, depth=depth))) == Probed("png", 646, 362)


DAMAGED = {
    "a wrong checksum": PLAIN[:19] + b"\xff" + PLAIN[20:],
    "bytes that are no chunk": PLAIN[:33] + bytes(40) + PLAIN[33:],
    "no width": image_files.png(0, 362),
    "a chunk longer than any": PLAIN[:33] + struct.pack(">I4s", 0x8000_0000, b"tEXt"),
    "a depth that its colour type lacks": _with_header(colour=2, depth=4),
    "an unknown colour type": _with_header(colour=5),
    "an unknown filter": _with_header(filtering=1),
}
UNREADABLE = {
    "Apple's own form": PLAIN[:8] + image_files.png_chunk(b"CgBI", b"1234") + PLAIN[8:],
    "no picture": PLAIN[:33] + image_files.png_chunk(b"IEND", b""),
    "an unknown compression": _with_header(compression=1),
    "an unknown interlacing": _with_header(interlace=2),
    "a longer header": PLAIN[:8] + image_files.png_chunk(b"IHDR", PLAIN[16:29] + b"!") + PLAIN[33:],
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_header_that_decoders_read_in_different_ways_is_unread(name: str) -> None:
    assert refusal_code(png.read, over(UNREADABLE[name])) == UNREAD


@pytest.mark.parametrize("name", DAMAGED)
def test_a_header_that_contradicts_the_format_is_refused(name: str) -> None:
    assert refusal_code(png.read, over(DAMAGED[name])) == "image_broken"


def test_the_search_for_the_picture_ends_after_a_fixed_number_of_steps() -> None:
    file = endless(PLAIN[:33], image_files.png_chunk(b"tEXt", b""))
    assert refusal_code(png.read, file) == UNREAD
    assert file.steps == STEPS + 1
    assert file.bytes_read < 200_000
