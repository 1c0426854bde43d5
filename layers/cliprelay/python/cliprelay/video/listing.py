"""A tenant's videos by age, all of them or those in one state: which index is read, and what is read while one is missing.

The indexes hold keys only. The records are then read consistently, so a list shows no state that has passed.
"""

import math
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from cliprelay.aws.shards import shard_of, shards
from cliprelay.aws.table import Table
from cliprelay.video.record import Video
from cliprelay.video.shown import shown
from cliprelay.video.states import Status

# A new video writes into the key of its state, and each move out of one key and into another: two units a video and state at most,
# so four keys carry 2,000 videos a second of one tenant.
LISTING_KEYS = 4
# `waiting_for` of a video that its client wants to be submitted later.
NOT_BEFORE = "not_before"
# It is listed apart from the other queued ones, because it does not count against the tenant's limit.
_SCHEDULED = "scheduled"
# What the key depends on. A write that changes one of these also writes the key; see `VideoTable._part`.
LISTED_BY = frozenset({"status", "cancel_requested_at", "waiting_for", "deleted_at"})
# The item of the sweep says by this attribute that every record carries `listing`; see steps/sweep_listing.py.
SWEEP, LISTED_AT = "sweep", "listed_at"
# How long a function goes without asking again whether an index can be read and is complete, and that it is not complete, in seconds.
ASK_AGAIN, ASK_INCOMPLETE = 300.0, 10.0
# A list by state without its index filters so many records at a time.
FILTERED = 100

# Of a query of an index that a deployment has not created yet, has deleted, or is still filling.
_NOT_READABLE = ("The table does not have the specified index", "Cannot read from backfilling global secondary index")

Page = tuple[list[Video], str | None]


class Window(NamedTuple):
    """A range of ids, and so of times: from `low` on, and before `high`; None: without that bound."""

    low: str | None = None
    high: str | None = None


ALL = Window()


def listing_of(tenant: str, status: str, video_id: str) -> str:
    """Return the key under which a video is listed by the state that it shows."""
    return shard_of(f"{tenant}#{status}", video_id, LISTING_KEYS)


def listing_now(video: Video) -> str | None:
    """Return the key under which a video is listed at present; None for a deleted one."""
    if video.deleted_at:
        return None
    is_scheduled = shown(video) is Status.QUEUED and video.waiting_for == NOT_BEFORE
    return listing_of(video.tenant, _SCHEDULED if is_scheduled else shown(video), video.id)


def place(video: Video) -> dict[str, str]:
    """Return what a whole record carries so that the video is listed; nothing for a deleted one."""
    key = listing_now(video)
    return {"listing": key} if key else {}


