"""Bodies that a link may serve: videos as FFmpeg's libraries write them, the same with odd bytes, and what only looks like a video."""

import io
import struct
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from random import Random

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from tests.simulation.downloads.video_files import blank, boxes_of, without
from tests.support.image_files import png
from tests.support.mp4_files import TYPE_BOX, mp4_box, mp4_file

FRAMES, WIDTH, HEIGHT = 12, 128, 96
_RATE = 48_000
# Encoders that talk.
_QUIET = {"libx265": {"x265-params": "log-level=none"}, "libsvtav1": {"svtav1-params": "fast-decode=1"}}


@dataclass(frozen=True)
class Body:
    """What a link serves; `plays` is the number of pictures that FFmpeg's libraries decode from it."""

    name: str
    data: bytes
    plays: int

    @property
    def is_of_the_family(self) -> bool:
        """Whether it is a file of boxes; others, such as WebM, are kept and never delivered by themselves."""
        return self.data[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"uuid")


def pictures_in(data: bytes) -> int:
    """Count the pictures that FFmpeg's libraries decode."""
    count = 0
    try:
        with av.open(io.BytesIO(data)) as container:
            for _ in container.decode(video=0):
                count += 1
    except (av.error.FFmpegError, IndexError, ValueError, EOFError):
        pass
    return count


@cache
def encoded(codec: str, form: str = "mp4", flags: str = "", *, sound: bool = False, picture: bool = True) -> bytes:
    """A clip of a bar that falls, with a sound on request."""
    with tempfile.NamedTemporaryFile() as file:  # by its name, because an index that comes first is written last
        _write(file.name, codec, form, flags, sound=sound, picture=picture)
        return file.read()


def _write(path: str, codec: str, form: str, flags: str, *, sound: bool, picture: bool) -> None:
    with av.open(path, "w", format=form, options={"movflags": flags} if flags else {}) as container:
        video = container.add_stream(codec, rate=24, options=_QUIET.get(codec, {})) if picture else None
        audio = container.add_stream("aac", rate=_RATE, layout="mono") if sound else None
        if isinstance(video, VideoStream):
            video.width, video.height = WIDTH, HEIGHT
            video.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        for number in range(FRAMES):
            if isinstance(video, VideoStream):
                container.mux(video.encode(_frame(number).reformat(format=video.pix_fmt)))
            if isinstance(audio, AudioStream):
                container.mux(audio.encode(_sound(number)))
        for stream in (video, audio):
            if isinstance(stream, VideoStream | AudioStream):
                container.mux(stream.encode(None))


def _frame(number: int) -> VideoFrame:
    frame = VideoFrame(WIDTH, HEIGHT, "rgb24")
    dark, bright = bytes([20 * number]) * WIDTH * 3, bytes([255]) * WIDTH * 3
    frame.planes[0].update(b"".join(bright if 8 * number <= row < 8 * number + 8 else dark for row in range(HEIGHT)))
    return frame


def _sound(number: int) -> AudioFrame:
    frame = AudioFrame(format="fltp", layout="mono", samples=1_024)
    frame.planes[0].update(struct.pack("f", number / 99) * 1_024)
    frame.sample_rate = _RATE
    return frame


# Writers, by what is odd about their files.
WRITERS: dict[str, Callable[[], bytes]] = {
    "H.264": lambda: encoded("libx264"),
    "H.264 with sound": lambda: encoded("libx264", sound=True),
    "index first": lambda: encoded("libx264", flags="faststart", sound=True),
    "fragments": lambda: encoded("libx264", flags="frag_keyframe+empty_moov", sound=True),
    "a fragment per frame": lambda: encoded("libx264", flags="frag_every_frame+empty_moov+default_base_moof", sound=True),
    "DASH": lambda: encoded("libx264", flags="dash+frag_keyframe", sound=True),
    "CMAF": lambda: encoded("libx264", flags="cmaf+frag_keyframe"),
    "delayed index": lambda: encoded("libx264", flags="frag_keyframe+delay_moov", sound=True),
    "no offsets": lambda: encoded("libx264", flags="frag_keyframe+empty_moov+omit_tfhd_offset"),
    "negative times": lambda: encoded("libx264", flags="negative_cts_offsets"),
    "QuickTime": lambda: encoded("libx264", "mov", sound=True),
    "iPod": lambda: encoded("libx264", "ipod", sound=True),
    "MPEG-4": lambda: encoded("mpeg4", sound=True),
    "Motion JPEG": lambda: encoded("mjpeg", "mov"),
    "Motion JPEG in MP4": lambda: encoded("mjpeg"),
    "H.265": lambda: encoded("libx265"),
    "VP9": lambda: encoded("libvpx-vp9"),
    "AV1": lambda: encoded("libsvtav1"),
    "WebM": lambda: encoded("libvpx-vp9", "webm"),
}
CHEAP = ("H.264", "index first", "fragments", "QuickTime", "MPEG-4", "Motion JPEG")


