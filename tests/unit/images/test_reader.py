"""Random access to a file: no more is read than asked for, no search lasts for ever, and what is far away comes in few blocks."""

import struct

import pytest

from cliprelay.images.errors import ImageRefused, ImageUnread
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
    with pytest.raises(ImageRefused) as caught:
        file.at(0, 1)
    assert caught.value.code == "image_header"


def test_bytes_that_cross_blocks_are_put_together_from_blocks_asked_for_once() -> None:
    asked: list[int] = []

    def load(offset: int, length: int) -> bytes:
        asked.append(offset)
        return b"0123456789"[offset : offset + length]

    blocks = Blocks(load, block=4, most=3)
    assert (blocks(3, 2), blocks(2, 8), blocks(8, 4)) == (b"34", b"23456789", b"89")
    assert asked == [0, 4, 8]


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
