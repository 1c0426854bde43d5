"""Samples look like pictures of their format, or they do not."""

import io
import struct

import pytest

from cliprelay.media.mp4.boxes import Unreadable, boxes
from cliprelay.media.mp4.pictures import MOST_UNITS, Format, are_pictures, format_of
from cliprelay.media.mp4.samples import Samples
from tests.support.mp4_files import full_box, h264_entry, h264_sample, mp4_box, visual_entry

H264, H265 = Format(b"avc1", 4), Format(b"hvc1", 4)
_HVCC = mp4_box(b"hvcC", b"\1" + bytes(20) + b"\3\0")


def _are_pictures(form: Format, *samples: bytes) -> bool:
    ends = [sum(map(len, samples[: number + 1])) for number in range(len(samples))]
    places = [Samples(end - len(sample), len(sample)) for end, sample in zip(ends, samples, strict=True)]
    return are_pictures(io.BytesIO(b"".join(samples)), form, places)


@pytest.mark.parametrize(
    ("form", "sample"),
    [
        (H264, h264_sample(b"\x65picture")),
        (H264, h264_sample(b"\x65")),
        (H264, h264_sample(b"\x09\xf0", b"\x06sei", b"\x41picture")),
        (Format(b"avc3", 1), b"\x04\x65abc"),
        (Format(b"avc1", 2), b"\0\x04\x65abc"),
        (H265, h264_sample(b"\x40\x01vps", b"\x26\x01picture")),
        (H265, h264_sample(b"\x02\x01")),
        (Format(b"av01"), b"\x12\0\x0a\x0b"),
        (Format(b"vp09"), b"\x82\x49\x83\x42"),
        (Format(b"vp08"), b"\x10\x02\0\x9d\x01\x2a"),
        (Format(b"mp4v"), b"\0\0\1\xb6picture"),
        (Format(b"mp4v"), b"\xff\xd8\xff"),
        (Format(b"jpeg"), b"\xff\xd8\xff"),
        (Format(b"ABCD"), b"\0" * 9 + b"\1"),
        (Format(b"ABCD"), b"\1" + bytes(100_000)),
    ],
)
def test_pictures_of_a_format_are_recognised(form: Format, sample: bytes) -> None:
    assert _are_pictures(form, sample)
    assert _are_pictures(form, sample, b"", sample)


@pytest.mark.parametrize(
    ("form", "sample"),
    [
        (H264, bytes(100)),
        (H264, h264_sample(b"\x65picture")[:-1]),
        (H264, h264_sample(b"\x65picture") + b"\0"),
        (H264, h264_sample(b"\xe5picture")),
        (H264, h264_sample(b"\x00picture")),
        (H264, h264_sample(b"\x67settings")),
        (H265, h264_sample(b"\x26\x00picture")),
        (H265, h264_sample(b"\xa6\x01picture")),
        (H265, h264_sample(b"\x26")),
        (H265, h264_sample(b"\x40\x01vps")),
        (Format(b"av01"), b"\xff\xff\xff"),
        (Format(b"vp09"), b"\1\2\3"),
        (Format(b"vp08"), bytes(9)),
        (Format(b"mp4v"), b"noise"),
        (Format(b"jpeg"), b"noise"),
        (Format(b"ABCD"), bytes(100_000)),
    ],
)
def test_zeros_noise_and_parts_are_no_pictures(form: Format, sample: bytes) -> None:
    assert not _are_pictures(form, sample)


def test_one_bad_sample_spoils_the_track() -> None:
    good = h264_sample(b"\x65picture")
    assert _are_pictures(H264, good, good)
    assert not _are_pictures(H264, good, bytes(len(good)), good)


def test_a_sample_of_too_many_units_is_given_up() -> None:
    assert _are_pictures(H264, h264_sample(*[b"\x65"] * MOST_UNITS))
    assert not _are_pictures(H264, h264_sample(*[b"\x65"] * (MOST_UNITS + 1)))


def test_samples_outside_the_file_are_no_pictures() -> None:
    assert not are_pictures(io.BytesIO(b"short"), H264, [Samples(100, 5)])
    assert not are_pictures(io.BytesIO(b"short"), H264, [Samples(-5, 5)])
    assert not are_pictures(io.BytesIO(), H264, [])


def _format_of(*entries: bytes) -> Format:
    file = io.BytesIO(full_box(b"stsd", len(entries), data=b"".join(entries)))
    (description,) = boxes(file, 0, len(file.getvalue()))
    return format_of(file, description)


@pytest.mark.parametrize(
    ("entry", "form"),
    [
        (h264_entry(), H264),
        (h264_entry(b"avc3"), Format(b"avc3", 4)),
        (visual_entry(b"avc3", mp4_box(b"avcC", b"\1\x42\0\x0a\xfc\xe0\0")), Format(b"avc3", 1)),
        (visual_entry(b"hev1", mp4_box(b"pasp", bytes(8)) + _HVCC), Format(b"hev1", 4)),
        (visual_entry(b"av01"), Format(b"av01")),
        (visual_entry(b"raw "), Format(b"raw ")),
    ],
)
def test_the_format_is_read_from_its_description(entry: bytes, form: Format) -> None:
    assert _format_of(entry) == form


@pytest.mark.parametrize(
    "entry",
    [
        b"",
        visual_entry(b"avc1"),
        visual_entry(b"avc1", mp4_box(b"avcC", b"\1\x42")),
        visual_entry(b"avc1", mp4_box(b"avcC", bytes(30))),
        visual_entry(b"avc1", mp4_box(b"avcC", b"\1\x42\0\x0a\xff\xe0\0")),
        visual_entry(b"hvc1"),
        visual_entry(b"encv"),
        visual_entry(bytes(4)),
        struct.pack(">I4s", 5_000, b"avc1") + bytes(80),
    ],
    ids=["no entry", "no setup", "short setup", "zeros", "no parameters", "no H.265 setup", "encrypted", "no name", "too long"],
)
def test_a_format_that_nobody_could_decode_is_unreadable(entry: bytes) -> None:
    with pytest.raises(Unreadable):
        _format_of(entry)
