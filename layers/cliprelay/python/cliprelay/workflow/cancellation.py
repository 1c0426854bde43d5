"""Cancel a video: what is not claimed ends at once; what is, goes on to its end, which shows what it cost."""

from collections.abc import Callable
from datetime import datetime, timedelta

from cliprelay.errors import ClipRelayError
from cliprelay.video.record import Video
from cliprelay.video.shown import shown
from cliprelay.video.states import Status
from cliprelay.video.table import KEEPER_MARGIN, VideoTable, Written
from cliprelay.workflow.decisions import unsubmitted

# A copy that began before `discard` may go on for the 15 minutes that Archive has. The file is deleted after three times as much, because
# the clocks of two functions may differ, and the video then ends.
COPIES_OUTLIVED = timedelta(minutes=45)
# How often a request reads the video again because a step has moved it meanwhile: a video makes some five moves in all.
TRIES = 8
# The execution of the next run is started at once; the sweep does so if that fails.
_SWEPT_AFTER = timedelta(minutes=1) - KEEPER_MARGIN


class AlreadyEnded(ClipRelayError):
    """The video has ended, and can no longer be canceled, or no longer without its file."""

    def __init__(self, video: Video) -> None:
        super().__init__(f"{video.id} is {shown(video).value}: it has ended")
        self.video = video


class AlreadySubmitted(ClipRelayError):
    """The video may be paid for, and it is to be canceled only if it is not."""

    def __init__(self, video: Video) -> None:
        super().__init__(f"{video.id} is {shown(video).value}: it may be paid for")
        self.video = video


class Busy(ClipRelayError):
    """The video moved each time that it was read; try again."""


def cancel(
    videos: VideoTable,
    video: Video,
    now: datetime,
    *,
    discard: bool = False,
    only_unpaid: bool = False,
    start: Callable[[str, int], None],
) -> Video:
    """Cancel a video, as its owner or the operator asks; idempotent. Raises AlreadyEnded or Busy, and AlreadySubmitted if `only_unpaid`.

    `start` starts the execution of a run, which announces the end of a video that has not been submitted.
    """
    for _ in range(TRIES):
        if _is_done(video, discard=discard):
            break
        if video.is_over:
            raise AlreadyEnded(video)
        if only_unpaid and not _is_unpaid(video):
            raise AlreadySubmitted(video)
        video = _write(videos, video, now, discard=discard).video
    if not _is_done(video, discard=discard):
        raise Busy(video.id)
    if video.status is Status.CANCELED and video.must_be_announced:
        start(video.id, video.run)  # also when this is repeated: the first request may have ended before it
    return video


def _is_done(video: Video, *, discard: bool) -> bool:
    """Return whether the video has been canceled, and has no file if that is asked, too."""
    if video.cancel_requested_at is None:
        return False
    return not discard or video.discard or (video.is_over and video.object_key is None)


def _is_unpaid(video: Video) -> bool:
    return video.status is Status.QUEUED and video.upstream_id is None


def _write(videos: VideoTable, video: Video, now: datetime, *, discard: bool) -> Written:
    if _is_unpaid(video):
        # Nothing is paid, nor can be: Submit's claim loses against this write, or wins. The next run announces the end, because the
        # execution of this one may wait for days.
        return videos.end_canceled(video, now, keep_for=_SWEPT_AFTER, **unsubmitted())
    is_copied = discard and video.status is Status.ARCHIVING
    until = int((now + COPIES_OUTLIVED).timestamp()) if is_copied else None
    return videos.request_cancel(video, now, discard=discard, discard_after=until)
