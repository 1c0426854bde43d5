"""Archive: copy the finished video into our bucket, complete and once; never calls the upstream's API."""

import logging
import math
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import IO, Any

from cliprelay.errors import BadVideo, DownloadError, OutOfTime
from cliprelay.ids import link_bits
from cliprelay.media.bucket import MediaBucket, StoredVideo
from cliprelay.media.download import Downloaded, Downloader
from cliprelay.media.mp4.check import begins_with_type, doubt_about
from cliprelay.media.mp4.provenance import has_c2pa
from cliprelay.video.kept_copies import MOST_KEPT, KeptCopy, deserves_room, is_confirmed, unverified_media, with_note
from cliprelay.video.record import Video
from cliprelay.video.states import Status
from cliprelay.video.table import REFUSED_OFTEN, VideoTable
from cliprelay.workflow.contract import Event, Result, carry_on, result, stale
from cliprelay.workflow.schedule import backoff

logger = logging.getLogger("cliprelay.archive")

# Seconds reserved for storing the file and writing the record; both take far less, even at the size limit.
RESERVE = 60
# The first attempt begins so soon after the move to archiving. Later, an earlier one may have stored the file and died before it wrote
# the record: then a look in the bucket may save a download.
STARTS_WITHIN = timedelta(seconds=30)
# Different reasons counted in a record, whose size is limited: there are some ten of our own, and one per HTTP status.
MOST_REASONS = 20


def archive(
    event: Event,
    *,
    videos: VideoTable,
    store: MediaBucket,
    downloader: Downloader,
    clock: Callable[[], datetime],
    seconds_left: float,
) -> Result:
    """Copy and verify the file, then succeed; if every link fails, return to Poll for fresh ones."""
    video = videos.get(event["video_id"])
    if video is None or video.run != event["run"]:
        return stale(event)
    if video.status is not Status.ARCHIVING:
        return carry_on(video)
    if video.discard:
        return _throw_away(video, videos, store, clock())
    _begin_attempt(video, videos, clock(), seconds_left)
    copying = _Copying(video, store, downloader, clock, clock() + timedelta(seconds=seconds_left - RESERVE))
    stored = copying.copy()
    has_thumbnail = event.get("poster_of") == Status.SUCCEEDED
    found = (
        _succeed(video, stored, videos, clock(), has_thumbnail=has_thumbnail) if stored else _note_failure(video, copying, videos, clock())
    )
    if found.discard and found.is_over:
        store.delete_video(video.tenant, video.id)  # thrown away while this copy was under way
    return carry_on(found) if stored else result(video, "wait", backoff(video.copies + 1))


def _throw_away(video: Video, videos: VideoTable, store: MediaBucket, now: datetime) -> Result:
    """End a video whose owner wants no file, once nothing of it is in the bucket and no copy is under way that does not know that."""
    if video.discard_after is not None:
        left = math.ceil(video.discard_after - now.timestamp())
        if left > 0:
            videos.extend_lease(video, now, left)
            return result(video, "wait", left)
        store.delete_video(video.tenant, video.id)
    return carry_on(videos.move(video, Status.SUCCEEDED, now, noted_copies=None).video)


def _begin_attempt(video: Video, videos: VideoTable, now: datetime, seconds_left: float) -> None:
    """Keep the sweep away while a copy is taken, unless the move to archiving has done so, or the attempt before did not end by itself.

    Then the sweep must see the video.
    """
    if video.copying_since is None:
        videos.extend_lease(video, now, seconds_left, copying_since=int(now.timestamp()), failing_since=video.failing_since)


