"""Decide what polls write: little and rarely, because the table charges by the kilobyte; pure."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum, auto
from typing import Any

from cliprelay.video.record import Video
from cliprelay.video.states import Status
from cliprelay.video.table import KEEPER_MARGIN

# A poll extends the lease when more than one part in so many of the sweep's margin is used up.
PARTS_OF_MARGIN = 3
# Percent by which progress must have moved to be written at once: once in a short video.
FAR = 50

# Written together with progress.
_ALONG = frozenset({"progress", "updated_at"})


class Note(Enum):
    """What a poll writes: nothing, only how far the video is, or the lease with all that has changed."""

    NOTHING = auto()
    PROGRESS = auto()
    LEASE = auto()


def note_of(video: Video, changes: Mapping[str, Any], now: datetime, wait: float) -> Note:
    """Return what a poll that found a video unchanged, but for `changes`, must write before it waits so many seconds.

    A video whose steps were failing gets a new lease, so that the sweep sees that they no longer do.
    """
    if video.status is not Status.RUNNING or video.failing_since is not None or not _is_fresh(video, now, wait):
        return Note.LEASE
    if any(value != getattr(video, name) for name, value in changes.items() if name not in _ALONG):
        return Note.LEASE
    # The lease, which an index shows, would cost twice as much as the record's own write.
    return Note.PROGRESS if changes.get("progress", 0) - video.progress >= FAR else Note.NOTHING


def _is_fresh(video: Video, now: datetime, wait: float) -> bool:
    """Return whether the lease covers the wait and most of the margin, and at most twice the margin."""
    margin = KEEPER_MARGIN.total_seconds()
    used = now.timestamp() + wait + margin - (video.due_at or 0)
    return -margin <= used <= margin / PARTS_OF_MARGIN
