"""TIFF: the first directory of either byte order, the rotation it asks for, and whether a second one follows."""

import struct

import pytest

from cliprelay.images.formats import tiff
from cliprelay.images.header import Probed
from cliprelay.images.reader import over
from tests.support import image_files
from tests.support.image_reading import refusal_code


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", [3, 4])
def test_the_size_is_read_in_both_byte_orders_and_kinds_of_number(order: str, kind: int) -> None:
    assert tiff.read(over(image_files.tiff(646, 362, order, kind=kind))) == Probed("tiff", 646, 362)


@pytest.mark.parametrize("orientation", range(9))
def test_the_last_four_orientations_turn_by_a_quarter(orientation: int) -> None:
    data = image_files.tiff(646, 362, orientation=orientation)
    assert tiff.read(over(data)) == Probed("tiff", 646, 362, turned=orientation >= 5)
    assert tiff.is_turned(over(b"Exif\0\0" + data), 6) is (orientation >= 5)


def test_damaged_exif_data_ask_for_no_turn() -> None:
    assert tiff.is_turned(over(b"damaged!"), 0) is False
    assert tiff.is_turned(over(image_files.tiff(646, 362, orientation=8)[:20]), 0) is False


@pytest.mark.parametrize(
    ("data", "frames"),
    [
        (image_files.tiff(646, 362), 1),
        (image_files.tiff(646, 362, following=8), 1),
        (image_files.tiff(646, 362, following=9_999), None),
        (image_files.tiff(646, 362, following=102) + image_files.tiff(9, 9)[8:], 2),
    ],
    ids=["no link", "a link back", "a link out of the file", "a link to another picture"],
)
def test_a_link_to_another_directory_is_another_frame(data: bytes, frames: int | None) -> None:
    assert tiff.read(over(data)) == Probed("tiff", 646, 362, frames=frames)


DAMAGED = {
    "no width": image_files.tiff(512, 512).replace(struct.pack("<H", 256), struct.pack("<H", 258), 1),
    "no height": image_files.tiff(512, 512).replace(struct.pack("<H", 257), struct.pack("<H", 258), 1),
    "an empty directory": b"II*\0\x08\0\0\0\0\0" + bytes(40),
    "a directory inside its header": b"II*\0\0\0\0\0" + bytes(40),
    "a directory of 1,001 entries": b"II*\0\x08\0\0\0\xe9\x03" + image_files.tiff(512, 512)[10:34] + bytes(999 * 12 + 4),
    "an unknown byte order": b"IM*\0\x08\0\0\0" + bytes(40),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_header_that_contradicts_the_format_is_refused(name: str) -> None:
    assert refusal_code(tiff.read, over(DAMAGED[name])) == "image_broken"
