"""The folder of one run: e-mails, logs, temporary files and the variables for `sam local invoke`."""

import fcntl
import json
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO


class FolderInUse(OSError):
    """Another service uses the folder; the message is one line for the user."""


class StateFolder:
    """Locked while the service runs: no other service may use it, and a later one can identify abandoned folders.

    Raises FolderInUse, before anything in the folder is touched.
    """

    def __init__(self, path: Path | None, root: Path) -> None:
        self.path, self._lock = _fresh_folder(root / ".local") if path is None else _given_folder(path)
        self.mail = self.path / "mail"
        self.logs = self.path / "logs"
        self.temporary = self.path / "tmp"
        for folder in (self.mail, self.logs, self.temporary):
            folder.mkdir(exist_ok=True)

    def name_owner(self, api: str) -> None:
        """Record the address of this service, for the message to another one."""
        _write_owner(self._lock, api)

    def release(self) -> None:
        """Unlock the folder; its files remain until the next service starts."""
        shutil.rmtree(self.temporary, ignore_errors=True)
        self._lock.close()


def _given_folder(path: Path) -> tuple[Path, IO[str]]:
    path.mkdir(parents=True, exist_ok=True)
    lock = _lock(path)
    if lock is None:
        raise FolderInUse(f"the state folder {path} belongs to {_owner(path)}; stop that one, or use another --state-dir")
    return path.resolve(), lock


def _fresh_folder(parent: Path) -> tuple[Path, IO[str]]:
    """Create a new folder and remove those of ended services."""
    parent.mkdir(exist_ok=True)
    for old in parent.glob("run-*"):
        with suppress(OSError):  # another starting service has just removed it
            _remove_abandoned(old)
    # Lock it before renaming it, so that another starting service does not remove it.
    unnamed = Path(tempfile.mkdtemp(prefix="new-", dir=parent.resolve()))
    lock = _lock(unnamed)
    if lock is None:
        raise FolderInUse(f"the new state folder {unnamed} is locked")
    return unnamed.rename(parent.resolve() / unnamed.name.replace("new-", "run-", 1)), lock


def _remove_abandoned(folder: Path) -> None:
    lock = _lock(folder)
    if lock:
        shutil.rmtree(folder, ignore_errors=True)
        lock.close()


def _lock(folder: Path) -> IO[str] | None:
    """Lock a folder, or return None if it is locked; the kernel releases the lock when the process ends, even if it is killed."""
    file = (folder / "lock").open("a")  # not "w", which would erase the owner before the lock is held
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    except OSError:  # say, a file system without locks
        file.close()
        raise
    _write_owner(file, None)
    return file


def _write_owner(lock: IO[str], api: str | None) -> None:
    lock.truncate(0)
    lock.write(json.dumps({"pid": os.getpid(), "api": api}) + "\n")
    lock.flush()


def _owner(folder: Path) -> str:
    """Describe the service that holds the lock, as far as it has said who it is."""
    try:
        known = json.loads((folder / "lock").read_text())
        address = f" at {known['api']}" if known["api"] else ""
        return f"a running service (process {known['pid']}{address})"
    except (OSError, ValueError, KeyError, TypeError):
        return "a running service"
