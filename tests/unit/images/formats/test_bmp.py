"""BMP: every header length that was ever in use, and nothing that no program writes."""

import pytest

from cliprelay.images.formats import bmp
from cliprelay.images.header import Probed
from cliprelay.images.reader import over
from tests.support import image_files
from tests.support.image_reading import UNREAD, refusal_code

PLAIN = image_files.bmp(646, 362)


@pytest.mark.parametrize("header", [12, 16, 40, 52, 56, 64, 108, 124])
def test_the_size_is_read_from_every_length_of_header(header: int) -> None:
    assert bmp.read(over(image_files.bmp(646, 362, header))) == Probed("bmp", 646, 362)


def test_a_negative_height_is_a_picture_stored_from_top_to_bottom() -> None:
    assert bmp.read(over(image_files.bmp(646, -362))) == Probed("bmp", 646, 362)


DAMAGED = {
    "another header": PLAIN[:14] + b"\x29" + PLAIN[15:],
    "no width": image_files.bmp(0, 512),
    "no height": image_files.bmp(512, 0),
    "a depth of 23 bits": PLAIN[:28] + b"\x17" + PLAIN[29:],
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_header_that_contradicts_the_format_is_refused(name: str) -> None:
    assert refusal_code(bmp.read, over(DAMAGED[name])) == "image_broken"


def test_the_number_of_planes_means_nothing() -> None:
    assert bmp.read(over(PLAIN[:26] + b"\2" + PLAIN[27:])) == Probed("bmp", 646, 362)


def test_sides_are_read_as_decoders_read_them() -> None:
    assert bmp.read(over(image_files.bmp(-512, 512))).width == 2**32 - 512
    assert bmp.read(over(image_files.bmp(512, -(2**24) - 1))).height == 2**32 - 2**24 - 1


def test_a_picture_that_begins_behind_the_end_of_the_file_is_unread() -> None:
    assert refusal_code(bmp.read, over(PLAIN[:10] + b"\xff\xff\0\0" + PLAIN[14:])) == UNREAD
    assert refusal_code(bmp.read, over(PLAIN[:54])) == UNREAD
    assert refusal_code(bmp.read, over(PLAIN[:53])) == "image_truncated"
