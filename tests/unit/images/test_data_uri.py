"""Data URIs: the type that they declare, a limit that counts the decoded bytes, and base64 that lacks the form."""

import base64
from binascii import a2b_base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprelay.images.data_uri import base64_kind, decode, is_data_uri, media_type


@pytest.mark.parametrize(
    ("head", "declared"),
    [
        ("data:image/png;base64,", "png"),
        ("DATA:IMAGE/SVG+XML;BASE64,", "SVG+XML"),
        ('data:image/jpeg;name="a;base64,b";base64,', "jpeg"),
        ("data:image/jpeg;base64;q=1,", "jpeg"),
        ("data:image/jpeg,", None),
        ("data:image/jpeg;name=base64.jpg,", None),
        ("data:image/;base64,", None),
        ("data:text/png;base64,", None),
        ("data:image/png;base64", None),
        (f"data:image/png;name={'x' * 3_000};base64,", None),
    ],
)
def test_the_type_is_the_one_of_an_image_in_base64(head: str, declared: str | None) -> None:
    assert media_type(head + "AAAA") == declared


@pytest.mark.parametrize("head", ["data:x", "DATA:", "data:image/png"])
def test_a_data_uri_is_known_by_its_scheme(head: str) -> None:
    assert is_data_uri(head)
    assert not is_data_uri(f"x{head}")


@pytest.mark.parametrize("wrap", ["{}", "{}\n", " {} ", "{}%0A"])
@pytest.mark.parametrize("size", [7, 8, 9])
def test_the_limit_counts_decoded_bytes(size: int, wrap: str) -> None:
    for encoded in (base64.b64encode(bytes(size)).decode(), base64.b64encode(bytes(size)).decode().rstrip("=")):
        uri = f"data:image/png;base64,{wrap.format(encoded)}"
        assert decode(uri, size) == bytes(size)
        with pytest.raises(OverflowError):
            decode(uri, size - 1)


@pytest.mark.parametrize("encoded", ["A", "AAAAA", "AAA==", "AAAA=", "A===", "=AAA", "AA=A", "AA!A", "AAÄA", "AA%8AAA"])
def test_other_data_is_an_error(encoded: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - its text is never shown
        decode(f"data:image/png;base64,{encoded}", 99)
    assert not isinstance(caught.value, OverflowError)


@pytest.mark.parametrize(
    ("encoded", "data"), [("AB==", b"\0"), ("AB", b"\0"), ("AAB=", b"\0\0"), ("AAB", b"\0\0"), ("A" * 96 + "AB==", bytes(73))]
)
def test_bits_behind_the_last_byte_are_ignored(encoded: str, data: bytes) -> None:
    assert decode(f"data:image/png;base64,{encoded}", 99) == data


@given(st.text("AZaz09+/") | st.text("AZaz09+/=!", max_size=300))
def test_base64_means_what_it_means_to_python(encoded: str) -> None:
    digits = encoded.rstrip("=")
    padded = digits + "=" * (-len(digits) % 4)
    uri = f"data:image/png;base64,{encoded}"
    try:
        data = a2b_base64(padded, strict_mode=True)
    except ValueError:
        data = None
    if data is None or len(encoded) > len(padded):
        with pytest.raises(ValueError):  # noqa: PT011 - its text is never shown
            decode(uri, 300)
    else:
        assert decode(uri, 300) == data


@pytest.mark.parametrize(
    ("value", "head"),
    [
        ("iVBORw0KGgoAAAANSUhEUg==", b"\x89PNG\r\n\x1a\n"),
        ("/9j/4AAQSkZJRgABAQ", b"\xff\xd8\xff"),
        ("base64,R0lGODlhAQAB", b"GIF89a"),
        ("image/webp;base64,UklGRiQAAABXRUJQ", b"RIFF"),
        ("QUJD" * 50, b"ABC"),
        ("QUJD" * 49, None),
        ("https://example.com/" + "a" * 300, None),
        ("sea view " * 40 + "!", None),
        ("", None),
    ],
)
def test_base64_without_the_form_is_known_by_its_first_bytes_or_its_length(value: str, head: bytes | None) -> None:
    found = base64_kind(value)
    assert found is None if head is None else (found or b"").startswith(head)
