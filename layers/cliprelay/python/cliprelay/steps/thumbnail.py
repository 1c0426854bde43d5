"""Thumbnail: probe the facts of a stored video and draw its poster; a video without them is as good as any other."""

import logging
import tempfile
from collections.abc import Callable
from typing import IO, TYPE_CHECKING

from cliprelay.errors import UnreadableVideo
from cliprelay.media.bucket import MediaBucket
from cliprelay.media.facts import Poster
from cliprelay.video.poster import may_have_poster
from cliprelay.video.record import Video
from cliprelay.video.table import VideoTable
from cliprelay.workflow.contract import Event, Result, carry_on, stale

if TYPE_CHECKING:
    from cliprelay.media.thumbnail import Look

logger = logging.getLogger("cliprelay.thumbnail")

# Larger than any video of the models on offer (12 s at 1080p), and less than half of the function's disk.
LARGEST = 200_000_000
# Seconds reserved for storing the poster and writing the record.
RESERVE = 15

LookAt = Callable[[IO[bytes], float], "Look"]


def thumbnail(event: Event, *, videos: VideoTable, store: MediaBucket, look_at: LookAt, seconds_left: Callable[[], float]) -> Result:
    """Store the facts and the poster of a video that is about to be announced; without a poster, Notify adds a warning."""
    video = videos.get(event["video_id"])
    if video is None or video.run != event["run"]:
        return stale(event)
    if not may_have_poster(video):
        return carry_on(video)
    try:
        look = _look(video, store, lambda file: look_at(file, seconds_left() - RESERVE))
    except UnreadableVideo as failure:
        _log(video, failure.code)
        return carry_on(video)
    return carry_on(videos.note_look(video, look.facts, _store(video, look, store)).video)


def _look(video: Video, store: MediaBucket, look_at: Callable[[IO[bytes]], "Look"]) -> "Look":
    if (video.bytes or 0) > LARGEST:
        raise UnreadableVideo("too_large")
    with tempfile.TemporaryFile() as file:
        if not store.read_video(video.object_key or "", file):
            raise UnreadableVideo("not_stored")
        return look_at(file)


def _store(video: Video, look: "Look", store: MediaBucket) -> Poster | None:
    picture = look.poster
    if picture is None:
        _log(video, look.reason)
        return None
    key = store.put_poster(video.tenant, video.id, picture.jpeg)
    return Poster(key=key, bytes=len(picture.jpeg), width=picture.width, height=picture.height)


def _log(video: Video, code: str | None) -> None:
    logger.warning("no poster", extra={"video_id": video.id, "code": code})
