"""Read from a video's record why it waits, or why it did not succeed."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError


class Reasons:
    """Reads records once the stack has a table of videos."""

    def __init__(self, dynamodb: Callable[[], Any]) -> None:
        self._dynamodb = dynamodb
        self.table: str | None = None

    def of(self, video_id: str) -> str:
        """Return the code of the reason, or an empty string if the record has none."""
        if self.table is None:
            return ""
        try:
            item = self._dynamodb().get_item(TableName=self.table, Key={"id": {"S": video_id}}).get("Item", {})
        except (BotoCoreError, ClientError):
            return ""  # the service is stopping, or its template has another table
        waiting = item.get("waiting_for", {}).get("S", "") if item.get("status", {}).get("S") == "queued" else ""
        error = item.get("error", {}).get("M", {}).get("code", {}).get("S", "")
        return str(waiting or error)
