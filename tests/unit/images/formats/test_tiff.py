"""TIFF: the first directory of either byte order, the rotation it asks for, and whether a second one follows."""

import struct

import pytest

from cliprelay.images.formats import tiff
from cliprelay.images.header import Probed
from cliprelay.images.reader import over
from tests.support import image_files
from tests.support.image_reading import UNREAD, refusal_code


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", [3, 4])
def test_the_size_is_read_in_both_byte_orders_and_kinds_of_number(order: str, kind: int) -> None:
    assert tiff.read(over(image_files.tiff(646, 362, order, kind=kind))) == Probed("tiff", 646, 362)


@pytest.mark.parametrize("orientation", range(9))
def test_the_last_four_orientations_turn_by_a_quarter(orientation: int) -> None:
    data = image_files.tiff(646, 362, orientation=orientation)
    size = (362, 646) if orientation >= 5 else (646, 362)  # decoders turn a TIFF upright
    assert tiff.read(over(data)) == Probed("tiff", *size, turned=orientation >= 5)
    assert tiff.is_turned(over(b"Exif\0\0" + data), 6) is (orientation >= 5)


def test_damaged_exif_data_ask_for_no_turn() -> None:
    assert tiff.is_turned(over(b"damaged!"), 0) is False
    assert tiff.is_turned(over(image_files.tiff(646, 362, orientation=8)[:20]), 0) is False


@pytest.mark.parametrize(
    ("data", "frames"),
    [
        (image_files.tiff(646, 362), 1),
        (image_files.tiff(646, 362, following=8), 1),
        (image_files.tiff(646, 362, following=9_999), None),
        (image_files.tiff(646, 362, following=102) + image_files.tiff(9, 9)[8:], 2),
    ],
    ids=["no link", "a link back", "a link out of the file", "a link to another picture"],
)
def test_a_link_to_another_directory_is_another_frame(data: bytes, frames: int | None) -> None:
    assert tiff.read(over(data)) == Probed("tiff", 646, 362, frames=frames)


def _tags(*entries: bytes, order: str = "<", big: bool = False, mark: bytes = b"") -> bytes:
    """A TIFF whose directory has these entries."""
    head = {"<": b"II", ">": b"MM"}[order]
    if big:
        return head + struct.pack(order + "HHHQQ", 43, 8, 0, 16, len(entries)) + b"".join(entries) + bytes(48)
    return (mark or head + struct.pack(order + "H", 42)) + struct.pack(order + "IH", 8, len(entries)) + b"".join(entries) + bytes(44)


def _entry(tag: int, kind: int, form: str, *numbers: int, order: str = "<") -> bytes:
    """An entry of numbers that fit into it."""
    return struct.pack(order + "HHI", tag, kind, len(numbers)) + struct.pack(order + form, *numbers).ljust(4, b"\0")


@pytest.mark.parametrize(
    ("kind", "form"), [(3, "H"), (4, "I"), (8, "h"), (9, "i"), (13, "I")], ids=["SHORT", "LONG", "SSHORT", "SLONG", "IFD"]
)
@pytest.mark.parametrize("order", ["<", ">"])
def test_the_size_is_read_from_every_kind_of_whole_number(order: str, kind: int, form: str) -> None:
    data = _tags(_entry(256, kind, form, 646, order=order), _entry(257, kind, form, 362, order=order), order=order)
    assert tiff.read(over(data)) == Probed("tiff", 646, 362)


@pytest.mark.parametrize(("mark", "order"), [(b"II*\0", "<"), (b"MM\0*", ">"), (b"II\0*", "<"), (b"MM*\0", ">")])
def test_the_first_four_bytes_may_have_any_order(mark: bytes, order: str) -> None:
    data = _tags(_entry(256, 3, "H", 646, order=order), _entry(257, 3, "H", 362, order=order), order=order, mark=mark)
    assert tiff.read(over(data)) == Probed("tiff", 646, 362)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", [3, 4, 16])
def test_a_bigtiff_is_read_like_a_tiff(order: str, kind: int) -> None:
    form = {3: "HHHH", 4: "II", 16: "Q"}[kind]
    sides = [
        struct.pack(order + "HHQ", tag, kind, 1) + struct.pack(order + form, side, *[0] * (len(form) - 1))
        for tag, side in ((256, 646), (257, 362))
    ]
    assert tiff.read(over(_tags(*sides, order=order, big=True))) == Probed("tiff", 646, 362)


def test_the_first_of_several_numbers_counts_wherever_it_is() -> None:
    data = _tags(_entry(256, 3, "HH", 646, 9), struct.pack("<HHII", 257, 4, 3, 60))[:60].ljust(60, b"\0") + struct.pack("<III", 362, 1, 1)
    assert tiff.read(over(data)) == Probed("tiff", 646, 362)


def test_numbers_in_bytes_are_no_numbers_to_decoders() -> None:
    sides = [_entry(256, 3, "H", 646), _entry(257, 3, "H", 362)]
    assert tiff.read(over(_tags(*sides, _entry(274, 1, "B", 6)))) == Probed("tiff", 646, 362)
    assert refusal_code(tiff.read, over(_tags(sides[0], _entry(257, 1, "B", 200)))) == UNREAD


def test_the_first_of_repeated_tags_counts() -> None:
    data = _tags(_entry(256, 3, "H", 646), _entry(256, 3, "H", 1), _entry(257, 3, "H", 362), _entry(257, 3, "H", 1))
    assert tiff.read(over(data)) == Probed("tiff", 646, 362)


def test_a_directory_that_is_cut_off_after_the_size_is_read() -> None:
    data = image_files.tiff(646, 362)[: 10 + 24]
    assert (tiff.read(over(data)).width, tiff.read(over(data)).height) == (646, 362)


def test_a_directory_of_more_entries_than_any_program_writes_is_read_from_its_first_ones() -> None:
    data = b"II*\0\x08\0\0\0\xff\xff" + image_files.tiff(646, 362)[10:34] + bytes(65_533 * 12 + 4)
    assert tiff.read(over(data)) == Probed("tiff", 646, 362)
    assert refusal_code(tiff.read, over(data[:10] + bytes(len(data)))) == UNREAD


def test_a_size_that_is_out_of_the_file_is_unread() -> None:
    data = _tags(struct.pack("<HHII", 256, 4, 2, 9_999), _entry(257, 3, "H", 362))
    assert refusal_code(tiff.read, over(data)) == UNREAD


DAMAGED = {
    "a negative width": _tags(_entry(256, 8, "h", -646), _entry(257, 3, "H", 362)),
    "a width of 0": image_files.tiff(0, 362),
    "a width in fractions": _tags(struct.pack("<HHII", 258, 5, 1, 8), _entry(257, 3, "H", 362)),
    "no width": image_files.tiff(512, 512).replace(struct.pack("<H", 256), struct.pack("<H", 258), 1),
    "no height": image_files.tiff(512, 512).replace(struct.pack("<H", 257), struct.pack("<H", 258), 1),
    "an empty directory": b"II*\0\x08\0\0\0\0\0" + bytes(40),
    "a directory inside its header": b"II*\0\0\0\0\0" + bytes(40),
    "an unknown byte order": b"IM*\0\x08\0\0\0" + bytes(40),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_header_that_contradicts_the_format_is_refused(name: str) -> None:
    assert refusal_code(tiff.read, over(DAMAGED[name])) == "image_broken"
