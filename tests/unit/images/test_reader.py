"""Random access to a file: no more is read than asked for, no search lasts for ever, and what is far away comes in few blocks."""

import struct

import pytest

from cliprelay.images.errors import ImageRefused, ImageUnread
from cliprelay.images.header import Probed
from cliprelay.images.probe import probe
from cliprelay.images.reader import STEPS, Blocks, Reader, over
from tests.support import image_files


def test_a_reader_counts_what_it_reads() -> None:
    file = over(b"0123456789")
    assert (file.at(2, 3), file.up_to(8, 5), file.unpack(">BB", 0)) == (b"234", b"89", (0x30, 0x31))
    assert (file.size, file.bytes_read, file.steps) == (10, 7, 2)


def test_bytes_beyond_the_end_are_refused_as_a_truncated_file() -> None:
    with pytest.raises(ImageRefused) as caught:
        over(b"0123456789").at(8, 3)
    assert caught.value.code == "image_truncated"


def test_a_search_ends_after_a_fixed_number_of_steps() -> None:
    file = over(b"0123456789")
    for _ in range(STEPS):
        file.at(0, 1)
    with pytest.raises(ImageUnread, match="more segments"):
        file.at(0, 1)


def _remote(data: bytes, *, block: int, most: int) -> tuple[Blocks, list[tuple[int, int]]]:
    """A file far away, and what is asked of it."""
    asked: list[tuple[int, int]] = []

    def load(offset: int, length: int) -> bytes:
        asked.append((offset, length))
        return data[offset : offset + length]

    return Blocks(load, block=block, most=most), asked


def test_bytes_from_several_requests_are_put_together_and_asked_for_once() -> None:
    blocks, asked = _remote(b"0123456789", block=2, most=3)
    assert [blocks(*place) for place in ((0, 1), (1, 4), (0, 10), (3, 2), (9, 5), (20, 1))] == [
        b"0",
        b"1234",
        b"0123456789",
        b"34",
        b"9",
        b"",
    ]
    assert asked == [(0, 2), (2, 4), (6, 8)]


def test_the_end_of_a_file_is_asked_for_once() -> None:
    blocks, asked = _remote(b"0123456789", block=64, most=1)
    assert (blocks(0, 64), blocks(5, 100), blocks(10, 1)) == (b"0123456789", b"56789", b"")
    assert len(asked) == 1


def test_a_directory_far_away_is_asked_for_alone() -> None:
    data = image_files.tiff(512, 512)
    far = data[:4] + struct.pack("<I", 500_008) + bytes(500_000) + data[8:]
    blocks, asked = _remote(far, block=65_536, most=2)
    assert probe(Reader(blocks, len(far), has_end=False)).width == 512
    assert [offset for offset, _ in asked] == [0, 500_008]


@pytest.mark.parametrize("segments", [12, 14])
def test_700_kilobytes_of_metadata_before_the_picture_take_four_requests(segments: int) -> None:
    data = image_files.jpeg(512, 512, *[image_files.jpeg_segment(0xE2, bytes(60_000))] * segments)
    blocks, asked = _remote(data + bytes(2_000_000), block=65_536, most=4)
    assert probe(Reader(blocks, None)).width == 512
    assert len(asked) == 4


def test_a_header_beyond_what_may_be_asked_for_is_unread_and_not_refused() -> None:
    data = image_files.jpeg(512, 512, *[image_files.jpeg_segment(0xE2, bytes(60_000))] * 20)
    with pytest.raises(ImageUnread, match="too far"):
        probe(Reader(_remote(data, block=65_536, most=4)[0], None))


def test_the_end_of_a_file_of_one_block_costs_no_further_request() -> None:
    data = image_files.png(512, 512).ljust(65_536, b"\0")
    blocks, asked = _remote(data, block=65_536, most=1)
    assert (probe(Reader(blocks, len(data), has_end=False)).width, len(asked)) == (512, 1)


def test_a_file_that_can_no_longer_be_fetched_keeps_what_was_read() -> None:
    data = image_files.gif(512, 400)[:24] + b"\x01x" * 2_000 + b"\0;"  # a frame of 4 kB

    def load(offset: int, length: int) -> bytes:
        if offset:
            raise ConnectionError
        return data[:length]

    assert probe(Reader(Blocks(load, block=40, most=4), None)) == Probed("gif", 512, 400, frames=None)
    with pytest.raises(ConnectionError):
        Blocks(load, block=40, most=4)(100, 1)


@pytest.mark.parametrize(
    ("has_end", "size", "tail"), [(True, 100_000, 10), (False, 100_000, 0), (False, 9, 0), (True, None, 0), (True, 4, 4)]
)
def test_the_end_of_a_file_is_read_only_where_it_may_be(has_end: bool, size: int | None, tail: int) -> None:
    assert len(Reader(lambda _, length: bytes(min(length, size or 0)), size, has_end=has_end).tail(10)) == tail
