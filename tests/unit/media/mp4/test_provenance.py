"""A C2PA manifest is found by its box at the top level, and by nothing else."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprelay.media.mp4.boxes import MOST_BOXES
from cliprelay.media.mp4.check import doubt_about
from cliprelay.media.mp4.provenance import has_c2pa
from tests.support.makers import any_mp4
from tests.support.mp4_files import TYPE_BOX, long_box, mp4_box, mp4_file, picture

KIND = bytes.fromhex("D8FEC3D61B0E483C92975828877EC481")
# A manifest store is a JUMBF box, after the place of the first `merkle` box.
STORE = bytes(8) + mp4_box(b"jumb", b"claims")


def manifest(purpose: bytes = b"manifest", kind: bytes = KIND, head: bytes = bytes(4)) -> bytes:
    return mp4_box(b"uuid", kind + head + purpose + b"\0" + STORE)


def found(data: bytes) -> bool | None:
    return has_c2pa(io.BytesIO(data), len(data))


@pytest.mark.parametrize("purpose", [b"manifest", b"original", b"update"])
def test_a_manifest_is_found_before_the_index(purpose: bytes) -> None:
    video = mp4_file(picture(b"moving"), before=manifest(purpose))
    assert (found(video), doubt_about(io.BytesIO(video), len(video))) == (True, None)


def test_a_manifest_is_found_behind_the_media_and_with_a_long_header() -> None:
    assert found(any_mp4() + manifest(b"update"))
    assert found(TYPE_BOX + long_box(b"uuid", KIND + bytes(4) + b"manifest\0" + STORE) + any_mp4())


@pytest.mark.parametrize(
    "box",
    [
        b"",
        manifest(b"merkle"),
        manifest(b"manifesto"),
        manifest(kind=bytes.fromhex("BE7ACFCB97A942E89C71999491E3AFAC")),
        manifest(head=b"\1\0\0\0"),
        mp4_box(b"free", manifest()),
        mp4_box(b"uuid", KIND),
        mp4_box(b"uuid"),
    ],
    ids=["none", "an auxiliary box", "another purpose", "XMP", "another version", "inside another box", "cut", "empty"],
)
def test_nothing_else_is_a_manifest(box: bytes) -> None:
    assert found(mp4_file(picture(b"moving"), before=box)) is False


def test_a_manifest_that_is_cut_at_the_end_of_the_file_is_none() -> None:
    assert found((any_mp4() + manifest())[:-1]) is False


def test_a_file_of_countless_boxes_is_not_known() -> None:
    assert found(mp4_box(b"free") * (MOST_BOXES + 1)) is None


@given(st.binary(max_size=200))
def test_any_bytes_have_an_answer(data: bytes) -> None:
    assert found(data) in (True, False, None)
    assert found(TYPE_BOX + manifest()[:-20] + data) in (True, False, None)
