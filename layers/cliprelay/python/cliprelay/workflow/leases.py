"""Decide which polls write the record: rarely, because the table charges by the kilobyte; pure."""

from collections.abc import Mapping
from datetime import datetime
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


def must_write(video: Video, changes: Mapping[str, Any], now: datetime, wait: float) -> bool:
    """Return whether a poll that found a running video unchanged, but for `changes`, must extend its lease now.

    A video whose steps were failing must, so that the sweep sees that they no longer do.
    """
    if video.status is not Status.RUNNING or video.failing_since is not None:
        return True
    if any(value != getattr(video, name) for name, value in changes.items() if name not in _ALONG):
        return True
    if changes.get("progress", 0) - video.progress >= FAR:
        return True
    return not _is_fresh(video, now, wait)


def _is_fresh(video: Video, now: datetime, wait: float) -> bool:
    """Return whether the lease covers the wait and most of the margin, and at most twice the margin."""
    margin = KEEPER_MARGIN.total_seconds()
    used = now.timestamp() + wait + margin - (video.due_at or 0)
    return -margin <= used <= margin / PARTS_OF_MARGIN
