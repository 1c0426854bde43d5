"""The ready file: written once the service can be used, and owned by that service while it runs."""

import fcntl
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import IO, Any


class ReadyFileInUse(OSError):
    """Another running service has written the ready file; the message is one line for the user."""


class ReadyFileOwner:
    """Replaces a ready file that no running service owns; raises ReadyFileInUse otherwise, and changes nothing.

    The owner holds a lock on the file itself, so there is no other file to leave behind, and the kernel releases the lock even if the
    service is killed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock: IO[str] | None = None
        _check_abandoned(path)

    def remove_abandoned(self) -> None:
        """Remove the file of a killed service, so that nobody takes it for this one's."""
        _check_abandoned(self._path)
        self._path.unlink(missing_ok=True)

    def write(self, contents: dict[str, Any]) -> None:
        """Write the file in one step; raises ReadyFileInUse if another service has written it meanwhile."""
        unfinished = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        self._lock = unfinished.open("w", encoding="utf-8")
        self._lock.write(json.dumps(contents, indent=2) + "\n")
        self._lock.flush()
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        try:
            _check_abandoned(self._path)
        except ReadyFileInUse:
            unfinished.unlink()
            raise
        os.replace(unfinished, self._path)

    def remove(self) -> None:
        """Remove the file that this service has written, and no other one."""
        if self._lock is None:
            return
        with suppress(OSError):
            if os.path.samestat(self._path.stat(), os.fstat(self._lock.fileno())):
                self._path.unlink()
        self._lock.close()


def _check_abandoned(path: Path) -> None:
    try:
        file = path.open(encoding="utf-8")
    except FileNotFoundError:
        return
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ReadyFileInUse(f"{path} belongs to {_owner(file)}; stop it, or use another --ready-file") from None


def _owner(file: IO[str]) -> str:
    try:
        known = json.load(file)
        process = f" (process {known['pid']})" if "pid" in known else ""
        return f"a running service at {known['api']}{process}"
    except (ValueError, KeyError, TypeError):
        return "a running service"
