"""Sample tables in each of their forms name the same places."""

import io
import struct

import pytest

from cliprelay.media.mp4.boxes import Unreadable, boxes
from cliprelay.media.mp4.samples import MOST_SAMPLES, Samples, samples_of
from tests.support.mp4_files import full_box, mp4_box

# Three samples in the first chunk, two in each further one.
_RUNS = full_box(b"stsc", 2, 1, 3, 1, 2, 2, 1)
_PLACES = full_box(b"stco", 3, 100, 200, 300)
_SIZES = (5, 6, 7, 8, 9, 10, 11)
_TABLE = full_box(b"stsz", 0, 7, *_SIZES)
EXPECTED = [(100, 5), (105, 6), (111, 7), (200, 8), (208, 9), (300, 10), (310, 11)]


def _samples(*parts: bytes) -> list[Samples]:
    file = io.BytesIO(mp4_box(b"stbl", b"".join(parts)))
    (table,) = boxes(file, 0, len(file.getvalue()))
    return list(samples_of(file, table))


def _packed(width: int) -> bytes:
    values = bytes(_SIZES) if width == 8 else struct.pack(">7H", *_SIZES)
    if width == 4:
        values = bytes(one << 4 | two for one, two in ((5, 6), (7, 8), (9, 10), (11, 0)))
    return full_box(b"stz2", width, 7, data=values)


@pytest.mark.parametrize("sizes", [_TABLE, _packed(4), _packed(8), _packed(16)], ids=["stsz", "4 bits", "8 bits", "16 bits"])
@pytest.mark.parametrize("places", [_PLACES, full_box(b"co64", 3, data=struct.pack(">3Q", 100, 200, 300))], ids=["stco", "co64"])
def test_every_sample_has_its_place_and_its_size(sizes: bytes, places: bytes) -> None:
    assert [(each.offset, each.size) for each in _samples(sizes, _RUNS, places)] == EXPECTED


def test_samples_of_one_size_are_one_entry_per_chunk() -> None:
    found = _samples(full_box(b"stsz", 4, 7), _RUNS, _PLACES)
    assert found == [Samples(100, 4, 3), Samples(200, 4, 2), Samples(300, 4, 2)]
    assert [each.end for each in found] == [112, 208, 308]


def test_samples_beyond_the_last_chunk_have_no_place() -> None:
    assert len(_samples(full_box(b"stsz", 0, 9, *_SIZES, 1, 1), _RUNS, _PLACES)) == 7


def test_chunks_beyond_the_last_sample_are_empty() -> None:
    assert len(_samples(full_box(b"stsz", 0, 4, *_SIZES[:4]), _RUNS, _PLACES)) == 4


@pytest.mark.parametrize(
    "parts",
    [
        (full_box(b"stsz", 0, 8, *_SIZES), _RUNS, _PLACES),
        (full_box(b"stsz", 0, MOST_SAMPLES + 1), _RUNS, _PLACES),
        (full_box(b"stz2", 3, 7, data=bytes(7)), _RUNS, _PLACES),
        (_TABLE, _RUNS, full_box(b"stco", 0xFFFFFFFF, 100)),
        (_TABLE, full_box(b"stsc", 0xFFFFFFFF, 1, 3, 1), _PLACES),
        (_TABLE, _RUNS, full_box(b"stco", 4, 100, 200, 300)),
        (mp4_box(b"stsz", b"\0\0"), _RUNS, _PLACES),
    ],
    ids=["too few sizes", "too many samples", "a width of 3", "too many chunks", "too many runs", "too few places", "no fields"],
)
def test_a_table_that_claims_more_than_it_holds_is_unreadable(parts: tuple[bytes, ...]) -> None:
    with pytest.raises(Unreadable):
        _samples(*parts)


def test_a_run_of_four_billion_samples_ends_with_the_last_size() -> None:
    assert len(_samples(_TABLE, full_box(b"stsc", 1, 1, 0xFFFFFFFF, 1), _PLACES)) == 7
