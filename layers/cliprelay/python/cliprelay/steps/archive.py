"""Archive: copy the finished video into our bucket, complete and once; never calls the upstream's API."""

import logging
import tempfile
from collections.abc import Callable
from datetime import datetime
from typing import Any

from cliprelay.errors import BadVideo, DeadLink, DownloadError
from cliprelay.ids import link_bits
from cliprelay.media.bucket import MediaBucket, StoredVideo
from cliprelay.media.download import Downloader
from cliprelay.media.mp4 import is_whole_mp4
from cliprelay.video.record import Video
from cliprelay.video.states import Status
from cliprelay.video.table import VideoTable
from cliprelay.workflow.contract import Event, Result, carry_on, result, stale
from cliprelay.workflow.schedule import backoff

logger = logging.getLogger("cliprelay.archive")

# Seconds reserved for storing the file and writing the record; both take far less, even at the size limit.
RESERVE = 60


def archive(
    event: Event,
    *,
    videos: VideoTable,
    store: MediaBucket,
    downloader: Downloader,
    clock: Callable[[], datetime],
    seconds_left: float,
) -> Result:
    """Copy and verify the file, then succeed; if the link fails, return to Poll for a fresh one."""
    video = videos.get(event["video_id"])
    if video is None or video.run != event["run"]:
        return stale(event)
    if video.status is not Status.ARCHIVING:
        return carry_on(video)
    videos.extend_lease(video, clock(), seconds_left)  # the sweep must not revive a video that is being copied
    try:
        stored = _copy(video, store, downloader, seconds_left - RESERVE)
    except DownloadError as failure:
        logger.warning("not copied", extra={"video_id": video.id, "code": failure.code})
        return _hand_over(video, videos, clock())
    return carry_on(_succeed(video, stored, videos, clock()))


def _copy(video: Video, store: MediaBucket, downloader: Downloader, seconds: float) -> StoredVideo:
    key = store.video_key(video.tenant, video.id)
    # An earlier run may have stored the file and died before it wrote the record.
    found = store.find_video(key)
    if found:
        return found
    if video.upstream_url is None:
        raise DeadLink("no_link")  # a concurrent copy dropped it
    with tempfile.TemporaryFile() as file:
        got = downloader.fetch(video.upstream_url, file, seconds=seconds)
        if not is_whole_mp4(file, got.bytes, end_is_known=got.framed):
            raise BadVideo("not_an_mp4")
        file.seek(0)
        return store.put_video(key, file, got.bytes, got.sha256)


def _succeed(video: Video, stored: StoredVideo, videos: VideoTable, now: datetime) -> Video:
    file: dict[str, Any] = {"object_key": stored.key, "bytes": stored.bytes, "sha256": stored.sha256}
    return videos.move(video, Status.SUCCEEDED, now, **file, progress=100, link=video.link or link_bits()).video


def _hand_over(video: Video, videos: VideoTable, now: datetime) -> Result:
    copies = video.copies + 1
    wait = backoff(copies)
    videos.extend_lease(video, now, wait, copies=copies, upstream_url=None, waited=video.waited + wait)
    return result(video, "wait", wait)
