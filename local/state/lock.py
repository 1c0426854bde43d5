"""The lock of a state folder: held by one service while it runs, and named after it."""

import fcntl
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

# `local state show` looks at a lock for a moment, which must not turn away a service that starts just then.
TRIES, BETWEEN_SECONDS = 5, 0.02


class FolderInUse(OSError):
    """Another service uses the folder; the message is one line for the user."""


def acquire(folder: Path, sleep: Callable[[float], None] = time.sleep) -> IO[str] | None:
    """Lock a folder, or return None if it is locked; the kernel releases the lock when the process ends, even if it is killed."""
    for _ in range(TRIES):
        file = (folder / "lock").open("a")  # not "w", which would erase the owner before the lock is held
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_in(folder, file):
                write_owner(file, None)
                return file
        except BlockingIOError:
            sleep(BETWEEN_SECONDS)
        except BaseException:  # say, a file system without locks
            file.close()
            raise
        file.close()
    return None


def acquire_or_refuse(folder: Path) -> IO[str]:
    """Lock a folder; raise FolderInUse, naming the owner, if it is locked."""
    lock = acquire(folder)
    if lock is None:
        raise FolderInUse(f"the state folder {folder} belongs to {_owner(folder)}; stop that one, or use another --state-dir")
    return lock


def running_service(folder: Path) -> str | None:
    """Describe the service that holds the folder, or return None if there is none."""
    try:
        file = (folder / "lock").open()
    except FileNotFoundError:
        return None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _owner(folder)
    return None


def write_owner(lock: IO[str], api: str | None) -> None:
    """Name this process in the lock, and its address once it has one."""
    lock.truncate(0)
    lock.write(json.dumps({"pid": os.getpid(), "api": api}) + "\n")
    lock.flush()


def _is_in(folder: Path, file: IO[str]) -> bool:
    """Return whether the locked file is still the folder's; the owner before may have removed it meanwhile."""
    try:
        return os.path.samestat((folder / "lock").stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False


def _owner(folder: Path) -> str:
    """Describe the service that holds the lock, as far as it has said who it is."""
    try:
        known = json.loads((folder / "lock").read_text())
        address = f" at {known['api']}" if known["api"] else ""
        return f"a running service (process {known['pid']}{address})"
    except (OSError, ValueError, KeyError, TypeError):
        return "a running service"
