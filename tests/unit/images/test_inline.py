"""Inline images: recognised by content, decoded strictly, with an exact size limit."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprelay.images.errors import ImageRefused
from cliprelay.images.header import Probed
from cliprelay.images.inline import INLINE_LIMIT, ImageTooLarge, InlineImage, check_image, is_inline, read_inline
from tests.support.image_files import MAKERS, gif
from tests.support.makers import any_png, data_uri


def _picture(kind: str) -> bytes:
    return MAKERS[kind](512, 400)


@pytest.mark.parametrize("kind", MAKERS)
def test_every_accepted_format_is_recognised_by_its_content(kind: str) -> None:
    assert read_inline(data_uri(_picture(kind), kind)) == InlineImage(f"image/{kind}", _picture(kind), Probed(kind, 512, 400))


@pytest.mark.parametrize(("written", "kind"), [("jpg", "jpeg"), ("JPEG", "jpeg"), ("tif", "tiff"), ("x-ms-bmp", "bmp"), ("Png", "png")])
def test_common_names_of_a_format_are_accepted_and_normalised(written: str, kind: str) -> None:
    assert read_inline(data_uri(_picture(kind), written)).content_type == f"image/{kind}"


@pytest.mark.parametrize("kind", MAKERS)
def test_an_image_with_a_wrong_declared_type_is_refused_with_the_real_one(kind: str) -> None:
    declared = "png" if kind != "png" else "jpeg"
    with pytest.raises(ImageRefused, match=f"is {kind}, not {declared}"):
        read_inline(data_uri(_picture(kind), declared))


def test_an_inline_image_out_of_bounds_is_refused_with_every_complaint() -> None:
    with pytest.raises(ImageRefused) as caught:
        check_image(data_uri(gif(1, 1), "png"))
    assert [complaint.code for complaint in caught.value.complaints] == ["image_type", "image_pixels"]


@pytest.mark.parametrize("kind", ["svg+xml", "avif", "heic", "x-icon", "*"])
def test_a_format_that_the_model_does_not_accept_is_refused(kind: str) -> None:
    with pytest.raises(ImageRefused):
        read_inline(data_uri(any_png(), kind))


@pytest.mark.parametrize("data", [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"RIFF\0\0\0\0WAVE", b"\x89PNG", b"%PDF-1.7"])
def test_data_that_is_not_an_image_is_refused(data: bytes) -> None:
    with pytest.raises(ImageRefused, match="not an image in a format that the model accepts"):
        read_inline(data_uri(data))


# One byte more than a multiple of three, so that it ends with padding.
GOOD = base64.b64encode(any_png() + bytes((1 - len(any_png())) % 3)).decode()


@pytest.mark.parametrize(
    "encoded",
    [
        GOOD[:-1],
        GOOD + "junk",
        GOOD + "==",
        GOOD[:40] + "\n" + GOOD[40:],
        GOOD[:40] + " " + GOOD[40:],
        GOOD[:40] + "-_" + GOOD[42:],
        GOOD[:40] + "%2B" + GOOD[40:],
        "====" + GOOD,
        "é" + GOOD,
    ],
    ids=["cut", "junk", "padding", "line", "space", "url-safe", "percent", "early padding", "letter"],
)
def test_only_strict_base64_is_decoded(encoded: str) -> None:
    with pytest.raises(ImageRefused, match=r"base64|not an image|is damaged"):
        read_inline(f"data:image/png;base64,{encoded}")


@pytest.mark.parametrize(
    "uri", ["data:", "data:,x", "data:image/png,abc", "data:image/png;charset=utf-8;base64,AAAA", "data:text/plain;base64,AAAA"]
)
def test_a_malformed_data_uri_is_refused_with_the_accepted_form(uri: str) -> None:
    with pytest.raises(ImageRefused, match="data:image/<format>;base64,<data>"):
        read_inline(uri)


def test_the_size_limit_of_an_inline_image_is_exact() -> None:
    padding = bytes(INLINE_LIMIT - len(any_png()))
    assert len(read_inline(data_uri(any_png() + padding)).data) == INLINE_LIMIT
    with pytest.raises(ImageTooLarge):
        read_inline(data_uri(any_png() + padding + b"\0"))


def _answer(uri: str) -> str:
    try:
        return read_inline(uri).content_type
    except ImageRefused as refusal:
        return str(refusal)


@given(text=st.text(max_size=80).map("data:image/png;base64,".__add__) | st.text(max_size=80).map("data:".__add__))
def test_any_text_is_decoded_or_refused_without_being_repeated(text: str) -> None:
    assert len(text) < 30 or text not in _answer(text)


@pytest.mark.parametrize(
    ("value", "inline"), [("data:image/png;base64,x", True), ("DATA:x", True), ("https://example.com/data:", False), ("", False)]
)
def test_a_data_uri_is_distinguished_from_a_url(value: str, inline: bool) -> None:
    assert is_inline(value) is inline
