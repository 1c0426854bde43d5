"""MP4 files for tests: small, whole, and with every part that a player looks at; the pictures in them are noise."""

import struct
from collections.abc import Callable, Sequence

# A parameter set of each kind, as far as anything but a decoder looks at them.
_SPS, _PPS = b"\x67\x42\x00\x0a\xf8\x41\xa2", b"\x68\xce\x38\x80"

# A picture that others depend on (IDR).
_PICTURE = b"\x65"


def mp4_box(kind: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I4s", 8 + len(data), kind) + data


TYPE_BOX = mp4_box(b"ftyp", b"isom\0\0\2\0isom")


def long_box(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I4sQ", 1, kind, 16 + len(data)) + data


def open_box(kind: bytes, data: bytes) -> bytes:
    """A box "to the end of the file"."""
    return struct.pack(">I4s", 0, kind) + data


def full_box(kind: bytes, *fields: int, data: bytes = b"") -> bytes:
    """A box with version and flags, some 32-bit fields, and more."""
    return mp4_box(kind, struct.pack(f">{1 + len(fields)}I", 0, *fields) + data)


def h264_sample(*units: bytes) -> bytes:
    """A sample of H.264: each unit after its length."""
    return b"".join(struct.pack(">I", len(unit)) + unit for unit in units)


def picture(media: bytes) -> bytes:
    """A sample that holds one picture."""
    return h264_sample(_PICTURE + media)


def h264_entry(name: bytes = b"avc1") -> bytes:
    """The description of an H.264 track."""
    setup = b"\1\x42\0\x0a\xff\xe1" + struct.pack(">H", len(_SPS)) + _SPS + b"\1" + struct.pack(">H", len(_PPS)) + _PPS
    return visual_entry(name, mp4_box(b"avcC", setup))


def visual_entry(name: bytes, more: bytes = b"") -> bytes:
    return mp4_box(name, bytes(6) + b"\0\1" + bytes(16) + struct.pack(">HH", 128, 96) + bytes(50) + more)


def sample_table(sizes: Sequence[int], offset: int, entry: bytes) -> bytes:
    """The `stbl` of samples that stand one after the other, in one chunk at an offset."""
    count = len(sizes)
    parts = full_box(b"stsd", 1, data=entry), full_box(b"stts", 1, count, 1_000), full_box(b"stsc", 1, 1, count, 1)
    return mp4_box(b"stbl", b"".join(parts) + full_box(b"stsz", 0, count, *sizes) + full_box(b"stco", 1, offset))


def track(table: bytes, handler: bytes = b"vide", number: int = 1) -> bytes:
    header = full_box(b"tkhd", 0, 0, number, data=bytes(68))
    kind = full_box(b"hdlr", 0, data=handler + bytes(13))
    return mp4_box(b"trak", header + mp4_box(b"mdia", kind + mp4_box(b"minf", table)))


def index(*parts: bytes) -> bytes:
    return mp4_box(b"moov", full_box(b"mvhd", data=bytes(96)) + b"".join(parts))


def mp4_file(
    *samples: bytes,
    handler: bytes = b"vide",
    entry: bytes = b"",
    media: Callable[[bytes, bytes], bytes] = mp4_box,
    before: bytes = b"",
    index_last: bool = False,
    type_box: bytes = TYPE_BOX,
) -> bytes:
    """A file with one track; `media` makes the `mdat`, `before` are boxes in front of it."""
    data = b"".join(samples)
    head = len(media(b"mdat", data)) - len(data)

    def made(offset: int) -> bytes:
        table = sample_table([len(sample) for sample in samples], offset, entry or h264_entry())
        return index(track(table, handler))

    front = type_box + before + (b"" if index_last else made(0))
    placed = made(len(front) + head)
    body = media(b"mdat", data)
    return type_box + before + (body + placed if index_last else placed + body)


def fragmented_file(*samples: bytes, cut_after: int | None = None) -> bytes:
    """A file with one fragment per sample; `cut_after` leaves out all fragments from there on."""
    empty = track(sample_table((), 0, h264_entry()))
    extension = mp4_box(b"mvex", full_box(b"trex", 1, 1, 0, 0, 0))
    front = TYPE_BOX + index(empty, extension)
    return front + b"".join(_fragment(sample) for sample in samples[:cut_after])


def _fragment(sample: bytes) -> bytes:
    def made(offset: int) -> bytes:
        header = mp4_box(b"tfhd", struct.pack(">II", 0x020000, 1))
        run = mp4_box(b"trun", struct.pack(">IIiI", 0x201, 1, offset, len(sample)))
        return mp4_box(b"moof", full_box(b"mfhd", 1) + mp4_box(b"traf", header + run))

    return made(len(made(0)) + 8) + mp4_box(b"mdat", sample)
