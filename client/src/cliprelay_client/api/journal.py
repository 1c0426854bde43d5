"""Idempotency keys on disk, saved before the order is sent: a call that a crash cut off is repeated under its own key.

One file per open order, named by what is ordered, mode 600, locked by the process that works on it. It goes when the order is answered.
"""

import errno
import fcntl
import json
import os
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cliprelay_client.api.errors import LocalFault

# Equal orders that are open at the same time, such as several variants; far more than anybody starts.
MOST_OPEN = 10_000


class Intent:
    """One order that is not finished: its key, and its video once that is known."""

    def __init__(self, path: Path, descriptor: int, record: dict[str, Any], *, resumed: bool) -> None:
        self._path, self._descriptor, self._record = path, descriptor, record
        # Whether an earlier process left it open.
        self.resumed = resumed

    @property
    def key(self) -> str:
        return str(self._record["key"])

    @property
    def video_id(self) -> str | None:
        return self._record.get("video_id")

    @property
    def created_at(self) -> str:
        return str(self._record.get("created_at", ""))

    def note(self, video_id: str) -> None:
        """Store which video the order became."""
        self._record["video_id"] = video_id
        _append(self._descriptor, {"video_id": video_id})

    def done(self) -> None:
        """Forget the order: the next equal one is a new intent."""
        self._path.unlink(missing_ok=True)
        self.release()

    def release(self) -> None:
        """Leave the order open for a later process."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class Journal:
    """The folder of open orders."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def claim(self, fingerprint: str) -> Intent:
        """Take up an equal order that a dead process left open, or save a fresh key."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for number in range(MOST_OPEN):
                intent = _try(self._folder / f"{fingerprint[:40]}-{number}.jsonl")
                if intent:
                    return intent
        except OSError as error:
            reason = "the disk is full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else (error.strerror or "it cannot be written")
            raise LocalFault(f"The order's key cannot be saved in {self._folder}: {reason}. Nothing was ordered.") from None
        raise LocalFault(f"{self._folder} has {MOST_OPEN:,} open orders of the same kind. Nothing was ordered.")


def _try(path: Path) -> Intent | None:
    """Lock one file; None if a living process works on it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    try:
        if os.fstat(descriptor).st_nlink == 0:  # finished between open and lock
            os.close(descriptor)
            return _try(path)
        record = _load(descriptor)
        if record:
            return Intent(path, descriptor, record, resumed=True)
        return Intent(path, descriptor, _begin(path, descriptor), resumed=False)
    except BaseException:
        os.close(descriptor)
        raise


def _begin(path: Path, descriptor: int) -> dict[str, Any]:
    record = {"key": f"cli-{secrets.token_hex(16)}", "created_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}
    try:
        os.ftruncate(descriptor, 0)
        _append(descriptor, record)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError:
        path.unlink(missing_ok=True)
        raise
    return record


def _append(descriptor: int, record: dict[str, Any]) -> None:
    line = f"{json.dumps(record)}\n".encode()
    os.lseek(descriptor, 0, os.SEEK_END)
    while line:
        line = line[os.write(descriptor, line) :]
    os.fsync(descriptor)


def _load(descriptor: int) -> dict[str, Any]:
    """Read the lines; a torn first one was never used, because the order is sent after it is saved."""
    os.lseek(descriptor, 0, os.SEEK_SET)
    record: dict[str, Any] = {}
    for line in os.read(descriptor, 65_536).decode(errors="replace").splitlines():
        try:
            record |= json.loads(line)
        except (ValueError, TypeError):
            continue
    return record if isinstance(record.get("key"), str) else {}
