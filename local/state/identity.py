"""A state folder belongs to one upstream, because another one does not know its tasks and would end paid videos as lost."""

import shlex
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from local.state.database import Database
from local.state.records import Records

SPACE = "folder"
SIMULATOR = "the simulator"
_PORTS = {"http": 80, "https": 443}


class ForeignUpstream(OSError):
    """The folder belongs to another upstream; the message is one line for the user."""


def upstream_named(url: str | None) -> str:
    """Name an upstream by scheme, host and port; its path and key may change, and the simulator's address always does."""
    if url is None:
        return SIMULATOR
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}" if parts.port in (None, _PORTS.get(parts.scheme)) else f"{parts.scheme}://{host}:{parts.port}"


class Identity:
    """The upstream of a folder, and when the folder was created."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._records, self._folder = Records(database, SPACE), folder

    def check(self, upstream: str) -> None:
        """Raise ForeignUpstream if the folder belongs to another upstream."""
        known = self._records.get("upstream")
        if known not in (None, upstream):
            clear = f"`python -m local state clear --state-dir {shlex.quote(str(self._folder))}`"
            raise ForeignUpstream(
                f"the state folder {self._folder} belongs to {known}, and {upstream} does not know its videos; "
                f"use another --state-dir, or remove the data with {clear}"
            )

    def record(self, upstream: str, now: datetime) -> None:
        """Bind the folder to its upstream, for good."""
        if self._records.get("upstream") is None:
            self._records.put_all({"upstream": upstream, "created": now.isoformat(timespec="seconds")})
