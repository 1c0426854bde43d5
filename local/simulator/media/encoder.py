"""Encode a scene as H.264 at 24 frames per second, with an AAC track on request."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from random import Random

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.error import EOFError as EndOfStream
from av.filter import Graph
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from local.simulator.contract.pricing import FPS
from local.simulator.media.scenes import Scene, render_frames

# `veryfast` encodes a 5 s clip at 720p in about two seconds on one core. One thread, and no macroblock tree, whose AVX-512 code gives
# other bytes from time to time, make the result reproducible; without that tree, the same quality needs a higher factor.
_X264 = {"preset": "veryfast", "crf": "28", "mbtree": "0", "threads": "1", "flags": "+bitexact"}
# A still image compresses well anyway.
_STILL = {"preset": "ultrafast"}
# The quality is lower, so that the file has no more than a few times the bytes.
_HURRIED = {"preset": "ultrafast", "crf": "32"}
# FFmpeg's codes for BT.709 and limited range; without these tags, players guess by the size.
_BT709, _LIMITED = 1, 1

_SAMPLE_RATE = 48000
_AUDIO_BITS = 64000  # per second; sufficient for four tones
# A calm chord whose tones swell at different rates: hertz, loudness, swells per second.
_CHORD = ((220.0, 0.050, 0.31), (277.18, 0.035, 0.23), (329.63, 0.030, 0.17), (440.0, 0.015, 0.41))


class EncodingStopped(ConnectionError):
    """The simulator is stopping; closes the connection of a client that waits for the video."""


def encode(scene: Scene, path: Path, stopped: Callable[[], bool] = lambda: False) -> None:
    """Encode a whole MP4 with its index first; equal scenes give equal bytes.

    Raise EncodingStopped soon after `stopped` returns true.
    """
    options = {"movflags": "faststart", "fflags": "+bitexact"}
    with av.open(str(path), "w", format="mp4", options=options) as container:
        video = _video_stream(container, scene)
        audio = _audio_stream(container) if scene.audio else None
        written = _interleave(container, _until(stopped, render_frames(scene)), video, audio, tone(scene))
    if written != scene.frames:
        raise RuntimeError(f"the video has {written} frames instead of {scene.frames}")


def _video_stream(container: OutputContainer, scene: Scene) -> VideoStream:
    stream = container.add_stream("libx264", rate=FPS, options=_X264 | _faster(scene))
    stream.width, stream.height, stream.pix_fmt = scene.width, scene.height, "yuv420p"
    context = stream.codec_context
    context.colorspace = context.color_primaries = context.color_trc = _BT709
    context.color_range = _LIMITED
    return stream


def _faster(scene: Scene) -> dict[str, str]:
    if scene.still:
        return _STILL
    return _HURRIED if scene.hurried else {}


def _audio_stream(container: OutputContainer) -> AudioStream:
    stream = container.add_stream("aac", rate=_SAMPLE_RATE, layout="mono")
    stream.bit_rate = _AUDIO_BITS
    return stream


def _until(stopped: Callable[[], bool], shown: Iterator[VideoFrame]) -> Iterator[VideoFrame]:
    for picture in shown:
        if stopped():
            raise EncodingStopped
        yield picture


def _interleave(
    container: OutputContainer,
    shown: Iterator[VideoFrame],
    video: VideoStream,
    audio: AudioStream | None,
    sound: Iterator[AudioFrame],
) -> int:
    """Interleave the tracks, so that players can read them together; return the number of frames."""
    heard = Fraction(0)
    written = 0
    for picture in shown:
        container.mux(video.encode(picture))
        written += 1
        while audio and heard <= Fraction(written, FPS) and (samples := next(sound, None)):
            heard += Fraction(samples.samples, _SAMPLE_RATE)
            container.mux(audio.encode(samples))
    container.mux(video.encode(None))
    if audio:
        for samples in sound:
            container.mux(audio.encode(samples))
        container.mux(audio.encode(None))
    return written


def tone(scene: Scene) -> Iterator[AudioFrame]:
    """Generate a chord of the video's length, pitched by the seed; silence for a still image."""
    seconds = scene.frames / FPS
    pitch = 2 ** (Random(scene.seed).randint(-5, 5) / 12)  # noqa: S311 - a sound, not a secret
    swells = (f"{loud}*sin(2*PI*{hertz * pitch:.2f}*t)*(0.6-0.4*cos(2*PI*{slow}*t))" for hertz, loud, slow in _CHORD)
    graph = Graph()
    graph.link_nodes(
        graph.add("aevalsrc", exprs="0" if scene.still else "+".join(swells), sample_rate=str(_SAMPLE_RATE), duration=f"{seconds:.6f}"),
        graph.add("afade", type="in", duration="0.3"),
        graph.add("afade", type="out", start_time=f"{seconds - 0.5:.6f}", duration="0.5"),
        graph.add("aformat", sample_fmts="fltp", channel_layouts="mono"),
        graph.add("abuffersink"),
    ).configure()
    while True:
        try:
            frame = graph.pull()
        except EndOfStream:
            return
        if isinstance(frame, AudioFrame):
            yield frame
