"""Only a whole video passes, whatever order its writer chose; everything else has its doubt."""

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprelay.media.mp4.boxes import MOST_BOXES, MOST_CHILDREN
from cliprelay.media.mp4.check import MOST_FRAGMENTS, MOST_PICTURES, MOST_TRACKS, Doubt, begins_with_type, doubt_about
from tests.support.makers import any_mp4
from tests.support.mp4_files import (
    TYPE_BOX,
    fragmented_file,
    full_box,
    h264_entry,
    h264_sample,
    index,
    long_box,
    mp4_box,
    mp4_file,
    open_box,
    picture,
    sample_table,
    track,
    visual_entry,
)

PICTURES = [picture(b"one"), picture(b"another"), picture(b"last")]
NOISE = mp4_box(b"moov", struct.pack(">I4s", 3_000_000_000, b"trak") + b"noise")
MEDIA = mp4_box(b"mdat", b"media")


def _doubt(data: bytes) -> Doubt | None:
    return doubt_about(io.BytesIO(data), len(data))


WHOLE = {
    "index first": mp4_file(*PICTURES),
    "index last": mp4_file(*PICTURES, index_last=True),
    "a gap": mp4_file(*PICTURES, before=mp4_box(b"free", bytes(9))),
    "an empty media before": mp4_file(*PICTURES, before=mp4_box(b"mdat")),
    "64-bit length": mp4_file(*PICTURES, media=long_box),
    "open end": mp4_file(*PICTURES, media=open_box),
    "fragments": fragmented_file(*PICTURES),
    "fillers before the type": mp4_file(*PICTURES, type_box=mp4_box(b"wide") + mp4_box(b"uuid", bytes(16)) + TYPE_BOX),
    "no type, as QuickTime once had none": mp4_file(*PICTURES, type_box=b""),
    "an unknown format": mp4_file(b"\1picture", entry=visual_entry(b"ABCD")),
}
BEHIND = {
    "a byte": b"\n",
    "seven bytes": bytes(7),
    "zeros": bytes(4_096),
    "text": b"<!-- served by a cache -->",
    "a box that is cut": struct.pack(">I4s", 400, b"free") + bytes(9),
    "a box of length 5": b"\0\0\0\5free",
    "a 64-bit box without its length": struct.pack(">I4s", 1, b"free"),
    "a box beyond 2^63": struct.pack(">I4sQ", 1, b"free", 2**63),
}


@pytest.mark.parametrize("data", WHOLE.values(), ids=WHOLE)
def test_a_whole_video_passes(data: bytes) -> None:
    assert _doubt(data) is None


@pytest.mark.parametrize("more", BEHIND.values(), ids=BEHIND)
@pytest.mark.parametrize("data", [mp4_file(*PICTURES), mp4_file(*PICTURES, index_last=True), fragmented_file(*PICTURES)])
def test_bytes_behind_the_last_box_harm_nobody(data: bytes, more: bytes) -> None:
    assert _doubt(data + more) is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html>Welcome</html>",
        TYPE_BOX,
        TYPE_BOX + MEDIA,
        TYPE_BOX + NOISE + MEDIA,
        bytes(24),
        b"\0\0\0\7moov",
    ],
)
def test_a_file_without_a_readable_index_is_no_video(data: bytes) -> None:
    assert _doubt(data) is Doubt.NOT_AN_MP4


@pytest.mark.parametrize("content", [b"", b"noise"])
def test_boxes_without_content_hold_no_picture(content: bytes) -> None:
    assert _doubt(TYPE_BOX + mp4_box(b"moov", content) + mp4_box(b"mdat", content)) is Doubt.NO_PICTURE


@pytest.mark.parametrize(
    "data",
    [
        mp4_file(*PICTURES)[:-1],
        mp4_file(*PICTURES, index_last=True)[:-1],
        mp4_file(*PICTURES, media=open_box)[:-1],
        mp4_file(*PICTURES)[: -sum(map(len, PICTURES)) - 8],
        fragmented_file(*PICTURES)[:-1],
        fragmented_file(*PICTURES)[: -len(PICTURES[-1]) - 8],
        mp4_file(*PICTURES, index_last=True) + struct.pack(">I4s", 400, b"mdat"),
    ],
    ids=["media", "index", "open media", "all media", "fragment's media", "fragment's whole media", "further media"],
)
def test_a_file_that_is_cut_is_incomplete(data: bytes) -> None:
    assert _doubt(data) is Doubt.INCOMPLETE_MP4


@given(media=st.binary(max_size=50), cut=st.integers(min_value=1))
def test_a_file_cut_anywhere_has_a_doubt(media: bytes, cut: int) -> None:
    data = any_mp4(media)
    assert _doubt(data) is None
    assert _doubt(data[: -(1 + cut % len(data))]) is not None


@pytest.mark.parametrize(
    "data",
    [
        mp4_file(*PICTURES, handler=b"soun"),
        mp4_file(),
        TYPE_BOX + index() + MEDIA,
        TYPE_BOX + index(track(b"")) + MEDIA,
        fragmented_file(),
    ],
    ids=["sound", "no sample", "no track", "no table", "no fragment"],
)
def test_a_file_without_pictures_has_none(data: bytes) -> None:
    assert _doubt(data) is Doubt.NO_PICTURE


