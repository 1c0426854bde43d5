"""Further pictures in a JPEG: frames count, and gain maps, thumbnails and damaged indexes do not."""

import struct

import pytest

from cliprelay.images.formats import jpeg
from cliprelay.images.header import Probed
from cliprelay.images.reader import Blocks, Reader, over
from tests.support import image_files
from tests.support.image_files import jpeg_segment

PRIMARY, THUMBNAIL, DISPARITY, PANORAMA, ANGLE, UNDEFINED = 0x03_0000, 0x01_0001, 0x02_0002, 0x02_0001, 0x02_0003, 0
ULTRA_HDR = b'http://ns.adobe.com/xap/1.0/\0<rdf:Description hdrgm:Version="1.0">'
ELEMENT = b"http://ns.adobe.com/xap/1.0/\0<hdrgm:Version>1.0</hdrgm:Version>"
CONTAINER = b'http://ns.adobe.com/xap/1.0/\0<Container:Item Item:Semantic="GainMap" Item:Length="9"/>'
APPLE = b"http://ns.adobe.com/xap/1.0/\0urn:com:apple:photo:2020:aux:hdrgainmap"
ISO = b"urn:iso:std:iso:ts:21496:-1\0\0\0\0\0"


def _index(order: str, *entries: tuple[int, int]) -> bytes:
    """The segment that lists type and offset of every picture."""
    head = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(order + "IH", 8, 2)
    tags = struct.pack(order + "HHII", 0xB001, 4, 1, len(entries)) + struct.pack(order + "HHII", 0xB002, 7, 16 * len(entries), 38)
    rows = b"".join(struct.pack(order + "IIIHH", kind, 100, place, 0, 0) for kind, place in entries)
    return jpeg_segment(0xE2, b"MPF\0" + head + tags + struct.pack(order + "I", 0) + rows)


def _file(kind: int, second: bytes, *before: bytes, first: int = PRIMARY, order: str = "<") -> bytes:
    """A JPEG of 646 by 362 pixels with a second picture of this type behind it."""
    empty = image_files.jpeg(646, 362, *before, _index(order, (first, 0), (kind, 0)))
    place = len(empty) - (empty.index(b"MPF\0") + 4)
    return image_files.jpeg(646, 362, *before, _index(order, (first, 0), (kind, place))) + second


SAME, SMALLER = image_files.jpeg(646, 362), image_files.jpeg(323, 181)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("kind", "second", "frames"),
    [
        (UNDEFINED, SAME, 2),
        (UNDEFINED, SMALLER, 1),
        (THUMBNAIL, SMALLER, 1),
        (THUMBNAIL, SAME, 1),
        (UNDEFINED, b"", 1),
        (UNDEFINED, b"no JPEG", 1),
    ],
    ids=["as large", "smaller", "a thumbnail", "a large thumbnail", "missing", "something else"],
)
def test_a_second_picture_is_a_frame_if_it_is_as_large_as_the_first(order: str, kind: int, second: bytes, frames: int) -> None:
    assert jpeg.read(over(_file(kind, second, order=order))) == Probed("jpeg", 646, 362, frames=frames)


@pytest.mark.parametrize("kind", [DISPARITY, PANORAMA, ANGLE])
def test_pictures_of_one_scene_are_frames_whatever_their_size(kind: int) -> None:
    assert jpeg.read(over(_file(kind, SMALLER, first=kind))).frames == 2
    assert jpeg.read(over(_file(UNDEFINED, SMALLER, first=kind))).frames == 1


@pytest.mark.parametrize(
    "mark", [(0xE1, ULTRA_HDR), (0xE1, ELEMENT), (0xE1, CONTAINER), (0xE2, ISO)], ids=["attribute", "element", "container", "ISO"]
)
def test_a_gain_map_that_the_first_picture_names_is_no_frame(mark: tuple[int, bytes]) -> None:
    assert jpeg.read(over(_file(UNDEFINED, SAME, jpeg_segment(*mark)))).frames == 1


@pytest.mark.parametrize("mark", [(0xE1, ULTRA_HDR), (0xE1, APPLE), (0xE2, ISO)], ids=["Ultra HDR", "Apple", "ISO"])
def test_a_gain_map_that_names_itself_is_no_frame(mark: tuple[int, bytes]) -> None:
    assert jpeg.read(over(_file(UNDEFINED, image_files.jpeg(646, 362, jpeg_segment(*mark))))).frames == 1


@pytest.mark.parametrize("data", [b"", b"II*\0\x08\0\0\0", b"II*\0\xff\xff\xff\xff", b"II*\0\x08\0\0\0\0\0\0\0\0\0", b"damaged!"])
def test_a_damaged_index_has_no_pictures(data: bytes) -> None:
    assert jpeg.read(over(image_files.jpeg(646, 362, jpeg_segment(0xE2, b"MPF\0" + data)))) == Probed("jpeg", 646, 362)


def test_frames_are_uncounted_when_the_second_picture_is_out_of_reach() -> None:
    data = _file(UNDEFINED, SAME)
    far = Blocks(lambda offset, length: data[offset : offset + length], block=len(data) - len(SAME), most=1)
    assert jpeg.read(Reader(far, len(data), has_end=False)) == Probed("jpeg", 646, 362, frames=None)
