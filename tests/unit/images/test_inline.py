"""Inline images: recognised by content, decoded strictly, with an exact size limit."""

import base64
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprelay.images.errors import ImageRefused
from cliprelay.images.header import Probed
from cliprelay.images.inline import INLINE_LIMIT, ImageTooLarge, InlineImage, check_image, is_inline, read_inline
from cliprelay.net.urls import AddressRefused
from tests.support.image_files import MAKERS, gif, png_chunk
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


# Of every alphabet, and with two padding characters.
PICTURE = any_png() + bytes((1 - len(any_png()) - 192) % 3) + bytes(range(64)) * 3
GOOD = base64.b64encode(PICTURE).decode()
URL_SAFE = base64.urlsafe_b64encode(PICTURE).decode()

SPELLINGS = {
    "plain": f"data:image/png;base64,{GOOD}",
    "upper case": f"DATA:IMAGE/PNG;BASE64,{GOOD}",
    "a charset": f"data:image/png;charset=utf-8;base64,{GOOD}",
    "a name": f"data:image/png;name=sea.png;base64,{GOOD}",
    "a quoted name": f'data:image/png;name="a,b;c.png";base64,{GOOD}',
    "several parameters": f"data:image/png;charset=utf-8;name=sea%20view.png;base64,{GOOD}",
    "a parameter at the end": f"data:image/png;base64;charset=utf-8,{GOOD}",
    "blanks in the head": f"data: image/png ; base64,{GOOD}",
    "an x- type": f"data:image/x-png;base64,{GOOD}",
    "no padding": f"data:image/png;base64,{GOOD.rstrip('=')}",
    "half the padding": f"data:image/png;base64,{GOOD[:-1]}",
    "lines of 76": "data:image/png;base64," + "\r\n".join(textwrap.wrap(GOOD, 76)),
    "a line break first": f"data:image/png;base64,\n{GOOD}\n",
    "blanks": f"data:image/png;base64, {GOOD[:40]} \t{GOOD[40:]}",
    "the URL-safe alphabet": f"data:image/png;base64,{URL_SAFE}",
    "the URL-safe alphabet without padding": f"data:image/png;base64,{URL_SAFE.rstrip('=')}",
    "percent-encoded": f"data:image/png;base64,{GOOD.replace('+', '%2B').replace('/', '%2f').replace('=', '%3D')}",
    "percent-encoded lines": f"data:image/png;base64,{GOOD[:76]}%0D%0A{GOOD[76:]}",
    "blanks around it": f"  \n data:image/png;base64,{GOOD}\u00a0\n",
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_every_spelling_with_one_meaning_is_decoded(name: str) -> None:
    assert read_inline(check_image(SPELLINGS[name])).data == PICTURE


@pytest.mark.parametrize(
    "encoded",
    [
        GOOD + "junk",
        GOOD + "=",
        "====" + GOOD,
        "é" + GOOD,
        GOOD[:-3],
        GOOD[:40] + "%ff" + GOOD[40:],
        GOOD[:40] + "." + GOOD[41:],
        GOOD[:40] + "=" + GOOD[41:],
    ],
    ids=["junk", "too much padding", "early padding", "a letter", "a character missing", "no text", "a dot", "padding inside"],
)
def test_data_that_is_not_base64_is_refused(encoded: str) -> None:
    with pytest.raises(ImageRefused, match="not base64") as caught:
        read_inline(f"data:image/png;base64,{encoded}")
    assert caught.value.code == "image_base64"


def test_base64_whose_plus_signs_have_become_blanks_is_refused() -> None:
    encoded = base64.b64encode(any_png() + b"\xfb\xef\xbe" * 3_000).decode().replace("+", " ")
    with pytest.raises(ImageRefused, match="not base64"):
        read_inline(f"data:image/png;base64,{encoded}")


@pytest.mark.parametrize(
    "uri",
    ["data:", "data:,x", "data:image/png,abc", "data:image/png;charset=base64,AAAA", "data:text/plain;base64,AAAA", "data:;base64,AAAA"],
)
def test_a_malformed_data_uri_is_refused_with_the_accepted_form(uri: str) -> None:
    with pytest.raises(ImageRefused, match="data:image/<format>;base64,<data>"):
        read_inline(uri)


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize("form", ["{}", "\n{}\n", "base64,{}", "image/x;base64,{}", ";base64,{}"])
def test_base64_without_its_form_is_refused_with_the_form_to_put_before_it(kind: str, form: str) -> None:
    value = form.format(base64.b64encode(_picture(kind) + bytes(3_000)).decode())
    with pytest.raises(ImageRefused, match=f"put data:image/{kind};base64, before it") as caught:
        check_image(value)
    assert caught.value.code == "image_form"


@pytest.mark.parametrize("value", ["A" * 3_000, URL_SAFE[:9] + "-_" * 200, "\n".join(["QUJD" * 19] * 30)])
def test_any_long_base64_is_refused_with_the_accepted_form(value: str) -> None:
    with pytest.raises(ImageRefused, match="is base64 without its form: expected data:image/<format>;base64,<data>"):
        check_image(value)


@pytest.mark.parametrize("value", ["picture", "picture.png", "/9j.jpg", "C:\\picture.png", "x" * 100, "a long text, " * 300])
def test_other_values_are_refused_as_addresses(value: str) -> None:
    with pytest.raises(AddressRefused):
        check_image(value)


@pytest.mark.parametrize("around", [" ", "\n", "\r\n", "\t", "\u00a0", "\ufeff", "\u200b"])
@pytest.mark.parametrize("value", ["https://assets.example.com/a.png", f"upload_{'0' * 32}", f"data:image/png;base64,{GOOD}"])
def test_blanks_and_line_breaks_around_a_value_are_dropped(value: str, around: str) -> None:
    assert check_image(f"{around}{value}{around}") == value


def test_an_address_may_have_8192_characters() -> None:
    longest = "https://bucket.s3.amazonaws.com/a.png?X-Amz-Security-Token=".ljust(8_192, "x")
    assert check_image(longest) == longest
    with pytest.raises(AddressRefused, match="longer than 8192 characters"):
        check_image(longest + "x")


def test_an_image_that_is_not_readable_is_kept_with_the_reason() -> None:
    data = any_png()[:33] + png_chunk(b"IEND", b"")
    assert read_inline(data_uri(data, "png")) == InlineImage("image/png", data, None, "it has no image data")


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