@dataclass
class Listing:
    """Reads lists; `seconds` is a monotonic clock."""

    table: Table
    seconds: Callable[[], float] = time.monotonic
    _avoided_until: dict[str, float] = field(default_factory=dict)
    _complete: bool = False
    _asked_until: float = -math.inf

    def page(self, tenant: str, *, after: str | None, newest_first: bool, limit: int, status: Status | None, within: Window = ALL) -> Page:
        """Examine the next videos of a tenant by age.

        Return at most `limit` of them, itself at most 100, and the id to continue after if there may be more.
        """
        if status is None:
            return self._of_tenant(tenant, after, newest_first, limit, within)
        if self._is_complete() and self._may_read("by_status"):
            try:
                return self._by_status(tenant, status, after, newest_first, limit, within)
            except ClientError as error:
                self._give_up("by_status", error)
        found, cursor = self._of_tenant(tenant, after, newest_first, FILTERED, within)
        kept = [video for video in found if shown(video) is status]
        return (kept[:limit], kept[limit - 1].id) if len(kept) > limit else (kept, cursor)

    def count_queued(self, tenant: str, most: int) -> int:
        """Count the queued videos of a tenant that only wait for us, up to `most`; the indexes are eventually consistent."""
        if self._may_read("by_status"):
            try:
                return self._count("by_status", "listing", shards(f"{tenant}#{Status.QUEUED.value}", LISTING_KEYS), most)
            except ClientError as error:
                self._give_up("by_status", error)
        return self._count("by_queue", "queued_by", [tenant], most)

    def _count(self, index: str, key: str, values: Iterable[str], most: int) -> int:
        count = 0
        for value in values:
            if count < most:
                count += self.table.query(index, f"{key} = :key", {":key": value}, Select="COUNT", Limit=most - count)["Count"]
        return count

    def _of_tenant(self, tenant: str, after: str | None, newest_first: bool, limit: int, within: Window) -> Page:
        if self._may_read("by_owner"):
            try:
                return self._read(self._ids("by_owner", "tenant", tenant, after, newest_first, limit + 1, within), limit)
            except ClientError as error:
                self._give_up("by_owner", error)
        # The index of earlier deployments: whole records, eventually consistent.
        items = self._items("by_tenant", "tenant", tenant, after, newest_first, limit + 1, within)
        videos = [Video.from_item(item) for item in items[:limit]]
        return videos, videos[-1].id if len(items) > limit else None

    def _by_status(self, tenant: str, status: Status, after: str | None, newest_first: bool, limit: int, within: Window) -> Page:
        names = (status, _SCHEDULED) if status is Status.QUEUED else (status,)
        keys = [key for name in names for key in shards(f"{tenant}#{name}", LISTING_KEYS)]
        ids = [each for key in keys for each in self._ids("by_status", "listing", key, after, newest_first, limit + 1, within)]
        videos, cursor = self._read(sorted(ids, reverse=newest_first), limit)
        return [video for video in videos if shown(video) is status], cursor

    def _ids(self, index: str, key: str, *rest: Any) -> list[str]:
        return [item["id"] for item in self._items(index, key, *rest)]

    def _items(
        self, index: str, key: str, value: str, after: str | None, newest_first: bool, most: int, within: Window
    ) -> list[dict[str, Any]]:
        """Return up to `most` items of one key; DynamoDB returns fewer at once if they exceed 1 MB."""
        found: list[dict[str, Any]] = []
        while len(found) < most:
            ids = _ids_condition(after, newest_first, within)
            if ids is None:
                break
            condition, values = f"{key} = :key{ids[0]}", {":key": value, **ids[1]}
            answer = self.table.query(index, condition, values, ScanIndexForward=not newest_first, Limit=most - len(found))
            found += answer["Items"]
            if "LastEvaluatedKey" not in answer:
                break
            after = answer["LastEvaluatedKey"]["id"]["S"]
        return found

    def _read(self, ids: list[str], limit: int) -> Page:
        """Read the first `limit` records, without those that are gone, and the cursor if there are more ids."""
        wanted = ids[:limit]
        items = self.table.read_many(*wanted) if wanted else {}
        videos = [Video.from_item(items[each]) for each in wanted if each in items]
        return videos, wanted[-1] if len(ids) > limit else None

    def _is_complete(self) -> bool:
        """Return whether every record carries `listing`, as the sweep has found."""
        if self.seconds() >= self._asked_until:
            self._complete = LISTED_AT in (self.table.read(SWEEP) or {})
            self._asked_until = self.seconds() + (ASK_AGAIN if self._complete else ASK_INCOMPLETE)
        return self._complete

    def _may_read(self, index: str) -> bool:
        return self.seconds() >= self._avoided_until.get(index, -math.inf)

    def _give_up(self, index: str, error: ClientError) -> None:
        """Do without an index for a while if it cannot be read; raises any other error."""
        if not is_unreadable(error.response):
            raise error
        self._avoided_until[index] = self.seconds() + ASK_AGAIN


def _ids_condition(after: str | None, newest_first: bool, within: Window) -> tuple[str, dict[str, str]] | None:
    """Return the condition of the sort key, of which a query may have one; None if no id can meet it."""
    if within == ALL:
        return ("", {}) if after is None else (f" AND id {'<' if newest_first else '>'} :after", {":after": after})
    low, high = within.low or "vid_", _before(within.high) if within.high else "vid_~"
    if after:
        low, high = (low, min(high, _before(after))) if newest_first else (max(low, f"{after}0"), high)
    return (" AND id BETWEEN :low AND :high", {":low": low, ":high": high}) if low <= high else None


def _before(video_id: str) -> str:
    """Return a text between an id and the one before it: BETWEEN includes its bounds."""
    return f"{video_id[:-1]}{chr(ord(video_id[-1]) - 1)}~"


def is_unreadable(response: Mapping[str, Any]) -> bool:
    """Return whether DynamoDB refused a query because the index does not exist, or is still being filled."""
    refusal = response.get("Error", {})
    return refusal.get("Code") == "ValidationException" and str(refusal.get("Message", "")).startswith(_NOT_READABLE)
