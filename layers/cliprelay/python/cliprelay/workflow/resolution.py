"""What only the owner can decide: what became of a payment that nobody could confirm, and what a restored table still means."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from cliprelay.errors import ClipRelayError
from cliprelay.video.record import Video
from cliprelay.video.states import TERMINAL, Status
from cliprelay.video.table import KEEPER_MARGIN, NotPermitted, VideoTable
from cliprelay.workflow.decisions import back_in_queue


class CannotResolve(ClipRelayError):
    """The video is not, or no longer, waiting for a decision; the text says how it stands."""


# The sweep is to find the video with its next tick.
_AT_ONCE = -KEEPER_MARGIN


def adopt(videos: VideoTable, video_id: str, upstream_id: str, now: datetime) -> Video:
    """The owner found the task at the upstream: it is polled and archived like any other."""
    video = _doubtful(videos, video_id)
    if video.upstream_id not in (None, upstream_id):
        raise CannotResolve(f"{video_id} has the upstream's task {video.upstream_id} already; only that one can be adopted")
    task = videos.task_part(video, upstream_id)
    try:
        return _resolve(videos, video_id, Status.RUNNING, now, permit=task, upstream_id=upstream_id, waited=0, misses=0, error=None)
    except NotPermitted:
        raise CannotResolve(f"{upstream_id} is the task of another video already") from None


def charged(videos: VideoTable, video_id: str, now: datetime) -> Video:
    """The owner found a charge, and no task: the video ends failed, with the money said to be spent."""
    _without_task(videos, video_id)
    error = {"code": "charged_without_video", "message": "The upstream charged for the request, but has no video of it."}
    return _resolve(videos, video_id, Status.FAILED, now, error=error)


def not_charged(videos: VideoTable, video_id: str, now: datetime, *, end: bool = False) -> Video:
    """The owner found no charge: nothing was bought, so the video may be submitted again; or it ends, with `end`."""
    _without_task(videos, video_id)
    if end:
        error = {"code": "not_submitted", "message": "The upstream did not take the request; nothing was charged."}
        return _resolve(videos, video_id, Status.FAILED, now, error=error)
    return _resolve(videos, video_id, Status.QUEUED, now, lambda video: back_in_queue(video, "resolved"))


def distrust_restored(videos: VideoTable, video: Video, now: datetime) -> bool:
    """After a restore nobody knows what the lost time did: an open video becomes unconfirmed, so that it cannot pay again."""
    if video.status in TERMINAL or video.status is Status.UNCONFIRMED:
        return False
    message = "The table was restored from an earlier moment; whether this request was paid meanwhile is not known."
    return videos.mark_unconfirmed(video, now, {"code": "restored", "message": message}).won


def _resolve(
    videos: VideoTable,
    video_id: str,
    target: Status,
    now: datetime,
    more: Callable[[Video], dict[str, Any]] = lambda video: {},
    **changes: Any,
) -> Video:
    video = _doubtful(videos, video_id)
    moved = videos.move(video, target, now, keep_for=_AT_ONCE, **changes, **more(video))
    if not moved.won:
        raise CannotResolve(f"{video_id} has just moved by itself; look at it again")
    return moved.video


def _doubtful(videos: VideoTable, video_id: str) -> Video:
    video = videos.get(video_id)
    if video is None:
        raise CannotResolve(f"there is no video {video_id}")
    if video.status is not Status.UNCONFIRMED:
        raise CannotResolve(f"{video_id} is {video.status.value}, not unconfirmed: there is nothing to resolve")
    return video


def _without_task(videos: VideoTable, video_id: str) -> None:
    """Evidence of a task outweighs what the owner found, or did not find, on a bill."""
    video = _doubtful(videos, video_id)
    if video.upstream_id:
        raise CannotResolve(f"{video_id} has the upstream's task {video.upstream_id}: adopt that one")
