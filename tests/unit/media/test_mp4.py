"""Only a complete MP4 passes."""

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprelay.media.mp4 import MOST_BOXES, is_whole_mp4
from tests.support.makers import any_mp4, mp4_box

FTYP, MOOV, MDAT = mp4_box(b"ftyp", b"isom\0\0\2\0"), mp4_box(b"moov", b"index"), mp4_box(b"mdat", b"media")


def _is_whole(data: bytes) -> bool:
    return is_whole_mp4(io.BytesIO(data), len(data))


@pytest.mark.parametrize(
    "data",
    [
        FTYP + MOOV + MDAT,
        FTYP + MDAT + MOOV,
        FTYP + mp4_box(b"free") + MOOV + MDAT,
        FTYP + MOOV + MDAT + MDAT,
        FTYP + MOOV + struct.pack(">I4sQ", 1, b"mdat", 16 + 5) + b"media",
        FTYP + MOOV + struct.pack(">I4s", 0, b"mdat") + b"to the end",
    ],
    ids=["plain", "index last", "with a gap", "two media", "64-bit length", "open end"],
)
def test_a_complete_file_is_recognised(data: bytes) -> None:
    assert _is_whole(data)


def test_a_last_box_without_a_length_is_complete_only_if_the_end_is_known() -> None:
    data = FTYP + MOOV + struct.pack(">I4s", 0, b"mdat") + b"to the end"
    assert not is_whole_mp4(io.BytesIO(data), len(data), end_is_known=False)
    assert is_whole_mp4(io.BytesIO(FTYP + MOOV + MDAT), len(FTYP + MOOV + MDAT), end_is_known=False)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html>Welcome</html>",
        FTYP,
        FTYP + MOOV,
        FTYP + MDAT,
        MOOV + MDAT,
        MOOV + FTYP + MDAT,
        FTYP + MOOV + MDAT + b"x",
        FTYP + MOOV + MDAT + b"\0\0\0\7free",
        FTYP + MOOV + MDAT + struct.pack(">I4s", 1, b"free"),
        FTYP + MOOV + MDAT + struct.pack(">I4sQ", 1, b"free", 2**63),
        FTYP + MOOV + MDAT + struct.pack(">I4sQ", 1, b"free", 0),
    ],
)
def test_a_file_without_a_box_or_a_byte_is_refused(data: bytes) -> None:
    assert not _is_whole(data)


@pytest.mark.parametrize("length", range(2, 8))
@pytest.mark.parametrize("place", [1, 2, 3])
def test_a_box_shorter_than_its_own_header_is_refused(length: int, place: int) -> None:
    boxes = [FTYP, MOOV, MDAT]
    boxes.insert(place, struct.pack(">I4s", length, b"free"))
    assert not _is_whole(b"".join(boxes))
    assert not _is_whole(b"".join(boxes)[: -8 + length])


@given(media=st.binary(max_size=50), cut=st.integers(min_value=1))
def test_a_file_cut_anywhere_is_refused(media: bytes, cut: int) -> None:
    data = any_mp4(media)
    assert _is_whole(data)
    assert not _is_whole(data[: -(1 + cut % len(data))])


@given(data=st.binary(max_size=200))
def test_any_bytes_are_judged_without_an_error(data: bytes) -> None:
    assert _is_whole(data) in (True, False)


@given(
    data=st.lists(st.builds(lambda length, kind: struct.pack(">I4s", length, kind), st.integers(0, 40), st.binary(min_size=4, max_size=4)))
)
def test_any_boxes_are_judged_without_an_error(data: list[bytes]) -> None:
    assert not _is_whole(b"".join(data)) or b"".join(data)[4:8] == b"ftyp"


def test_a_file_with_too_many_boxes_is_refused() -> None:
    assert not _is_whole(FTYP + MOOV + MDAT + mp4_box(b"free") * MOST_BOXES)
    assert _is_whole(FTYP + MOOV + MDAT + mp4_box(b"free") * (MOST_BOXES - 3))


def test_a_file_is_judged_from_its_start_wherever_it_was_read_to() -> None:
    file = io.BytesIO(any_mp4())
    file.seek(0, io.SEEK_END)
    assert is_whole_mp4(file, len(any_mp4()))
