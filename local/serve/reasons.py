"""Read from a video's record why it waits, or why it did not succeed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

# The table's index of the videos that still need work, and its partitions: a video is in one of them until its end is announced.
OPEN_VIDEOS, QUEUES = "by_due", ("due", *(f"due#{number}" for number in range(8)), "refused", "unconfirmed", "stuck")


@dataclass(frozen=True)
class Reason:
    """What a record says about a wait or an end: codes and counts, never contents.

    `code` is the reason why the video waits or has failed; `misses` counts unusable answers, `is_silent` means that the upstream gave
    none; `copies` counts attempts to copy the file, and `refusals` names what they failed at.
    """

    code: str = ""
    misses: int = 0
    is_silent: bool = False
    copies: int = 0
    refusals: tuple[str, ...] = ()


class Reasons:
    """Reads records once the stack has a table of videos."""

    def __init__(self, dynamodb: Callable[[], Any]) -> None:
        self._dynamodb = dynamodb
        self.table: str | None = None

    def of(self, video_id: str) -> Reason:
        """Return what the record says; nothing if there is none."""
        if self.table is None:
            return Reason()
        try:
            return _reason(self._dynamodb().get_item(TableName=self.table, Key={"id": {"S": video_id}}).get("Item", {}))
        except (BotoCoreError, ClientError):
            return Reason()  # the service is stopping, or its template has another table

    def count_open(self) -> int:
        """Count the videos that still need work; the index is sparse, so it does not matter how many have ended."""
        if self.table is None:
            return 0
        try:
            return sum(self._count(queue) for queue in QUEUES)
        except ClientError:
            return 0  # another template's table

    def _count(self, queue: str) -> int:
        pages = (
            self._dynamodb()
            .get_paginator("query")
            .paginate(
                TableName=self.table,
                IndexName=OPEN_VIDEOS,
                Select="COUNT",
                KeyConditionExpression="due = :queue",
                ExpressionAttributeValues={":queue": {"S": queue}},
            )
        )
        return sum(page["Count"] for page in pages)


def _reason(item: Mapping[str, Any]) -> Reason:
    waiting = item.get("waiting_for", {}).get("S", "") if item.get("status", {}).get("S") == "queued" else ""
    error = item.get("error", {}).get("M", {}).get("code", {}).get("S", "")
    return Reason(
        code=str(waiting or error),
        misses=int(item.get("misses", {}).get("N", 0)),
        is_silent="N" in item.get("failing_since", {}),
        copies=int(item.get("copies", {}).get("N", 0)),
        refusals=tuple(sorted(item.get("refusals", {}).get("M", {}))),
    )
