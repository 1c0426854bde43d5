"""Mark the open videos of a restored table, so that none of them can be paid without a decision of the operator."""

from contextlib import suppress
from datetime import datetime

from cliprelay.video.record import Video
from cliprelay.video.states import Status
from cliprelay.video.table import VideoTable
from cliprelay.workflow.resolution import CannotResolve, adopt, distrust_restored


def mark_unconfirmed(videos: VideoTable, found: Video, now: datetime) -> Video | None:
    """Mark a video unconfirmed, or running if its payment is proven; return None if it no longer exists."""
    video: Video | None = found
    # Check a video that moved in between again: one that is `queued` by now would be paid.
    while video and not (video.is_over or video.status is Status.UNCONFIRMED):
        distrust_restored(videos, video, now)
        video = videos.get(video.id)
    if video is None or video.is_over or not video.upstream_id:
        return video
    with suppress(CannotResolve):  # the workflow was faster
        return adopt(videos, video.id, video.upstream_id, now)
    return videos.get(video.id)
