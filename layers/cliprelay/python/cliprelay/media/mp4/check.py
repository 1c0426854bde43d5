"""The check of a downloaded file: whether it holds a whole video that players can show, found out without decoding it."""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import IO

from cliprelay.media.mp4.boxes import Box, Unreadable, boxes, child, children, read
from cliprelay.media.mp4.fragments import default_sizes, fragment_samples
from cliprelay.media.mp4.pictures import are_pictures, format_of
from cliprelay.media.mp4.samples import MOST_SAMPLES, Samples, samples_of

# Pictures looked at in one video, spread over its length: enough to see a file that is filled with zeros from somewhere on.
MOST_PICTURES = 256
# Pictures, sound, perhaps subtitles; a hostile file must not keep us busy.
MOST_TRACKS = 64
# More than one for each picture and each piece of sound in such a video.
MOST_FRAGMENTS = 2_000
# Fillers may stand before the type.
_FILLERS = frozenset({b"free", b"skip", b"wide", b"uuid"})
# A cut box of such a kind has lost samples or their index; any other bytes behind the last box harm nobody.
_ESSENTIAL = frozenset({b"ftyp", b"moov", b"mdat", b"moof"})


class Doubt(StrEnum):
    """Why a file is not taken for a whole video."""

    NOT_AN_MP4 = "not_an_mp4"  # no index of an MP4 in it
    INCOMPLETE_MP4 = "incomplete_mp4"  # a box is cut, or samples lie outside the file
    NO_PICTURE = "no_picture"  # no video track, or an empty one
    UNREADABLE_PICTURE = "unreadable_picture"  # the samples are zeros, noise or encrypted


@dataclass
class _Track:
    """A track of the index; `seen` is a spread selection of its samples."""

    id: int
    is_video: bool
    table: Box | None
    seen: list[Samples] = field(default_factory=list)
    stride: int = 1
    count: int = 0

    def note(self, samples: Samples) -> None:
        if self.count % self.stride == 0:
            self.seen.append(samples)
        self.count += 1
        if len(self.seen) > 2 * MOST_PICTURES:
            self.seen, self.stride = self.seen[::2], 2 * self.stride


def doubt_about(file: IO[bytes], size: int) -> Doubt | None:
    """Return why a file of `size` bytes is not a whole video; None if it is one."""
    try:
        found = list(boxes(file, 0, size))
    except Unreadable:
        return Doubt.NOT_AN_MP4
    whole = [box for box in found if box.end <= size]
    index = next((box for box in whole if box.kind == b"moov"), None)
    is_cut = any(box.end > size and box.kind in _ESSENTIAL for box in found)
    if index is None:
        return Doubt.INCOMPLETE_MP4 if is_cut and begins_with_type(file, size) else Doubt.NOT_AN_MP4
    try:
        tracks = list(_tracks(file, index))
        end = _note_samples(_all_samples(file, index, whole, tracks))
    except Unreadable:
        return Doubt.NOT_AN_MP4
    return Doubt.INCOMPLETE_MP4 if is_cut or end > size else _doubt_about_pictures(file, tracks)


def begins_with_type(file: IO[bytes], size: int) -> bool:
    """Return whether the file says that it is an MP4: its first box, fillers aside, is a whole `ftyp`."""
    try:
        first = next((box for box in boxes(file, 0, size) if box.kind not in _FILLERS), None)
    except Unreadable:
        return False
    return first is not None and first.kind == b"ftyp" and first.end <= size


def _tracks(file: IO[bytes], index: Box) -> Iterator[_Track]:
    found = [box for box in children(file, index) if box.kind == b"trak"]
    if len(found) > MOST_TRACKS:
        raise Unreadable("too many tracks")
    for box in found:
        handler = child(file, box, b"mdia", b"hdlr")
        if handler:
            yield _Track(_track_id(file, box), read(file, handler, 8, 4) == b"vide", child(file, box, b"mdia", b"minf", b"stbl"))


def _track_id(file: IO[bytes], track: Box) -> int:
    header = child(file, track, b"tkhd")
    if header is None:
        return 0
    long_times = read(file, header, 0, 1) == b"\1"
    return int.from_bytes(read(file, header, 20 if long_times else 12, 4), "big")


def _all_samples(file: IO[bytes], index: Box, whole: list[Box], tracks: list[_Track]) -> Iterator[tuple[_Track, Samples]]:
    """Yield the samples of all tracks, first those of the index, then those of the fragments."""
    for track in tracks:
        yield from ((track, samples) for samples in samples_of(file, track.table)) if track.table else ()
    by_id, sizes = {track.id: track for track in tracks}, default_sizes(file, index)
    fragments = [box for box in whole if box.kind == b"moof"]
    if len(fragments) > MOST_FRAGMENTS:
        raise Unreadable("too many fragments")
    for fragment in fragments:
        found = fragment_samples(file, fragment, sizes)
        yield from ((by_id[track_id], samples) for track_id, samples in found if track_id in by_id)


def _note_samples(every: Iterable[tuple[_Track, Samples]]) -> int:
    """Note the samples of each track, and return the furthest end of one; raises Unreadable if there are too many."""
    end = 0
    for number, (track, samples) in enumerate(every):
        if number > MOST_SAMPLES:
            raise Unreadable("too many samples")
        # QuickTime says size 1 for sound whose true size is in another box.
        end = max(end, samples.end) if samples.size > 1 or track.is_video else end
        track.note(samples)
    return end


def _doubt_about_pictures(file: IO[bytes], tracks: list[_Track]) -> Doubt | None:
    videos = [track for track in tracks if track.is_video and any(samples.size for samples in track.seen)]
    if not videos:
        return Doubt.NO_PICTURE
    return None if any(_shows(file, track) for track in videos) else Doubt.UNREADABLE_PICTURE


def _shows(file: IO[bytes], track: _Track) -> bool:
    description = child(file, track.table, b"stsd") if track.table else None
    if description is None:
        return False
    try:
        return are_pictures(file, format_of(file, description), track.seen)
    except (Unreadable, struct.error):
        return False
