"""Facts and poster of a video file, by FFmpeg's libraries.

The file is from outside and may be hostile. So only one demuxer and a few decoders may open it, and pictures, packets, frames and
seconds have limits. What still brings the process down costs one sandbox: the workflow goes on without a poster.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import IO, TYPE_CHECKING

import av
from av.codec import Codec
from av.error import FFmpegError
from av.filter import Graph
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace, Interpolation
from av.video.stream import VideoStream

from cliprelay.errors import UnreadableVideo
from cliprelay.media.facts import Facts

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.codeccontext import VideoCodecContext

# The MP4 family alone: other demuxers, such as that of playlists, would open further files or addresses.
_FORMAT = "mp4"
# What models deliver, or may some day; each further decoder is one more that a hostile file may attack.
DECODERS = ("h264", "hevc", "av1", "libdav1d", "vp8", "vp9", "mpeg4", "mjpeg")
# A little more than 4K; a picture of more pixels takes too much memory. FFmpeg knows the limit, too, because it decodes while it probes.
MOST_PIXELS = 4_096 * 2_304
# Bytes and microseconds that FFmpeg reads to find out what the index does not say.
_PROBE = {"probesize": "5000000", "analyzeduration": "5000000", "codec_whitelist": ",".join(DECODERS), "max_streams": "64"}
_LIMITS = {"max_pixels": str(MOST_PIXELS)}
# An hour at 60 frames a second; counted only in files whose index has no number of frames.
MOST_PACKETS = 216_000
# Frames that are decoded in search of a clear one: ten seconds of the usual rate.
MOST_FRAMES = 240

# E-mail programs and chats show a poster smaller than this, and load it at once.
LARGEST_POSTER = 80_000
# The longest side, and the quantizer (2 is best, 31 worst): a smaller picture is better than one full of blocks.
_SIDES = (1_280, 960, 640, 320, 160)
_QUANTIZERS = (3, 5, 8, 12)

# A picture is clear if the brightness of its parts varies (standard deviation) and some of it is not dark. Of 255; a black or white
# picture with the noise of its compression varies by 2, and a night scene by more than 10.
_VARIES, _BRIGHT = 8.0, 48
_SMALL = (48, 27)

# Without a colour space in the file, players take this one for anything larger than a DVD's picture.
_HD_HEIGHT = 576
_UNSPECIFIED = 2


@dataclass(frozen=True)
class Picture:
    """A JPEG and its size."""

    jpeg: bytes
    width: int
    height: int


@dataclass(frozen=True)
class Look:
    """What a file shows; without a poster, `reason` says why there is none."""

    facts: Facts
    poster: Picture | None = None
    reason: str | None = None


def look_at(file: IO[bytes], seconds: float, clock: Callable[[], float] = time.monotonic) -> Look:
    """Probe a file and draw its poster, in `seconds` at most if one frame does not take longer; raises UnreadableVideo."""
    ends = clock() + seconds
    try:
        with av.open(file, "r", format=_FORMAT, options=_LIMITS, container_options=_PROBE) as container:
            stream = container.streams.best("video")
            if not isinstance(stream, VideoStream):
                raise UnreadableVideo("no_picture")
            facts = _facts_of(container, stream)
            return _with_poster(facts, container, stream, lambda: clock() >= ends)
    except (FFmpegError, ValueError, OverflowError, MemoryError):
        raise UnreadableVideo("unreadable") from None


def _facts_of(container: "InputContainer", stream: VideoStream) -> Facts:
    context = stream.codec_context
    if not (context and context.width and context.height):
        raise UnreadableVideo("no_size")
    duration = Fraction(container.duration, av.time_base) if container.duration else _duration_of(stream)
    return Facts(
        width=context.width,
        height=context.height,
        frames=stream.frames or _count(container, stream),
        fps_thousandths=round(1_000 * (stream.average_rate or 0)),
        milliseconds=round(1_000 * duration),
        codec=context.codec.canonical_name,
        sound=bool(container.streams.audio),
    )


def _duration_of(stream: VideoStream) -> Fraction:
    return stream.duration * (stream.time_base or Fraction(0)) if stream.duration else Fraction(0)


def _count(container: "InputContainer", stream: VideoStream) -> int:
    """Count the frames of a file whose index has no number, as a fragmented one; 0 if there are too many."""
    count = sum(1 for packet in islice(container.demux(stream), MOST_PACKETS) if packet.size)
    container.seek(0)
    return count if count < MOST_PACKETS else 0


# The poster


def _with_poster(facts: Facts, container: "InputContainer", stream: VideoStream, is_over: Callable[[], bool]) -> Look:
    if facts.codec not in DECODERS:
        return Look(facts, reason="foreign_codec")
    if facts.width * facts.height > MOST_PIXELS:
        return Look(facts, reason="too_many_pixels")
    try:
        frame = _clear_frame(_frames(container, stream), is_over)
        poster = _poster_of(frame, stream.codec_context) if frame else None
    except (FFmpegError, ValueError, OverflowError, MemoryError):
        return Look(facts, reason="not_decoded")
    return Look(facts, poster, None if poster else "no_frame")


def _frames(container: "InputContainer", stream: VideoStream) -> Iterator[VideoFrame]:
    stream.codec_context.thread_count = 1  # each thread has pictures of its own in memory
    yield from islice(container.decode(stream), MOST_FRAMES)


def _clear_frame(frames: Iterator[VideoFrame], is_over: Callable[[], bool]) -> VideoFrame | None:
    """Return the first clear frame; without one, that which varies most."""
    best, best_variation = None, -1.0
    try:
        for frame in frames:
            if frame.width * frame.height > MOST_PIXELS:  # the stream may change its size
                break
            variation, brightest = _brightness(frame)
            if variation >= _VARIES and brightest >= _BRIGHT:
                return frame
            if variation > best_variation:
                best, best_variation = frame, variation
            if is_over():
                break
    except FFmpegError:
        if best is None:
            raise
    return best


def _brightness(frame: VideoFrame) -> tuple[float, int]:
    """Return how much the brightness of a frame's parts varies, and that of its brightest twentieth."""
    width, height = _SMALL
    plane = frame.reformat(width, height, "gray", interpolation=Interpolation.AREA).planes[0]
    data = bytes(plane)
    values = sorted(b"".join(data[row * plane.line_size :][:width] for row in range(height)))
    mean = sum(values) / len(values)
    return (sum((value - mean) ** 2 for value in values) / len(values)) ** 0.5, values[-(len(values) // 20)]


def _poster_of(frame: VideoFrame, context: "VideoCodecContext") -> Picture | None:
    """Return a frame as JPEG, as large and as good as fits."""
    for side in _SIDES:
        picture = _upright(_scaled(frame, context.sample_aspect_ratio or Fraction(1), side), frame.rotation)
        for quantizer in _QUANTIZERS:
            jpeg = _encoded(picture, quantizer)
            if len(jpeg) <= LARGEST_POSTER:
                return Picture(jpeg, picture.width, picture.height)
    return None


def _scaled(frame: VideoFrame, pixel_ratio: Fraction, side: int) -> VideoFrame:
    """Return a frame with square pixels and sides of at most `side`, in a JPEG's colours; never a larger one."""
    wide, high = Fraction(frame.width), Fraction(frame.height)
    if pixel_ratio > 1:
        high /= pixel_ratio
    elif pixel_ratio > 0:
        wide *= pixel_ratio
    scale = min(Fraction(1), side / max(wide, high))
    width, height = (max(2, round(length * scale / 2) * 2) for length in (wide, high))
    unsaid = frame.colorspace == _UNSPECIFIED and frame.height > _HD_HEIGHT
    source = Colorspace.ITU709 if unsaid else None
    return frame.reformat(width, height, "yuvj420p", source, Colorspace.ITU601, Interpolation.AREA)


def _upright(frame: VideoFrame, degrees: float) -> VideoFrame:
    """Turn a frame as players do, by quarters; `degrees` is counterclockwise."""
    turns = round(degrees / 90) % 4
    if not turns:
        return frame
    graph = Graph()
    nodes = [graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1, 1_000))]
    nodes += [graph.add("transpose", "cclock") for _ in range(turns)]
    graph.link_nodes(*nodes, graph.add("buffersink")).configure()
    graph.push(frame)
    turned = graph.pull()
    if not isinstance(turned, VideoFrame):
        raise ValueError("the graph has no picture")
    return turned


def _encoded(frame: VideoFrame, quantizer: int) -> bytes:
    context = Codec("mjpeg", "w").create("video")
    context.width, context.height, context.pix_fmt, context.time_base = frame.width, frame.height, "yuvj420p", Fraction(1, 1_000)
    context.options = {"qmin": str(quantizer), "qmax": str(quantizer), "flags": "+bitexact"}
    frame.pts = 0
    return b"".join(bytes(packet) for packet in [*context.encode(frame), *context.encode(None)])
