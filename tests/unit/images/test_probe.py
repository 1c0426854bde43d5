"""Probing: what a header says, exactly within the documented bounds, and nothing but a refusal for everything else."""

import struct
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprelay.images.errors import ImageRefused, ImageUnread
from cliprelay.images.header import Probed
from cliprelay.images.limits import SEEDANCE_1_5, ImageLimits
from cliprelay.images.probe import probe
from cliprelay.images.reader import STEPS, Blocks, Reader, over
from cliprelay.images.warnings import image_warnings
from local.simulator.contract.errors import UpstreamError
from local.simulator.contract.images import check_image
from tests.support import image_files
from tests.support.image_files import MAKERS


def _codes(data: bytes, limits: ImageLimits = SEEDANCE_1_5, declared: str | None = None) -> list[str]:
    """Codes of all complaints; empty when the image is taken."""
    try:
        probe(over(data), limits, declared)
    except ImageRefused as refusal:
        return [complaint.code for complaint in refusal.complaints]
    return []


def _reason(data: bytes, **options: Any) -> str:
    with pytest.raises(ImageRefused) as caught:
        probe(over(data), **options)
    return str(caught.value)


def _simulator_takes(data: bytes) -> bool:
    try:
        check_image("image", data)
    except UpstreamError:
        return False
    return True


# The bounds: width, height, and the codes of the complaints.

BOUNDS = [
    (299, 400, ["image_pixels"]),
    (300, 400, ["image_pixels"]),
    (301, 400, []),
    (301, 301, []),
    (300, 300, ["image_pixels"]),
    (5_998, 4_000, []),
    (5_999, 4_000, []),
    (6_000, 4_000, ["image_pixels"]),
    (6_001, 4_000, ["image_pixels"]),
    (5_999, 5_999, []),
    # Two sides whose ratio is 2.5 exactly, and their nearest neighbours on both sides.
    (1_000, 400, ["image_ratio"]),
    (999, 400, []),
    (1_001, 400, ["image_ratio"]),
    (1_000, 401, []),
    (1_000, 399, ["image_ratio"]),
    (5_999, 2_400, []),
    (5_999, 2_399, ["image_ratio"]),
    (5_995, 2_398, ["image_ratio"]),
    (755, 302, ["image_ratio"]),
    (754, 302, []),
    # Both at once.
    (6_000, 2_400, ["image_pixels", "image_ratio"]),
    (750, 300, ["image_pixels", "image_ratio"]),
    (1, 1, ["image_pixels"]),
    (16_000, 200, ["image_pixels", "image_ratio"]),
]
BOTH_WAYS = sorted({(width, height, *codes) for w, h, codes in BOUNDS for width, height in ((w, h), (h, w))})


@pytest.mark.parametrize("form", MAKERS)
@pytest.mark.parametrize(("width", "height", "codes"), [(width, height, codes) for width, height, *codes in BOTH_WAYS])
def test_bounds_are_open_and_exact_in_every_format_and_both_orientations(form: str, width: int, height: int, codes: list[str]) -> None:
    data = MAKERS[form](width, height)
    assert _codes(data) == codes
    assert _simulator_takes(data) is (codes == [])


@given(width=st.integers(301, 5_999), height=st.integers(301, 5_999))
def test_the_ratio_is_compared_without_rounding(width: int, height: int) -> None:
    assert SEEDANCE_1_5.ratio_fits(width, height) is (2 * height < 5 * width and 2 * width < 5 * height)
    assert SEEDANCE_1_5.ratio_fits(width, height) is SEEDANCE_1_5.ratio_fits(height, width)


@pytest.mark.parametrize(("size", "codes"), [(29_999_999, []), (30_000_000, ["image_bytes"]), (30_000_001, ["image_bytes"])])
def test_the_file_is_smaller_than_thirty_million_bytes(size: int, codes: list[str]) -> None:
    data = image_files.png(512, 512)
    try:
        probe(Reader(lambda offset, length: data[offset : offset + length], size))
        found = []
    except ImageRefused as refusal:
        found = [complaint.code for complaint in refusal.complaints]
    assert found == codes


def test_every_complaint_about_an_image_comes_at_once_and_says_what_is_accepted() -> None:
    reason = _reason(image_files.gif(1, 7_000), declared="png")
    assert "declare image/gif" in reason
    assert "1 by 7,000 pixels: it must have each side more than 300 and less than 6,000 pixels" in reason
    assert "it must have width / height more than 0.4 and less than 2.5" in reason


def test_limits_are_data() -> None:
    small = ImageLimits(formats=("png",), above_pixels=10, below_pixels=20, above_ratio=(1, 2), below_ratio=(2, 1), below_bytes=200)
    assert _codes(image_files.png(11, 19), small) == []
    assert _codes(image_files.png(10, 20), small) == ["image_pixels", "image_ratio"]
    assert _codes(image_files.gif(11, 19), small) == ["image_format"]
    assert _codes(image_files.png(11, 19) + bytes(200), small) == ["image_bytes"]
    assert small.in_words().startswith("png; each side more than 10 and less than 20 pixels; width / height more than 0.5 and less than 2")


