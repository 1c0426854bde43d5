"""Videos that FFmpeg's libraries can decode, made by themselves: for what looks into a file, not only at its boxes."""

import tempfile
from collections.abc import Sequence
from functools import cache

import av
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

# What x264 writes about itself into the first picture of each video; FFmpeg ignores it.
_NOTE = b"x264 - core"

# Of a video that is the same wherever it is used.
FRAMES = 3

BLACK, WHITE = 16, 235


@cache
def film(
    width: int = 64,
    height: int = 36,
    frames: int = FRAMES,
    *,
    rate: int = 24,
    codec: str = "libx264",
    flags: str = "faststart",
    sound: bool = False,
    plain: Sequence[int] = (),
) -> bytes:
    """Encode a bar that moves down; the first frames have the brightnesses in `plain`, and nothing else."""
    with tempfile.NamedTemporaryFile() as file:  # by its name, because an index that comes first is written last
        _write(file.name, width, height, frames, rate, codec, flags, sound, plain)
        return file.read()


def _write(path: str, width: int, height: int, frames: int, rate: int, codec: str, flags: str, sound: bool, plain: Sequence[int]) -> None:
    with av.open(path, "w", format="mp4", options={"movflags": flags} if flags else {}) as container:
        video = container.add_stream(codec, rate=rate, options={"preset": "ultrafast"} if codec == "libx264" else {})
        assert isinstance(video, VideoStream)
        video.width, video.height, video.pix_fmt = width, height, {"mjpeg": "yuvj420p", "png": "rgb24"}.get(codec, "yuv420p")
        audio = container.add_stream("aac", rate=48_000, layout="mono") if sound else None
        for number in range(frames):
            frame = _plain(width, height, plain[number]) if number < len(plain) else _bar(width, height, number, frames)
            frame.pts = number
            container.mux(video.encode(frame.reformat(format=video.pix_fmt)))
            if audio:
                container.mux(audio.encode(_silence()))
        for stream in (video, audio):
            if stream:
                container.mux(stream.encode(None))


def named_film(name: str) -> bytes:
    """A small video with bytes of its own: its name is in the first picture, where FFmpeg ignores it."""
    whole = film()
    start = whole.index(_NOTE)
    note = name.encode("ascii").ljust(len(_NOTE) + 40)
    return whole[:start] + note + whole[start + len(note) :]


def _plain(width: int, height: int, brightness: int) -> VideoFrame:
    frame = VideoFrame(width, height, "yuv420p")
    for plane, value in zip(frame.planes, (brightness, 128, 128), strict=True):
        plane.update(bytes([value]) * plane.buffer_size)
    return frame


def _bar(width: int, height: int, number: int, frames: int) -> VideoFrame:
    frame = _plain(width, height, 60)
    line, top = frame.planes[0].line_size, height * number // (2 * frames)
    rows = [bytes([200 if top <= row < top + height // 3 else 60]) * line for row in range(height)]
    frame.planes[0].update(b"".join(rows).ljust(frame.planes[0].buffer_size, b"\0"))
    return frame


def _silence() -> AudioFrame:
    frame = AudioFrame(format="fltp", layout="mono", samples=1_024)
    frame.planes[0].update(bytes(frame.planes[0].buffer_size))
    frame.sample_rate = 48_000
    return frame
