"""Sweep, third part: see that every record carries `listing`, so that a list by state may read its index.

Records of earlier versions have none, or that of an earlier state, if such a version moved them after a rollback.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cliprelay.video.listing import LISTED_AT
from cliprelay.video.table import VideoTable

logger = logging.getLogger("cliprelay.sweep")

# Since when this version's sweeps have run without a gap, when the last one did, and after which record the next one goes on.
SINCE, SEEN_AT, AFTER = "listing_since", "listing_seen_at", "listing_after"
# A sweep runs each minute. After a longer pause, an earlier version may have run and written records.
GAP = timedelta(minutes=5)
# Functions of an earlier version may run for Lambda's 15 minutes after it was replaced, and functions are replaced one after the other.
OUTLIVED = timedelta(minutes=20)
# A sweep looks at this many records at most, and for this long, so that it ends before the next one begins.
PAGE, PAGES, LONGEST = 500, 10, timedelta(seconds=20)

Notes = Mapping[str, Any]


@dataclass(frozen=True)
class ListingSweeper:
    """What the sweep writes into records for their lists; the notes in the item of the sweep say how far it is."""

    videos: VideoTable
    clock: Callable[[], datetime]

    def go_on(self, notes: Notes) -> dict[str, Any]:
        """Look at the next records, if there are any left; return what the notes become."""
        now = int(self.clock().timestamp())
        has_gap = SINCE not in notes or abs(now - notes.get(SEEN_AT, 0)) > GAP.total_seconds()
        if has_gap:
            is_fresh = SINCE not in notes and self._is_fresh()
            return {SINCE: now, SEEN_AT: now, AFTER: None, LISTED_AT: now if is_fresh else None}
        if LISTED_AT in notes or now - notes[SINCE] < OUTLIVED.total_seconds():
            return {SEEN_AT: now}
        after = self._rewrite(notes.get(AFTER))
        if after is None:
            logger.warning("every record is listed by its state")
        return {SEEN_AT: now, AFTER: after, LISTED_AT: None if after else now}

    def _is_fresh(self) -> bool:
        """Return whether the table is small and holds nothing of an earlier version."""
        missed, after = self.videos.unlisted(None, PAGE)
        return after is None and not missed

    def _rewrite(self, after: str | None) -> str | None:
        """Rewrite what is not listed by its state; return the record to continue after, None at the end."""
        ends = self.clock() + LONGEST
        for _ in range(PAGES):
            missed, after = self.videos.unlisted(after, PAGE)
            for video in missed:
                self.videos.list_anew(video)
                if self.clock() > ends:
                    return video.id
            if after is None or self.clock() > ends:
                break
        return after