# What a file is


@pytest.mark.parametrize("declared", MAKERS)
@pytest.mark.parametrize("form", MAKERS)
def test_the_declared_type_has_to_be_the_real_one(form: str, declared: str) -> None:
    assert _codes(MAKERS[form](512, 512), declared=declared) == ([] if form == declared else ["image_type"])


@pytest.mark.parametrize(("written", "form"), [("jpg", "jpeg"), ("JPEG", "jpeg"), ("tif", "tiff"), ("x-ms-bmp", "bmp"), ("Gif", "gif")])
def test_usual_names_of_a_format_are_understood(written: str, form: str) -> None:
    assert _codes(MAKERS[form](512, 512), declared=written) == []


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (image_files.webp_lossless(646, 362), Probed("webp", 646, 362)),
        (image_files.webp_extended(646, 362), Probed("webp", 646, 362)),
        (
            image_files.webp_extended(646, 362, image_files.webp_chunk(b"ICCP", b"x"), image_files.webp(646, 362)[12:]),
            Probed("webp", 646, 362),
        ),
        (image_files.webp_film(646, 362), Probed("webp", 646, 362, frames=2)),
        (image_files.tiff(646, 362, ">"), Probed("tiff", 646, 362)),
        (image_files.tiff(646, 362, kind=4), Probed("tiff", 646, 362)),
        (image_files.tiff(646, 362, orientation=6), Probed("tiff", 646, 362, turned=True)),
        (image_files.tiff(646, 362, following=8), Probed("tiff", 646, 362)),
        (image_files.tiff(646, 362, following=9_999), Probed("tiff", 646, 362, frames=None)),
        (image_files.tiff(646, 362, following=102) + image_files.tiff(9, 9)[8:], Probed("tiff", 646, 362, frames=2)),
        (image_files.bmp(646, -362), Probed("bmp", 646, 362)),
        (image_files.bmp(646, 362, 12), Probed("bmp", 646, 362)),
        (image_files.bmp(646, 362, 124), Probed("bmp", 646, 362)),
        (image_files.gif(646, 362, frames=2), Probed("gif", 646, 362, frames=2)),
        (image_files.gif(646, 362, image_files.GIF_LOOPS)[:-2], Probed("gif", 646, 362, frames=2)),
        (image_files.gif(646, 362)[:-2], Probed("gif", 646, 362, frames=None)),
        (image_files.png(646, 362, image_files.png_chunk(b"acTL", struct.pack(">II", 3, 0))), Probed("png", 646, 362, frames=2)),
        (image_files.png(646, 362, image_files.png_chunk(b"acTL", struct.pack(">II", 1, 0))), Probed("png", 646, 362)),
        (image_files.jpeg(646, 362, image_files.jpeg_segment(0xE2, b"MPF\0rest")), Probed("jpeg", 646, 362, frames=2)),
        (image_files.jpeg(646, 362, b"\xff\xff\xff" + image_files.jpeg_segment(0xFE, b"hello")[1:]), Probed("jpeg", 646, 362)),
        (
            image_files.jpeg(646, 362, image_files.jpeg_segment(0xE1, b"Exif\0\0" + image_files.tiff(9, 9, ">", orientation=8))),
            Probed("jpeg", 646, 362, turned=True),
        ),
        (image_files.jpeg(646, 362, image_files.jpeg_segment(0xE1, b"Exif\0\0damaged")), Probed("jpeg", 646, 362)),
    ],
    ids=lambda value: "" if isinstance(value, bytes) else str(value),
)
def test_rarer_forms_are_read_too(data: bytes, found: Probed) -> None:
    assert probe(over(data)) == found


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- x --><svg/>"[:22] + b"?>\n<svg/>", "SVG"),
        (b"\0\0\0\x20ftypheic", "HEIC"),
        (b"\0\0\0\x20ftypavif", "AVIF"),
        (b"\0\0\0\x20ftypisom", "a video"),
        (b"%PDF-1.7", "PDF"),
        (b"\n<!doctype html><p>Sign in", "web page"),
        (b"PK\x03\x04", "ZIP"),
        (b"II+\0\x08\0\0\0", "BigTIFF"),
        (b"\0\0\1\0\1\0", "icon"),
        (b"", "not an image"),
        (b"hello", "not an image"),
        (b"RIFF\0\0\0\0WAVE", "not an image"),
    ],
)
def test_another_kind_of_file_is_refused_by_its_name_where_it_has_one(data: bytes, name: str) -> None:
    reason = _reason(data)
    assert name in reason
    assert "jpeg, png, webp, bmp, tiff, gif" in reason


