"""Read the properties of a video file from the file itself."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import av


@dataclass(frozen=True)
class VideoFacts:
    """Codecs, size, frames and duration of a file, and its SHA-256 in hex."""

    codec: str
    width: int
    height: int
    frames: int
    fps: float
    seconds: float
    sound: str | None
    bytes: int
    sha256: str


def read_video(path: Path) -> VideoFacts:
    """Decode every frame; raise av's error if the file does not play."""
    with av.open(str(path)) as file:
        picture = file.streams.video[0]
        sound = file.streams.audio[0].codec_context.name if file.streams.audio else None
        frames = sum(1 for _ in file.decode(picture))
        fps = float(picture.average_rate or 0)
        size = (picture.codec_context.width, picture.codec_context.height)
        name = picture.codec_context.name
    content = path.read_bytes()
    return VideoFacts(name, *size, frames, fps, frames / fps, sound, len(content), hashlib.sha256(content).hexdigest())
