"""Probing: what a header says, exactly within the documented bounds, and nothing but a refusal for everything else."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprelay.images.errors import ImageRefused, ImageUnread
from cliprelay.images.limits import SEEDANCE_1_5, ImageLimits
from cliprelay.images.probe import format_named, probe
from cliprelay.images.reader import Reader, over
from local.simulator.contract.errors import UpstreamError
from local.simulator.contract.images import check_image
from tests.support import image_files
from tests.support.image_files import MAKERS

SPELLINGS = {
    "jpeg": ("jpeg", "jpg", "JPG", "jpe", "jfif", "pjpeg", "pjpg", "mpo"),
    "png": ("png", "apng", "vnd.mozilla.apng"),
    "bmp": ("bmp", "ms-bmp", "windows-bmp", "bitmap", "win-bitmap"),
    "tiff": ("tiff", "tif"),
    "webp": ("webp",),
    "gif": ("gif",),
}


def _codes(data: bytes, limits: ImageLimits = SEEDANCE_1_5, declared: str | None = None) -> list[str]:
    """Codes of all complaints, or `unread`; empty when the image is taken."""
    try:
        probe(over(data), limits, declared)
    except ImageRefused as refusal:
        return [complaint.code for complaint in refusal.complaints]
    except ImageUnread:
        return ["unread"]
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


@pytest.mark.parametrize(("written", "form"), [("mpo", "jpeg"), ("x-tif", "tiff"), ("x-ms-bmp", "bmp"), ("Gif", "gif")])
def test_a_declared_type_may_be_any_name_of_the_real_one(written: str, form: str) -> None:
    assert _codes(MAKERS[form](512, 512), declared=written) == []


@pytest.mark.parametrize(
    ("written", "form"),
    [(f"{x}{name}", form) for form, names in SPELLINGS.items() for name in names for x in ("", "x-", "X-")],
)
def test_every_spelling_of_a_format_is_understood(written: str, form: str) -> None:
    assert format_named(written) == form


def test_a_complaint_is_not_lost_when_the_rest_is_unread() -> None:
    data = image_files.png(512, 512)[:33] + image_files.png_chunk(b"IEND", b"")
    with pytest.raises(ImageUnread) as caught:
        probe(over(data), declared="png")
    assert caught.value.format == "png"
    assert _codes(data, declared="gif") == ["image_type"]


@pytest.mark.parametrize("form", MAKERS)
def test_a_file_that_ends_before_its_picture_is_refused(form: str) -> None:
    whole = MAKERS[form](512, 512)
    found = {tuple(_codes(whole[:length])) for length in range(12, 24)}
    # A WebP says how long it is, so that a shorter one is a lie.
    assert found == {("image_broken",) if form == "webp" else ("image_truncated",)}


# What a file may cost


def test_a_huge_picture_is_refused_by_its_header_alone() -> None:
    file = over(image_files.png(60_000, 60_000))
    with pytest.raises(ImageRefused, match="60,000 by 60,000"):
        probe(file)
    assert file.bytes_read < 1_500


@given(start=st.sampled_from(list(MAKERS.values())), cut=st.integers(0, 60), rest=st.binary(max_size=200))
def test_no_bytes_lead_to_anything_but_an_answer_or_a_refusal(start: Callable[[int, int], bytes], cut: int, rest: bytes) -> None:
    data = start(512, 400)[:cut] + rest
    if not _codes(data):
        assert _simulator_takes(data)
