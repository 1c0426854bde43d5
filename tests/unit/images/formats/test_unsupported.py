"""Files that are no accepted image: named where they can be, and refused where an image is something else as well."""

import pytest

from cliprelay.images.errors import ImageRefused
from cliprelay.images.formats.unsupported import name_of, refuse_two_in_one
from cliprelay.images.probe import probe
from cliprelay.images.reader import Reader, over
from tests.support import image_files
from tests.support.image_files import MAKERS
from tests.support.image_reading import refusal_code

ARCHIVE = b"PK\x05\x06" + bytes(16) + b"\x02\x00ok"


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<svg/>", "SVG"),
        (b"<!-- drawn by hand --><svg/>", "SVG"),
        (b"\0\0\0\x20ftypheic", "HEIC"),
        (b"\0\0\0\x20ftypavif", "AVIF"),
        (b"\0\0\0\x20ftypisom", "a video"),
        (b"\xff\x0a", "JPEG XL"),
        (b"\0\0\0\x0cjP  ", "JPEG 2000"),
        (b"8BPS\0\1", "Photoshop"),
        (b"%PDF-1.7", "PDF"),
        (b"\n<!doctype html><p>Sign in", "a web page or another text with markup"),
        (b"PK\x03\x04", "a ZIP archive"),
        (b"\x1f\x8b\x08", "compressed with gzip"),
        (b"\0\0\1\0\1\0", "an icon"),
        (b"", None),
        (b"hello", None),
        (b"RIFF\0\0\0\0WAVE", None),
    ],
)
def test_another_kind_of_file_is_refused_by_its_name_where_it_has_one(data: bytes, name: str | None) -> None:
    assert name_of(data) == name
    with pytest.raises(ImageRefused, match=name or "the data is not an image") as caught:
        probe(over(data))
    assert "jpeg, png, webp, bmp, tiff, gif" in str(caught.value)


@pytest.mark.parametrize("form", MAKERS)
@pytest.mark.parametrize("tail", [ARCHIVE, b"<html><script>alert(1)</script>", b"\n<?php echo 1;"])
def test_an_image_that_ends_as_an_archive_or_a_page_is_refused(form: str, tail: bytes) -> None:
    assert refusal_code(probe, over(MAKERS[form](512, 512) + bytes(2_000) + tail)) == "image_polyglot"


@pytest.mark.parametrize("text", [b"%PDF-1.4", b"<script>alert(1)</script>", b"<SVG onload=x>"])
def test_an_image_that_begins_as_something_else_too_is_refused(text: bytes) -> None:
    data = image_files.jpeg(512, 512, image_files.jpeg_segment(0xFE, text)) + bytes(2_000)
    assert refusal_code(probe, over(data)) == "image_polyglot"


@pytest.mark.parametrize("tail", [bytes(5_000), b"\0\0\0\x18ftypmp42" + bytes(70_000), b"PK\x05\x06 in the middle" + bytes(100)])
def test_what_cameras_append_to_a_photograph_is_no_reason_to_refuse_it(tail: bytes) -> None:
    assert refusal_code(probe, over(image_files.jpeg(512, 512) + tail)) is None


def test_the_end_of_a_file_is_asked_for_only_where_it_can_be_had() -> None:
    asked: list[int] = []

    def fetch(offset: int, length: int) -> bytes:
        asked.append(offset)
        return b""

    refuse_two_in_one(Reader(fetch, 1_000_000, has_end=False), b"head")
    refuse_two_in_one(Reader(fetch, None), b"head")
    assert asked == []
    refuse_two_in_one(Reader(fetch, 1_000_000), b"head")
    assert asked == [1_000_000 - 65_557]
