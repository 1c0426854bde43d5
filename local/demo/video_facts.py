"""What a video file really is, read from the file itself."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import av


@dataclass(frozen=True)
class FilmFacts:
    """Codec names, pixels, frames and seconds of a file, and its SHA-256 in hex."""

    codec: str
    width: int
    height: int
    frames: int
    fps: float
    seconds: float
    sound: str | None
    bytes: int
    sha256: str


def read_film(path: Path) -> FilmFacts:
    """Open the file and decode every frame; raises av's error when it does not play."""
    with av.open(str(path)) as film:
        picture = film.streams.video[0]
        sound = film.streams.audio[0].codec_context.name if film.streams.audio else None
        frames = sum(1 for _ in film.decode(picture))
        fps = float(picture.average_rate or 0)
        size = (picture.codec_context.width, picture.codec_context.height)
        name = picture.codec_context.name
    content = path.read_bytes()
    return FilmFacts(name, *size, frames, fps, frames / fps, sound, len(content), hashlib.sha256(content).hexdigest())
