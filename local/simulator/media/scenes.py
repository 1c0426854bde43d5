"""Render a video's frames: a slow zoom into the input image, and a cross-fade to the last image."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from random import Random

from av.error import EOFError as EndOfStream
from av.filter import Graph
from av.filter.context import FilterContext
from av.video.frame import PictureType, VideoFrame

from local.simulator.contract.pricing import FPS
from local.simulator.media.frames import scale_to_cover, watermark

# zoompan moves in whole input pixels: oversampling halves the steps and smooths the zoom.
_OVERSAMPLING = 2
_ZOOM = 0.14
# "best effort": a fixed camera still moves a little, to show that the video plays.
_FIXED_ZOOM = 0.03
# The shares of the clip at which the cross-fade starts and ends.
_FADE_FROM, _FADE_TO = 0.55, 0.85


@dataclass(frozen=True)
class Scene:
    """The contents of a video."""

    width: int
    height: int
    frames: int
    first: VideoFrame
    last: VideoFrame | None = None
    audio: bool = False
    watermark: bool = False
    camera_fixed: bool = False
    still: bool = False  # without motion, which encodes much faster
    hurried: bool = False  # a larger file, which encodes in half the time
    seed: int = 0
    take: str = ""  # "similar, not identical": the same seed varies slightly between tasks


@dataclass(frozen=True)
class _Camera:
    zoom: float
    x: float  # the target of the zoom, as shares of the image
    y: float


# Inputs of a graph, with the frame that each gets once the graph is configured.
_Feeds = list[tuple[FilterContext, VideoFrame]]


def render_frames(scene: Scene) -> Iterator[VideoFrame]:
    """Render exactly `scene.frames` frames, numbered from 0."""
    graph = Graph()
    feeds: _Feeds = []
    end = _build_graph(graph, feeds, scene)
    if scene.watermark:
        end = _watermarked(graph, feeds, end, scene)
    sink = graph.add("buffersink")
    graph.link_nodes(end, graph.add("trim", end_frame=str(scene.frames)), graph.add("format", "yuv420p"), sink)
    graph.configure()
    for feed, frame in feeds:
        feed.push(frame)
        feed.push(None)
    yield from _numbered(graph)


def _numbered(graph: Graph) -> Iterator[VideoFrame]:
    number = 0
    while True:
        try:
            frame = graph.vpull()
        except EndOfStream:
            return
        frame.pts, frame.time_base = number, Fraction(1, FPS)
        frame.pict_type = PictureType.NONE  # otherwise each would inherit the input's type, a key frame
        number += 1
        yield frame


def _build_graph(graph: Graph, feeds: _Feeds, scene: Scene) -> FilterContext:
    if scene.still:
        return _still(graph, feeds, scene)
    camera = _camera(scene)
    if scene.last is None:
        return _zoom(graph, feeds, scene, scene.first, scene.frames, _zoom_in(camera, scene.frames))
    begin, end = int(scene.frames * _FADE_FROM), int(scene.frames * _FADE_TO)
    rest = scene.frames - begin
    first = _zoom(graph, feeds, scene, scene.first, end, _zoom_in(camera, end))
    last = _zoom(graph, feeds, scene, scene.last, rest, _zoom_out(camera, rest))
    fade = graph.add("xfade", transition="fade", duration=_seconds(end - begin), offset=_seconds(begin))
    first.link_to(fade, 0, 0)
    last.link_to(fade, 0, 1)
    return fade


def _camera(scene: Scene) -> _Camera:
    """Choose the move from the seed, with a small variation per take."""
    seeded = Random(scene.seed)  # noqa: S311 - a picture, not a secret
    take = Random(scene.take)  # noqa: S311
    zoom = _FIXED_ZOOM if scene.camera_fixed else _ZOOM * seeded.uniform(0.8, 1.2)
    return _Camera(zoom * take.uniform(0.97, 1.03), seeded.uniform(0.3, 0.7), seeded.uniform(0.3, 0.7))


def _zoom_in(camera: _Camera, frames: int) -> tuple[str, _Camera]:
    return f"1+{camera.zoom}*(1-cos(PI*on/{frames - 1}))/2", camera


def _zoom_out(camera: _Camera, frames: int) -> tuple[str, _Camera]:
    """Zoom out, ending on the whole image."""
    return f"1+{camera.zoom}*(1+cos(PI*on/{frames - 1}))/2", camera


def _zoom(
    graph: Graph,
    feeds: _Feeds,
    scene: Scene,
    picture: VideoFrame,
    frames: int,
    move: tuple[str, _Camera],
) -> FilterContext:
    zoom, camera = move
    canvas = _canvas(graph, feeds, picture, scene.width * _OVERSAMPLING, scene.height * _OVERSAMPLING)
    panned = graph.add(
        "zoompan",
        z=zoom,
        x=f"{camera.x}*(iw-iw/zoom)",
        y=f"{camera.y}*(ih-ih/zoom)",
        d=str(frames),
        s=f"{scene.width}x{scene.height}",
        fps=str(FPS),
    )
    canvas.link_to(panned)
    square = graph.add("setsar", "1")
    panned.link_to(square)
    return square


def _still(graph: Graph, feeds: _Feeds, scene: Scene) -> FilterContext:
    canvas = _canvas(graph, feeds, scene.first, scene.width, scene.height)
    loop = graph.add("loop", loop="-1", size="1")
    canvas.link_to(loop)
    return loop


def _canvas(graph: Graph, feeds: _Feeds, picture: VideoFrame, width: int, height: int) -> FilterContext:
    """Crop the center of the image to the video's shape."""
    feed = _feed(graph, feeds, scale_to_cover(picture, width, height))
    crop = graph.add("crop", f"{width}:{height}")
    # Players assume BT.709 for HD; this filter's default is BT.601.
    scale = graph.add("scale", out_color_matrix="bt709", out_range="tv")
    colours = graph.add("format", "yuv420p")
    graph.link_nodes(feed, crop, scale, colours)
    return colours


def _feed(graph: Graph, feeds: _Feeds, frame: VideoFrame) -> FilterContext:
    frame.pts, frame.time_base = 0, Fraction(1, FPS)
    feed = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base, name=f"in{len(feeds)}")
    feeds.append((feed, frame))
    return feed


def _watermarked(graph: Graph, feeds: _Feeds, video: FilterContext, scene: Scene) -> FilterContext:
    overlay = graph.add("overlay", f"W-w-{scene.height // 20}:H-h-{scene.height // 20}")
    video.link_to(overlay, 0, 0)
    _feed(graph, feeds, watermark(scene.height)).link_to(overlay, 0, 1)
    return overlay


def _seconds(frames: int) -> str:
    return f"{frames / FPS:.6f}"