ARCHIVE = b"PK\x05\x06" + bytes(16) + b"\x02\x00ok"


@pytest.mark.parametrize("form", MAKERS)
@pytest.mark.parametrize("tail", [ARCHIVE, b"<html><script>alert(1)</script>", b"\n<?php echo 1;"])
def test_an_image_that_ends_as_an_archive_or_a_page_is_refused(form: str, tail: bytes) -> None:
    assert _codes(MAKERS[form](512, 512) + tail) == ["image_polyglot"]


@pytest.mark.parametrize("text", [b"%PDF-1.4", b"<script>alert(1)</script>", b"<SVG onload=x>"])
def test_an_image_that_begins_as_something_else_too_is_refused(text: bytes) -> None:
    assert _codes(image_files.jpeg(512, 512, image_files.jpeg_segment(0xFE, text))) == ["image_polyglot"]


@pytest.mark.parametrize("tail", [bytes(5_000), b"\0\0\0\x18ftypmp42" + bytes(70_000), b"PK\x05\x06 in the middle" + bytes(100)])
def test_what_cameras_append_to_a_photograph_is_no_reason_to_refuse_it(tail: bytes) -> None:
    assert _codes(image_files.jpeg(512, 512) + tail) == []


DAMAGED: dict[str, bytes] = {
    "png without header": b"\x89PNG\r\n\x1a\n" + image_files.png_chunk(b"CgBI", b"1234") + image_files.png(512, 512)[8:],
    "png with a wrong checksum": image_files.png(512, 512)[:19] + b"\xff" + image_files.png(512, 512)[20:],
    "png without picture": image_files.png(512, 512)[:33] + image_files.png_chunk(b"IEND", b""),
    "jpeg without picture": b"\xff\xd8" + image_files.jpeg_segment(0xE0, b"JFIF\0") + b"\xff\xd9",
    "jpeg with bytes between": image_files.jpeg(512, 512, image_files.jpeg_segment(0xE0, b"JFIF\0"), b"\0\0\0\0"),
    "jpeg with a short segment": image_files.jpeg(512, 512, b"\xff\xe0\0\1"),
    "jpeg with a scan first": b"\xff\xd8" + image_files.jpeg_segment(0xDA, bytes(10)) + bytes(20),
    "gif with a frame off its screen": image_files.gif(512, 512)[:14] + struct.pack("<HH", 1, 0) + image_files.gif(512, 512)[18:],
    "gif without frame": image_files.gif(512, 512)[:13] + b";",
    "gif with bytes between": image_files.gif(512, 512, b"\0\0"),
    "webp longer than its file": b"RIFF\xff\xff\0\0" + image_files.webp(512, 512)[8:],
    "webp without key frame": image_files.webp(512, 512)[:20] + b"\x11" + image_files.webp(512, 512)[21:],
    "webp that does not fill its canvas": image_files.webp_extended(512, 512, image_files.webp_chunk(b"VP8L", image_files.vp8l(400, 400))),
    "webp film that leaves its canvas": image_files.webp_film(512, 512, 513),
    "webp of sound": image_files.riff(image_files.webp_chunk(b"data", bytes(40))),
    "bmp with another header": image_files.bmp(512, 512)[:14] + b"\x29" + image_files.bmp(512, 512)[15:],
    "bmp of negative width": image_files.bmp(-512, 512),
    "tiff without size": image_files.tiff(512, 512).replace(struct.pack("<H", 257), struct.pack("<H", 258), 1),
    "tiff with an empty directory": b"II*\0\x08\0\0\0\0\0" + bytes(40),
    "tiff whose directory is its header": b"II*\0\0\0\0\0" + bytes(40),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_header_that_contradicts_its_format_is_refused(name: str) -> None:
    assert _codes(DAMAGED[name]) == ["image_broken"]


@pytest.mark.parametrize("form", MAKERS)
def test_a_file_that_ends_before_its_picture_is_refused(form: str) -> None:
    whole = MAKERS[form](512, 512)
    found = {tuple(_codes(whole[:length])) for length in range(12, 24)}
    # A WebP says how long it is, so that a shorter one is a lie.
    assert found == {("image_broken",) if form == "webp" else ("image_truncated",)}


# What a file may cost


def _endless(start: bytes, part: bytes) -> Reader:
    """A file of 30 MB in which `part` comes again and again behind `start`."""

    def fetch(offset: int, length: int) -> bytes:
        begun = start[offset : offset + length]
        turn = max(offset - len(start), 0) % len(part)
        return (begun + (part * (length // len(part) + 2))[turn:])[:length]

    return Reader(fetch, 29_999_999, has_end=False)


ENDLESS: dict[str, Reader] = {
    "jpeg of segments": _endless(b"\xff\xd8", image_files.jpeg_segment(0xE3, b"")),
    "jpeg of padding": _endless(b"\xff\xd8", b"\xff"),
    "jpeg of large segments of Exif": _endless(
        b"\xff\xd8", image_files.jpeg_segment(0xE1, b"Exif\0\0II*\0\x08\0\0\0\xe8\x03" + bytes(12_100))
    ),
    "gif of extensions": _endless(image_files.gif(512, 512)[:13], b"!\xfe\x01x\x00"),
    "gif of one comment": _endless(image_files.gif(512, 512)[:13] + b"!\xfe", b"\x01x"),
    "png of empty chunks": _endless(image_files.png(512, 512)[:33], image_files.png_chunk(b"tEXt", b"")),
    "webp of empty chunks": _endless(image_files.webp_extended(512, 512)[:30], image_files.webp_chunk(b"XMP ", b"")),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_a_file_that_never_comes_to_its_picture_is_left_after_so_many_steps(name: str) -> None:
    file = ENDLESS[name]
    file.steps = file.bytes_read = 0
    with pytest.raises(ImageRefused) as caught:
        probe(file)
    assert caught.value.code == "image_header"
    assert file.steps == STEPS + 1
    assert file.bytes_read < 200_000


def test_a_huge_picture_is_refused_by_its_header_alone() -> None:
    file = over(image_files.png(60_000, 60_000))
    with pytest.raises(ImageRefused, match="60,000 by 60,000"):
        probe(file)
    assert file.bytes_read < 1_500


def test_a_film_of_many_frames_is_told_by_its_second_one() -> None:
    file = over(image_files.gif(512, 512, frames=200_000))
    assert probe(file).frames == 2
    assert file.steps < 20


@given(start=st.sampled_from(list(MAKERS.values())), cut=st.integers(0, 60), rest=st.binary(max_size=200))
def test_no_bytes_lead_to_anything_but_an_answer_or_a_refusal(start: Callable[[int, int], bytes], cut: int, rest: bytes) -> None:
    data = start(512, 400)[:cut] + rest
    if not _codes(data):
        assert _simulator_takes(data)


def test_a_file_far_away_is_read_in_few_blocks_each_once() -> None:
    data = image_files.tiff(512, 512)
    far = data[:4] + struct.pack("<I", 500_008) + bytes(500_000) + data[8:]
    asked: list[int] = []

    def load(offset: int, length: int) -> bytes:
        asked.append(offset)
        return far[offset : offset + length]

    assert probe(Reader(Blocks(load, block=65_536, most=2), len(far), has_end=False)).width == 512
    assert asked == [0, 7 * 65_536]


def test_a_header_beyond_what_may_be_asked_for_is_unread_and_not_refused() -> None:
    data = image_files.jpeg(512, 512, *(image_files.jpeg_segment(0xE2, bytes(60_000)) for _ in range(20)))
    blocks = Blocks(lambda offset, length: data[offset : offset + length], block=65_536, most=4)
    with pytest.raises(ImageUnread):
        probe(Reader(blocks, None))


# Warnings


def _warned(*images: Probed | None, ratio: str = "adaptive") -> list[str]:
    first, last = (*images, None)[:2]
    return [warning["code"] for warning in image_warnings(first, last, ratio)]


WIDE, TALL = Probed("png", 1_280, 720), Probed("png", 720, 1_280)


def test_an_image_that_fits_is_not_warned_of() -> None:
    assert _warned(WIDE) == _warned(WIDE, ratio="16:9") == _warned(TALL, TALL, ratio="9:16") == _warned(None, None, ratio="1:1") == []
    assert _warned(Probed("png", 864, 496), ratio="16:9") == []


def test_a_shape_that_will_be_cropped_is_warned_of() -> None:
    assert _warned(WIDE, ratio="1:1") == ["will_crop"]
    assert _warned(WIDE, TALL) == ["will_crop"]
    assert _warned(WIDE, WIDE, ratio="9:16") == ["will_crop"]
    assert _warned(TALL, WIDE, ratio="1:1") == ["will_crop", "will_crop"]


def test_a_picture_that_asks_to_be_turned_fits_either_way() -> None:
    assert _warned(Probed("jpeg", 1_280, 720, turned=True), ratio="9:16") == []
    assert _warned(Probed("jpeg", 1_280, 720, turned=True), ratio="1:1") == ["will_crop"]


def test_an_image_of_several_frames_is_warned_of_by_its_field() -> None:
    film = Probed("gif", 512, 512, frames=2)
    found = image_warnings(film, film, "adaptive")
    assert [(warning["code"], warning["message"].split()[0]) for warning in found] == [
        ("multi_frame_image", "`image`"),
        ("multi_frame_image", "`last_image`"),
    ]
    assert _warned(Probed("gif", 512, 512, frames=None)) == []
