"""The moving pictures of a film: a slow zoom into the request's picture, and a cross-fade to its last image."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from random import Random

from av.error import EOFError as FilmEnd
from av.filter import Graph
from av.filter.context import FilterContext
from av.video.frame import PictureType, VideoFrame

from local.simulator.contract.pricing import FPS
from local.simulator.media.frames import covering, watermark

# zoompan steps in whole pixels of its input: at twice the size its steps are half a pixel, and the zoom is calm.
_OVERSAMPLING = 2
_ZOOM = 0.14
# "best effort": a fixed camera still breathes a little, so that a viewer sees it play.
_FIXED_ZOOM = 0.03
# Shares of the clip at which the cross-fade to the last image begins and ends.
_FADE_FROM, _FADE_TO = 0.55, 0.85


@dataclass(frozen=True)
class Scene:
    """What a film shows."""

    width: int
    height: int
    frames: int
    first: VideoFrame
    last: VideoFrame | None = None
    audio: bool = False
    watermark: bool = False
    camera_fixed: bool = False
    still: bool = False  # no move at all: a fraction of the time to encode
    seed: int = 0
    take: str = ""  # "similar, not identical": the same seed in another task differs a little


@dataclass(frozen=True)
class _Camera:
    zoom: float
    x: float  # where it zooms to, as shares of the picture
    y: float


# Inputs of a graph, each with the frame that it gets once the graph is whole.
_Feeds = list[tuple[FilterContext, VideoFrame]]


def pictures(scene: Scene) -> Iterator[VideoFrame]:
    """Exactly `scene.frames` of them, numbered from 0."""
    graph = Graph()
    feeds: _Feeds = []
    end = _montage(graph, feeds, scene)
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
        except FilmEnd:
            return
        frame.pts, frame.time_base = number, Fraction(1, FPS)
        frame.pict_type = PictureType.NONE  # else each would be a key frame, as its picture was
        number += 1
        yield frame


def _montage(graph: Graph, feeds: _Feeds, scene: Scene) -> FilterContext:
    if scene.still:
        return _still(graph, feeds, scene)
    camera = _camera(scene)
    if scene.last is None:
        return _zoom(graph, feeds, scene, scene.first, scene.frames, _inwards(camera, scene.frames))
    begin, end = int(scene.frames * _FADE_FROM), int(scene.frames * _FADE_TO)
    rest = scene.frames - begin
    first = _zoom(graph, feeds, scene, scene.first, end, _inwards(camera, end))
    last = _zoom(graph, feeds, scene, scene.last, rest, _outwards(camera, rest))
    fade = graph.add("xfade", transition="fade", duration=_seconds(end - begin), offset=_seconds(begin))
    first.link_to(fade, 0, 0)
    last.link_to(fade, 0, 1)
    return fade


def _camera(scene: Scene) -> _Camera:
    """The seed chooses the move; the take bends it by a hair."""
    seeded = Random(scene.seed)  # noqa: S311 - a picture, not a secret
    take = Random(scene.take)  # noqa: S311
    zoom = _FIXED_ZOOM if scene.camera_fixed else _ZOOM * seeded.uniform(0.8, 1.2)
    return _Camera(zoom * take.uniform(0.97, 1.03), seeded.uniform(0.3, 0.7), seeded.uniform(0.3, 0.7))


def _inwards(camera: _Camera, frames: int) -> tuple[str, _Camera]:
    return f"1+{camera.zoom}*(1-cos(PI*on/{frames - 1}))/2", camera


def _outwards(camera: _Camera, frames: int) -> tuple[str, _Camera]:
    """Ends on the whole picture."""
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
    """The picture, cropped in its middle to the shape of the film."""
    feed = _feed(graph, feeds, covering(picture, width, height))
    crop = graph.add("crop", f"{width}:{height}")
    # Players take HD colours as BT.709; the default of this filter is BT.601.
    scale = graph.add("scale", out_color_matrix="bt709", out_range="tv")
    colours = graph.add("format", "yuv420p")
    graph.link_nodes(feed, crop, scale, colours)
    return colours


def _feed(graph: Graph, feeds: _Feeds, frame: VideoFrame) -> FilterContext:
    frame.pts, frame.time_base = 0, Fraction(1, FPS)
    feed = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base, name=f"in{len(feeds)}")
    feeds.append((feed, frame))
    return feed


def _watermarked(graph: Graph, feeds: _Feeds, film: FilterContext, scene: Scene) -> FilterContext:
    overlay = graph.add("overlay", f"W-w-{scene.height // 20}:H-h-{scene.height // 20}")
    film.link_to(overlay, 0, 0)
    _feed(graph, feeds, watermark(scene.height)).link_to(overlay, 0, 1)
    return overlay


def _seconds(frames: int) -> str:
    return f"{frames / FPS:.6f}"