@pytest.mark.parametrize(
    "data",
    [
        mp4_file(bytes(100)),
        mp4_file(bytes(100), entry=visual_entry(b"ABCD")),
        mp4_file(*PICTURES, bytes(100)),
        mp4_file(b"\1\2noise of thirty or so bytes"),
        mp4_file(h264_sample(b"\x67settings only")),
        mp4_file(*PICTURES, entry=visual_entry(b"avc1")),
        mp4_file(*PICTURES, entry=visual_entry(b"encv")),
        mp4_file(*PICTURES, entry=visual_entry(b"\1\2\3\4")),
        fragmented_file(bytes(100)),
    ],
    ids=[
        "zeros",
        "zeros of any format",
        "zeros at the end",
        "noise",
        "no picture in it",
        "no setup",
        "encrypted",
        "no name",
        "fragment of zeros",
    ],
)
def test_samples_that_are_no_pictures_are_unreadable(data: bytes) -> None:
    assert _doubt(data) is Doubt.UNREADABLE_PICTURE


def test_one_video_track_with_pictures_is_enough() -> None:
    sound, first = b"sound", picture(b"one")
    tables = [[len(sound)], [len(first)]]

    def front(offset: int) -> bytes:
        places = zip(tables, (offset, offset + len(sound)), (b"soun", b"vide"), (1, 2), strict=True)
        return TYPE_BOX + index(*(track(sample_table(sizes, at, h264_entry()), kind, number) for sizes, at, kind, number in places))

    assert _doubt(front(len(front(0)) + 8) + mp4_box(b"mdat", sound + first)) is None
    assert _doubt(front(len(front(0)) + 8) + mp4_box(b"mdat", sound) + b"\0" * 3) is Doubt.INCOMPLETE_MP4


def test_sound_that_lies_outside_the_file_is_missed_too() -> None:
    first = picture(b"one")
    tracks = [track(sample_table([len(first)], 8 + 8, h264_entry())), track(sample_table([50], 10_000, b""), b"soun", 2)]
    assert _doubt(mp4_box(b"free") + mp4_box(b"mdat", first) + index(*tracks)) is Doubt.INCOMPLETE_MP4


@pytest.mark.parametrize("count", [1, MOST_PICTURES, 5 * MOST_PICTURES])
def test_the_last_pictures_of_a_long_video_are_looked_at_too(count: int) -> None:
    assert _doubt(mp4_file(*[picture(b"x")] * count)) is None
    assert _doubt(mp4_file(*[picture(b"x")] * count, *[bytes(6)] * count)) is Doubt.UNREADABLE_PICTURE


@given(data=st.binary(max_size=200))
def test_any_bytes_are_judged_without_an_error(data: bytes) -> None:
    assert _doubt(data) is not None


@given(place=st.integers(0, 10_000), noise=st.binary(min_size=1, max_size=12), of=st.sampled_from([any_mp4(), fragmented_file(*PICTURES)]))
def test_noise_anywhere_in_a_video_is_judged_without_an_error(place: int, noise: bytes, of: bytes) -> None:
    place %= len(of)
    assert _doubt(of[:place] + noise + of[place + len(noise) :]) in (None, *Doubt)


def test_a_file_with_too_many_boxes_is_given_up() -> None:
    assert _doubt(mp4_file(*PICTURES) + mp4_box(b"free") * MOST_BOXES) is Doubt.NOT_AN_MP4


@pytest.mark.parametrize(
    "data",
    [
        TYPE_BOX + index(*[track(b"")] * (MOST_TRACKS + 1)) + MEDIA,
        TYPE_BOX + index(mp4_box(b"trak", mp4_box(b"free") * (MOST_CHILDREN + 1))) + MEDIA,
        fragmented_file(*[picture(b"x")] * (MOST_FRAGMENTS + 1)),
    ],
    ids=["tracks", "boxes in a track", "fragments"],
)
def test_an_index_with_too_many_parts_is_given_up(data: bytes) -> None:
    assert _doubt(data) is Doubt.NOT_AN_MP4


def test_a_file_is_judged_from_its_start_wherever_it_was_read_to() -> None:
    file = io.BytesIO(any_mp4())
    file.seek(0, io.SEEK_END)
    assert doubt_about(file, len(any_mp4())) is None


@pytest.mark.parametrize(
    ("data", "begins"),
    [
        (any_mp4(), True),
        (TYPE_BOX, True),
        (mp4_box(b"free", b"x") + TYPE_BOX, True),
        (TYPE_BOX[:-1], False),
        (b"<html>ftyp</html>", False),
        (mp4_box(b"moov") + TYPE_BOX, False),
        (mp4_box(b"free") * (MOST_BOXES + 1), False),
        (b"", False),
    ],
)
def test_a_file_begins_like_an_mp4_if_its_type_comes_before_its_content(data: bytes, begins: bool) -> None:
    assert begins_with_type(io.BytesIO(data), len(data)) is begins


def test_a_table_without_sizes_or_places_names_no_samples() -> None:
    table = mp4_box(b"stbl", full_box(b"stsd", 1, data=h264_entry()))
    assert _doubt(TYPE_BOX + index(track(table)) + MEDIA) is Doubt.NO_PICTURE
