"""Visibility of videos to tenants, and paging of lists."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from cliprelay.video.listing import ALL, Window
from cliprelay.video.record import Video
from cliprelay.video.states import Status
from cliprelay.video.table import VideoTable

# A list reads at most BATCH * BATCHES records, then returns what it found and a cursor. It needs more than one batch only if videos have
# expired, or if its index cannot be read yet. One call of DynamoDB reads a batch.
BATCH, BATCHES = 100, 10

# A function's response is limited to 6 MB: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
ROOM = 5_000_000


def is_visible(video: Video | None, tenant: str, now: datetime) -> bool:
    """Report whether a tenant may see a record: its own and not expired (TTL deletes items days late)."""
    return video is not None and video.tenant == tenant and (video.expires_at is None or video.expires_at > now.timestamp())


def is_listed(video: Video, tenant: str, now: datetime) -> bool:
    """Report whether a tenant's lists show a record: a visible one that has not been deleted."""
    return video.deleted_at is None and is_visible(video, tenant, now)


def collect(
    videos: VideoTable,
    tenant: str,
    status: Status | None,
    *,
    after: str | None,
    newest_first: bool,
    limit: int,
    now: datetime,
    within: Window = ALL,
    wanted: Callable[[Video], bool] | None = None,
) -> tuple[list[Video], str | None]:
    """Read one page of a list, and the cursor of the next page if there may be more; `wanted` is a filter without an index."""
    found: list[Video] = []
    # One more, to know whether this is the last page.
    number = BATCH if wanted else min(limit + 1, BATCH)
    for _ in range(BATCHES):
        batch, after = videos.page(tenant, after=after, newest_first=newest_first, limit=number, status=status, within=within)
        for video in batch:
            if not is_listed(video, tenant, now) or (wanted and not wanted(video)):
                continue
            if len(found) == limit:
                return found, found[-1].id
            found.append(video)
        if after is None or len(found) == BATCH:
            return found, after
    return found, after


def fitting(shown: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Cut a page to what fits into one response: a prompt of 8,000 emoji takes 112 KB, and a page may have a hundred."""
    room = ROOM
    for count, video in enumerate(shown):
        # The body is a string in the function's JSON response, which escapes its quotes and backslashes once more.
        room -= len(json.dumps(json.dumps(video)))
        if room < 0:
            return shown[:count]
    return shown
