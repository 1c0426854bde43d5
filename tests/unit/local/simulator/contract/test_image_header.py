"""Reading an image's size and format from its bytes."""

from contextlib import suppress
from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.simulator.contract.image_header import Header, read_header
from tests.support.simulator_client import any_picture


@pytest.mark.parametrize(
    ("codec", "name"),
    [("png", "png"), ("mjpeg", "jpeg"), ("gif", "gif"), ("bmp", "bmp"), ("tiff", "tiff"), ("libwebp", "webp")],
)
def test_the_size_of_a_real_file_in_each_format_is_read(codec: str, name: str) -> None:
    assert read_header(any_picture(646, 362, codec)) == Header(name, 646, 362)


def webp(kind: bytes, payload: bytes) -> bytes:
    return b"RIFF\x00\x00\x00\x00WEBP" + kind + pack("<I", len(payload)) + payload


def tiff(order: str, mark: bytes, kind: str) -> bytes:
    number = {"H": 3, "I": 4}[kind]
    value = "HH" if kind == "H" else "I"
    entries = b"".join(
        pack(f"{order}HHI{value}", tag, number, 1, size, *([0] if kind == "H" else [])) for tag, size in ((256, 646), (257, 362))
    )
    return mark + pack(f"{order}I", 8) + pack(f"{order}H", 2) + entries


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(webp(b"VP8L", b"\x2f" + pack("<I", 645 | 361 << 14)), id="lossless webp"),
        pytest.param(webp(b"VP8X", bytes(4) + b"\x85\x02\x00" + b"\x69\x01\x00"), id="extended webp"),
        pytest.param(tiff("<", b"II*\x00", "H"), id="tiff, little end first, short numbers"),
        pytest.param(tiff(">", b"MM\x00*", "I"), id="tiff, big end first, long numbers"),
        pytest.param(b"BM" + bytes(12) + pack("<IHH", 12, 646, 362), id="bmp of OS/2"),
        pytest.param(b"BM" + bytes(12) + pack("<Iii", 40, 646, -362), id="bmp from top to bottom"),
        pytest.param(b"\xff\xd8\xff\xe1\x00\x04ab\xff\xff\xc2\x00\x0b\x08" + pack(">HH", 362, 646), id="jpeg, padded, progressive"),
    ],
)
def test_the_size_of_rare_variants_is_read(data: bytes) -> None:
    header = read_header(data)
    assert (header.width, header.height) == (646, 362)


@pytest.mark.parametrize("codec", ["png", "mjpeg", "gif", "bmp", "tiff", "libwebp"])
def test_a_truncated_header_is_rejected(codec: str) -> None:
    whole = any_picture(646, 362, codec)
    with pytest.raises(ValueError, match=r"\w"):
        read_header(whole[:9])


@pytest.mark.parametrize("data", [b"", b"<svg/>", b"%PDF-1.7", b"RIFF\x00\x00\x00\x00WAVEfmt "])
def test_other_formats_are_rejected(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a jpeg"):
        read_header(data)


@given(
    start=st.sampled_from([b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"RIFFxxxxWEBP", b"BM", b"II*\x00", b"MM\x00*"]),
    rest=st.binary(max_size=80),
)
def test_any_bytes_give_a_header_or_a_value_error(start: bytes, rest: bytes) -> None:
    with suppress(ValueError):
        read_header(start + rest)
