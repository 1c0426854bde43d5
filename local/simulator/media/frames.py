"""Images as video frames: decoded input images, a test card as a substitute, and the watermark."""

import io

import av
from av.filter import Graph
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation

from local.simulator.contract.image_header import read_header

# Name the demuxer, because some formats that FFmpeg could guess are playlists that open other files.
_DEMUXERS = {
    "png": "png_pipe",
    "jpeg": "jpeg_pipe",
    "gif": "gif",
    "webp": "webp_pipe",
    "bmp": "bmp_pipe",
    "tiff": "tiff_pipe",
}

# The word SIM in a font of 5 x 3 dots.
_DOTS = (
    "### ### # #",
    "#    #  ###",
    "###  #  ###",
    "  #  #  # #",
    "### ### # #",
)
_INK, _VOID = b"\xff\xff\xff\xa0", b"\x00\x00\x00\x00"


def decode(data: bytes) -> VideoFrame:
    """Return the first frame; raise ValueError if the data cannot be decoded."""
    demuxer = _DEMUXERS[read_header(data).format]
    try:
        with av.open(io.BytesIO(data), "r", format=demuxer) as container:
            for frame in container.decode(video=0):
                return frame
    except av.error.FFmpegError as broken:
        raise ValueError(f"{demuxer} cannot decode it: {type(broken).__name__}") from broken
    raise ValueError("it holds no frame")


def draw_card(width: int, height: int, source: str = "testsrc2") -> VideoFrame:
    """Return a frame drawn by FFmpeg: a test card, or with `color` a plain one that compresses to almost nothing."""
    graph = Graph()
    graph.link_nodes(
        graph.add(source, size=f"{width}x{height}", rate="1", duration="1"),
        graph.add("format", "rgb24"),
        graph.add("buffersink"),
    ).configure()
    return graph.vpull()


def scale_to_cover(frame: VideoFrame, width: int, height: int) -> VideoFrame:
    """Scale the frame to cover the area; one side may exceed it."""
    factor = max(width / frame.width, height / frame.height)
    # Even sides, because the color planes have half the resolution.
    wide = max(width, 2 * round(frame.width * factor / 2))
    high = max(height, 2 * round(frame.height * factor / 2))
    return frame.reformat(wide, high, "rgb24", interpolation=Interpolation.BICUBIC)


def watermark(video_height: int) -> VideoFrame:
    """Return the word SIM, a twentieth of the video high."""
    dot = max(1, video_height // 100)
    rows = (b"".join((_INK if mark == "#" else _VOID) * dot for mark in row) * dot for row in _DOTS)
    return VideoFrame.from_bytes(b"".join(rows), len(_DOTS[0]) * dot, len(_DOTS) * dot, format="rgba")
