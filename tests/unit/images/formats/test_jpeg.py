"""JPEG: the size, the rotation and the multi-picture mark from the segments before the first scan."""

import pytest

from cliprelay.images.formats import jpeg
from cliprelay.images.header import Probed
from cliprelay.images.reader import STEPS, Reader, over
from tests.support import image_files
from tests.support.image_files import jpeg_segment
from tests.support.image_reading import UNREAD, endless, refusal_code

SIDEWAYS = jpeg_segment(0xE1, b"Exif\0\0" + image_files.tiff(9, 9, ">", orientation=8))
UPRIGHT = jpeg_segment(0xE1, b"Exif\0\0" + image_files.tiff(9, 9, orientation=1))


@pytest.mark.parametrize(
    ("before", "found"),
    [
        (b"", Probed("jpeg", 646, 362)),
        (jpeg_segment(0xE2, b"MPF\0rest"), Probed("jpeg", 646, 362)),
        (jpeg_segment(0xE0, b"JFIF\0") + b"\n" * 9, Probed("jpeg", 646, 362)),
        (jpeg_segment(0xE0, b"JFIF\0") + b"\0", Probed("jpeg", 646, 362)),
        (jpeg_segment(0xE0, b"JFIF\0") + b"\xff\0" * 3 + b"\xff", Probed("jpeg", 646, 362)),
        (jpeg_segment(0xE0, b"JFIF\0") + b"x" * 50_000, Probed("jpeg", 646, 362)),
        (b"\xff" * 9_000, Probed("jpeg", 646, 362)),
        (b"\xff\xf7\xff\xc8", Probed("jpeg", 646, 362)),
        (b"\xff\xe0\0\1", Probed("jpeg", 646, 362)),
        (jpeg_segment(0xC0, b"\x08\0\x09\0\x09\x01\x01\x11\0"), Probed("jpeg", 646, 362)),
        (b"\xff\xff\xff" + jpeg_segment(0xFE, b"hello")[1:], Probed("jpeg", 646, 362)),
        (b"\xff\xd0\xff\x01", Probed("jpeg", 646, 362)),
        (jpeg_segment(0xC4, bytes(20)), Probed("jpeg", 646, 362)),
        (SIDEWAYS, Probed("jpeg", 646, 362, turned=True)),
        (UPRIGHT + SIDEWAYS, Probed("jpeg", 646, 362)),
        (jpeg_segment(0xE1, b"Exif\0\0damaged"), Probed("jpeg", 646, 362)),
    ],
    ids=[
        "plain",
        "damaged index of pictures",
        "stray line breaks",
        "a stray byte",
        "stray escapes",
        "much stray",
        "much padding",
        "reserved markers",
        "a segment shorter than its length",
        "an earlier frame header",
        "padding",
        "markers alone",
        "a table among the frames",
        "Exif",
        "Exif twice",
        "damaged Exif",
    ],
)
def test_segments_before_the_picture_are_read_or_passed_over(before: bytes, found: Probed) -> None:
    assert jpeg.read(over(image_files.jpeg(646, 362, before))) == found


@pytest.mark.parametrize("marker", [0xC1, 0xC2, 0xCF])
def test_every_kind_of_frame_header_tells_the_size(marker: int) -> None:
    data = image_files.jpeg(646, 362).replace(b"\xff\xc0", bytes([0xFF, marker]))
    assert jpeg.read(over(data)) == Probed("jpeg", 646, 362)


DAMAGED = {
    "an unknown segment": image_files.jpeg(512, 512, jpeg_segment(0x02, bytes(20))),
    "a height that comes later": image_files.jpeg(512, 0),
    "a scan before any frame": b"\xff\xd8" + jpeg_segment(0xDA, bytes(10)) + bytes(20),
    "a frame header without a size": b"\xff\xd8" + jpeg_segment(0xC0, bytes(5)) + jpeg_segment(0xDA, bytes(10)),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_header_that_contradicts_the_format_is_refused(name: str) -> None:
    assert refusal_code(jpeg.read, over(DAMAGED[name])) == "image_broken"


def test_a_file_without_a_picture_is_refused_as_truncated() -> None:
    assert refusal_code(jpeg.read, over(b"\xff\xd8" + jpeg_segment(0xE0, b"JFIF\0") + b"\xff\xd9")) == "image_truncated"


def test_a_file_that_ends_between_its_size_and_its_scan_is_unread() -> None:
    data = image_files.jpeg(512, 512)
    assert refusal_code(jpeg.read, over(data[: data.index(b"\xff\xda")])) == UNREAD


LARGE_EXIF = jpeg_segment(0xE1, b"Exif\0\0II*\0\x08\0\0\0\xe8\x03" + bytes(12_100))
ENDLESS: dict[str, Reader] = {
    "segments": endless(b"\xff\xd8", jpeg_segment(0xE3, b"")),
    "large segments of Exif": endless(b"\xff\xd8", LARGE_EXIF),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_the_search_for_the_picture_ends_after_a_fixed_number_of_steps(name: str) -> None:
    file = ENDLESS[name]
    assert refusal_code(jpeg.read, file) == UNREAD
    assert file.steps == STEPS + 1
    assert file.bytes_read < 200_000


@pytest.mark.parametrize("stray", [b"\xff", b"\0", b"\xff\0"])
def test_the_search_for_the_next_segment_ends_after_a_fixed_number_of_bytes(stray: bytes) -> None:
    file = endless(b"\xff\xd8", stray)
    assert refusal_code(jpeg.read, file) == UNREAD
    assert file.bytes_read < 200_000