@dataclass
class _Copying:
    """One attempt to copy a video from any of its links, until `ends`."""

    video: Video
    store: MediaBucket
    downloader: Downloader
    clock: Callable[[], datetime]
    ends: datetime
    reasons: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.noted = self.video.noted_copies

    def copy(self) -> StoredVideo | None:
        """Return the stored video; None if no link brought it."""
        if self._may_be_stored and (found := self.store.find_video(self._key)):
            return found
        for link in _in_turn(self.video.links, self.video.copies):
            try:
                return self._fetch(link)
            except DownloadError as failure:
                self._note(failure.code)
                if isinstance(failure, OutOfTime):
                    break
        if not self.reasons:
            self._note("no_link")  # a concurrent copy dropped it
        return self.store.find_video(self._key)  # no video is given up that is stored

    @property
    def _may_be_stored(self) -> bool:
        since = self.video.copying_since
        return since is not None and self.clock().timestamp() - since > STARTS_WITHIN.total_seconds()

    @property
    def _key(self) -> str:
        return self.store.video_key(self.video.tenant, self.video.id)

    def _note(self, code: str) -> None:
        logger.warning("not copied", extra={"video_id": self.video.id, "code": code})
        self.reasons.append(code)

    def _fetch(self, link: str) -> StoredVideo:
        with tempfile.TemporaryFile() as file:
            got = self.downloader.fetch(link, file, seconds=(self.ends - self.clock()).total_seconds())
            doubt = doubt_about(file, got.bytes)
            if doubt and not self._is_confirmed(got, doubt, file):
                raise BadVideo(doubt)
            c2pa = has_c2pa(file, got.bytes)
            file.seek(0)
            return self.store.put_video(self._key, file, got.bytes, got.sha256, doubt, c2pa=c2pa)

    def _is_confirmed(self, got: Downloaded, doubt: str, file: IO[bytes]) -> bool:
        """Keep a copy that failed a check, unless it is confirmed to be what the provider made."""
        video = self.video
        copy = KeptCopy(
            sha256=got.sha256,
            bytes=got.bytes,
            doubt=doubt,
            link_at=video.link_at or int(self.clock().timestamp()),
            is_framed=got.framed,
            has_type=begins_with_type(file, got.bytes),
        )
        if is_confirmed(video.noted_copies, copy, video.link_at):
            logger.warning("unverified, and confirmed", extra={"video_id": video.id, "code": doubt})
            return True
        self.noted = with_note(self.noted, self._kept(copy, file))
        return False

    def _kept(self, copy: KeptCopy, file: IO[bytes]) -> KeptCopy:
        if not deserves_room(self.noted, copy):
            return copy
        file.seek(0)
        is_kept = self.store.keep_aside(self.video.tenant, self.video.id, file, copy.bytes, copy.sha256, MOST_KEPT)
        return KeptCopy(**{**asdict(copy), "is_kept": is_kept})


def _in_turn(links: list[str], copies: int) -> list[str]:
    """Begin with another link in each attempt, so that a slow one does not use the time of all others for ever."""
    start = copies % len(links) if links else 0
    return links[start:] + links[:start]


def _succeed(video: Video, stored: StoredVideo, videos: VideoTable, now: datetime, *, has_thumbnail: bool) -> Video:
    """Succeed with the stored file, also if the owner has canceled the video meanwhile, but not if it is to be thrown away."""
    file: dict[str, Any] = {"object_key": stored.key, "bytes": stored.bytes, "sha256": stored.sha256, "c2pa": stored.c2pa}
    file["poster_due"] = has_thumbnail or None
    if stored.doubt:
        file["warnings"] = [*video.warnings, unverified_media(stored.doubt)]
    file |= {"progress": 100, "link": video.link or link_bits()}
    moved = videos.move(video, Status.SUCCEEDED, now, **file)
    if moved.won or moved.video.status is not Status.ARCHIVING or moved.video.discard:
        return moved.video
    return videos.move(moved.video, Status.SUCCEEDED, now, **file).video


def _note_failure(video: Video, copying: _Copying, videos: VideoTable, now: datetime) -> Video:
    copies = video.copies + 1
    wait = backoff(copies)
    if copies == REFUSED_OFTEN:
        logger.error("refused repeatedly", extra={"video_id": video.id, "code": copying.reasons[-1]})
    changes: dict[str, Any] = {"upstream_url": None, "more_urls": None, "link_at": None, "waited": video.waited + wait}
    changes["copying_since"] = None
    changes["refusals"] = dict((Counter(video.refusals) + Counter(copying.reasons)).most_common(MOST_REASONS))
    changes["noted_copies"] = [asdict(each) for each in copying.noted]
    return videos.extend_lease(video, now, wait, copies=copies, **changes).video