def _long(mp4: bytes) -> bytes:
    """The media last, in a box with a 64-bit length; the index in front keeps its offsets, for eight bytes are taken from a filler."""
    return mp4_file(*_samples(mp4), media=lambda kind, data: struct.pack(">I4sQ", 1, kind, 16 + len(data)) + data, entry=_entry(mp4))


def _open(mp4: bytes) -> bytes:
    return mp4_file(*_samples(mp4), media=lambda kind, data: struct.pack(">I4s", 0, kind) + data, entry=_entry(mp4))


def _samples(mp4: bytes) -> list[bytes]:
    with av.open(io.BytesIO(mp4)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


def _entry(mp4: bytes) -> bytes:
    start = mp4.index(b"avc1", mp4.index(b"stsd")) - 4
    return mp4[start : start + int.from_bytes(mp4[start : start + 4], "big")]


def _noise(mp4: bytes, kind: bytes) -> bytes:
    random = Random(1)  # noqa: S311 - to be repeated
    return b"".join(box[:8] + random.randbytes(len(box) - 8) if box[4:8] == kind else box for box in boxes_of(mp4))


# The same video with something odd about it; FFmpeg plays all of these.
ODD: dict[str, Callable[[bytes], bytes]] = {
    "a byte behind": lambda mp4: mp4 + b"\n",
    "a page behind": lambda mp4: mp4 + b"<!-- cached -->",
    "zeros behind": lambda mp4: mp4 + bytes(1_000),
    "a cut box behind": lambda mp4: mp4 + struct.pack(">I4s", 999, b"free") + b"x",
    "a box of length 3 behind": lambda mp4: mp4 + b"\0\0\0\3free",
    "a box behind": lambda mp4: mp4 + mp4_box(b"uuid", bytes(16) + b"made elsewhere"),
    "64-bit media": _long,
    "open media": _open,
    "no type": lambda mp4: mp4_file(*_samples(mp4), type_box=b"", entry=_entry(mp4)),
    "fillers first": lambda mp4: mp4_file(*_samples(mp4), type_box=mp4_box(b"free", b"x") + TYPE_BOX, entry=_entry(mp4)),
}
# What is no video, or half of one; FFmpeg decides which of these it plays.
BROKEN: dict[str, Callable[[bytes], bytes]] = {
    "half": lambda mp4: mp4[: len(mp4) // 2],
    "without its last byte": lambda mp4: mp4[:-1],
    "its first 100 bytes": lambda mp4: mp4[:100],
    "no index": lambda mp4: without(mp4, b"moov"),
    "no media": lambda mp4: without(mp4, b"mdat"),
    "index of noise": lambda mp4: _noise(mp4, b"moov"),
    "media of noise": lambda mp4: _noise(mp4, b"mdat"),
    "media of zeros": blank,
}
OTHERS: dict[str, Callable[[], bytes]] = {
    "24 bytes of empty boxes": lambda: mp4_box(b"ftyp") + mp4_box(b"moov") + mp4_box(b"mdat"),
    "empty boxes": lambda: TYPE_BOX + mp4_box(b"moov") + mp4_box(b"mdat"),
    "sound alone": lambda: encoded("aac", sound=True, picture=False),
    "a page": lambda: b"<html>Welcome</html>",
    "an error of S3": lambda: b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>",
    "a playlist": lambda: b"#EXTM3U\n#EXTINF:5,\n1.ts\n",
    "a picture": lambda: png(64, 64),
    "noise": lambda: Random(2).randbytes(5_000),  # noqa: S311 - to be repeated
    "zeros": lambda: bytes(5_000),
    "a picture of noise": lambda: mp4_file(b"\1\2\3 noise, and no unit of H.264"),
}


def bodies(*, cheap: bool = False) -> Iterator[Body]:
    """Yield every body; `cheap` leaves out the writers that take long."""
    for name, write in WRITERS.items():
        if not cheap or name in CHEAP:
            yield _body(name, write())
    for change, make in ODD.items():
        yield _body(f"H.264, {change}", make(encoded("libx264")))
    for name in ("H.264", "index first", "fragments"):
        yield from (_body(f"{name}, {change}", make(WRITERS[name]())) for change, make in BROKEN.items())
    yield from (_body(name, make()) for name, make in OTHERS.items())


def _body(name: str, data: bytes) -> Body:
    return Body(name, data, pictures_in(data))
