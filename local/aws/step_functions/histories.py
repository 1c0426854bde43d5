"""The histories of the last executions that have ended, in memory and compressed."""

import json
import zlib
from collections import OrderedDict
from threading import Lock
from typing import Any

# A video's history has some 100 events: 100 KB as objects, 3 KB compressed.
MOST = 500


class Histories:
    """Forgets the oldest one when there are more than `most`."""

    def __init__(self, most: int = MOST) -> None:
        self._most, self._lock = most, Lock()
        self._compressed: OrderedDict[str, bytes] = OrderedDict()

    def keep(self, execution_arn: str, events: list[Any]) -> None:
        compressed = zlib.compress(json.dumps(events, default=str).encode(), level=1)
        with self._lock:
            self._compressed[execution_arn] = compressed
            while len(self._compressed) > self._most:
                self._compressed.popitem(last=False)

    def get(self, execution_arn: str) -> list[Any] | None:
        """Return the events, or None if they are forgotten."""
        with self._lock:
            compressed = self._compressed.get(execution_arn)
        if compressed is None:
            return None
        events: list[Any] = json.loads(zlib.decompress(compressed))
        return events
