"""`python -m tests.interop.film_facts`: videos of ten shapes made by ffmpeg, whose facts must be those that ffprobe prints.

Needs ffmpeg and ffprobe on the PATH; `--keep FOLDER` leaves the videos and their posters there. Exit 1 if anything differs.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

from cliprelay.media.facts import Facts
from cliprelay.media.thumbnail import LARGEST_POSTER, look_at

_PLAIN = ("-pix_fmt", "yuv420p", "-preset", "ultrafast")
_SOUND = ("-f", "lavfi", "-i", "sine=d={seconds}")
_BLACK_FIRST = "color=black:s=854x480:r=24:d=1[b];testsrc2=s=854x480:r=24:d=1[t];[b][t]concat"
# Name: the picture's source, and how it is encoded.
SHAPES: dict[str, tuple[str, tuple[str, ...]]] = {
    "720p with sound": ("testsrc2=s=1280x720:r=24:d=3", (*_SOUND, "-c:v", "libx264", "-c:a", "aac", *_PLAIN)),
    "portrait": ("testsrc2=s=720x1280:r=30:d=2", ("-c:v", "libx264", *_PLAIN)),
    "square at 29.97": ("testsrc2=s=960x960:r=30000/1001:d=2", ("-c:v", "libx264", *_PLAIN)),
    "1080p at 60, longer sound": ("testsrc2=s=1920x1080:r=60:d=1", (*_SOUND, "-c:v", "libx264", "-c:a", "aac", *_PLAIN)),
    "wide, H.265": ("testsrc2=s=1504x640:r=24:d=2", ("-c:v", "libx265", "-x265-params", "log-level=none", "-tag:v", "hvc1", *_PLAIN)),
    "fragmented": ("testsrc2=s=640x480:r=25:d=2", ("-c:v", "libx264", "-movflags", "frag_keyframe+empty_moov", *_PLAIN)),
    "MPEG-4": ("testsrc2=s=640x360:r=24:d=2", ("-c:v", "mpeg4")),
    "VP9": ("testsrc2=s=640x360:r=24:d=2", ("-c:v", "libvpx-vp9", "-cpu-used", "8", "-deadline", "realtime")),
    "black at first": (_BLACK_FIRST, ("-c:v", "libx264", *_PLAIN)),
    "pixels not square": ("testsrc2=s=640x360:r=24:d=2,setsar=4/3", ("-c:v", "libx264", *_PLAIN)),
}


def make(path: Path, source: str, encoding: tuple[str, ...]) -> None:
    """Let ffmpeg make one video."""
    options = [option.format(seconds=3) for option in encoding]
    subprocess.run(["ffmpeg", "-loglevel", "error", "-y", "-f", "lavfi", "-i", source, *options, str(path)], check=True)  # noqa: S603, S607


def facts_of_ffprobe(path: Path) -> Facts:
    """Return what ffprobe prints, as we store it."""
    command = ["ffprobe", "-v", "error", "-show_streams", "-show_format", "-count_packets", "-of", "json", str(path)]
    printed: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)  # noqa: S603
    picture = next(stream for stream in printed["streams"] if stream["codec_type"] == "video")
    return Facts(
        width=picture["width"],
        height=picture["height"],
        frames=int(picture.get("nb_frames") or picture["nb_read_packets"]),
        fps_thousandths=round(1_000 * Fraction(picture["avg_frame_rate"])),
        milliseconds=round(1_000 * Fraction(printed["format"]["duration"])),
        codec=picture["codec_name"],
        sound=any(stream["codec_type"] == "audio" for stream in printed["streams"]),
    )


def compare(name: str, folder: Path) -> bool:
    """Print one line, and return whether facts and poster are right."""
    path = folder / f"{name.replace(' ', '-')}.mp4"
    make(path, *SHAPES[name])
    with path.open("rb") as file:
        look = look_at(file, 30)
    expected, poster = facts_of_ffprobe(path), look.poster
    if poster:
        path.with_suffix(".jpg").write_bytes(poster.jpeg)
    is_right = look.facts == expected and poster is not None and len(poster.jpeg) <= LARGEST_POSTER
    shown = f"poster {poster.width}x{poster.height}, {len(poster.jpeg):,} bytes" if poster else f"no poster: {look.reason}"
    sys.stdout.write(f"{'same' if is_right else 'DIFFERENT':<10} {name:<26} {look.facts}; {shown}\n")
    if look.facts != expected:
        sys.stdout.write(f"{'ffprobe':<37} {expected}\n")
    return is_right


def main() -> int:
    """Compare all shapes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, help="write the videos and posters into this folder")
    keep = parser.parse_args().keep
    with tempfile.TemporaryDirectory() as temporary:
        folder = keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        right = [compare(name, folder) for name in SHAPES]
    return 0 if all(right) else 1


sys.exit(main())
