"""GIF: the screen's size, a first frame that lies on it, and whether another follows."""

import struct

import pytest

from cliprelay.images.formats import gif
from cliprelay.images.header import Probed
from cliprelay.images.reader import STEPS, Reader, over
from tests.support import image_files
from tests.support.image_reading import UNREAD, endless, refusal_code

PLAIN = image_files.gif(646, 362)
COMMENT = b"!\xfe\x02hi\x00"


@pytest.mark.parametrize(
    ("data", "frames"),
    [
        (PLAIN, 1),
        (image_files.gif(646, 362, COMMENT), 1),
        (image_files.gif(646, 362, image_files.GIF_LOOPS), 1),
        (image_files.gif(646, 362, frames=2), 2),
        (image_files.gif(646, 362, image_files.GIF_LOOPS)[:-2], 2),
        (PLAIN[:-2], None),
    ],
    ids=["one", "one after a comment", "one that loops", "two", "cut, but loops", "cut"],
)
def test_the_size_is_the_screens_and_the_frames_are_counted_up_to_two(data: bytes, frames: int | None) -> None:
    assert gif.read(over(data)) == Probed("gif", 646, 362, frames=frames)


def test_colour_tables_are_passed_over() -> None:
    frame = b"," + struct.pack("<HHHHB", 0, 0, 646, 362, 0x81) + bytes(12) + b"\x02\x02\x44\x01\x00"
    data = b"GIF89a" + struct.pack("<HHBBB", 646, 362, 0x82, 0, 0) + bytes(24) + frame * 2 + b";"
    assert gif.read(over(data)) == Probed("gif", 646, 362, frames=2)


@pytest.mark.parametrize(
    ("left", "top", "wide", "high", "size"),
    [(1, 0, 646, 362, (647, 362)), (0, 1, 646, 362, (646, 363)), (0, 0, 700, 400, (700, 400)), (0, 0, 10, 10, (646, 362))],
    ids=["off its screen", "below its screen", "larger than its screen", "smaller than its screen"],
)
def test_a_first_frame_that_exceeds_the_screen_enlarges_it(left: int, top: int, wide: int, high: int, size: tuple[int, int]) -> None:
    data = PLAIN[:14] + struct.pack("<HHHH", left, top, wide, high) + PLAIN[22:]
    assert gif.read(over(data)) == Probed("gif", *size)


@pytest.mark.parametrize("stray", [b"\0", b"\0\0", bytes(5_000), b"abc" * 20_000])
def test_stray_bytes_between_blocks_are_passed_over(stray: bytes) -> None:
    assert gif.read(over(image_files.gif(646, 362, COMMENT, stray))) == Probed("gif", 646, 362)


UNREADABLE = {
    "a frame without area": PLAIN[:18] + struct.pack("<HH", 0, 362) + PLAIN[22:],
    "no image data": PLAIN[:24],
    "an empty extension": image_files.gif(646, 362, b"!\xf9\0"),
    "a loop without a count": image_files.gif(646, 362, image_files.GIF_LOOPS[:14] + b"\0"),
    "too many stray bytes": image_files.gif(646, 362, bytes(80_000)),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_doubtful_header_is_unread(name: str) -> None:
    assert refusal_code(gif.read, over(UNREADABLE[name])) == UNREAD


def test_a_film_of_many_frames_is_told_by_its_second_one() -> None:
    file = over(image_files.gif(512, 512, frames=200_000))
    assert gif.read(file).frames == 2
    assert file.steps < 20


DAMAGED = {
    "no frame": PLAIN[:13] + b";",
    "no frame after stray bytes": PLAIN[:13] + b"\0\0;",
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_header_that_contradicts_the_format_is_refused(name: str) -> None:
    assert refusal_code(gif.read, over(DAMAGED[name])) == "image_broken"


ENDLESS: dict[str, Reader] = {
    "extensions": endless(PLAIN[:13], b"!\xfe\x01x\x00"),
    "one comment": endless(PLAIN[:13] + b"!\xfe", b"\x01x"),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_the_search_for_the_first_frame_ends_after_a_fixed_number_of_steps(name: str) -> None:
    file = ENDLESS[name]
    assert refusal_code(gif.read, file) == UNREAD
    assert file.steps == STEPS + 1
    assert file.bytes_read < 200_000
