"""The folder of one run: e-mails, logs, temporary files and the variables for `sam local invoke`."""

import fcntl
import os
import shutil
import tempfile
from pathlib import Path
from typing import IO


class StateFolder:
    """Locked while the service runs, so that a later one can identify abandoned folders."""

    def __init__(self, path: Path | None, root: Path) -> None:
        self.path, self._lock = _fresh_folder(root / ".local") if path is None else _given_folder(path)
        self.mail = self.path / "mail"
        self.logs = self.path / "logs"
        self.temporary = self.path / "tmp"
        for folder in (self.mail, self.logs, self.temporary):
            folder.mkdir(exist_ok=True)

    def release(self) -> None:
        """Unlock the folder; its files remain until the next service starts."""
        shutil.rmtree(self.temporary, ignore_errors=True)
        if self._lock:
            self._lock.close()


def _given_folder(path: Path) -> tuple[Path, IO[str] | None]:
    path.mkdir(parents=True, exist_ok=True)
    return path.resolve(), _lock(path)


def _fresh_folder(parent: Path) -> tuple[Path, IO[str] | None]:
    """Create a new folder and remove those of ended services."""
    parent.mkdir(exist_ok=True)
    for old in parent.glob("run-*"):
        lock = _lock(old)
        if lock:
            shutil.rmtree(old, ignore_errors=True)
            lock.close()
    # Lock it before renaming it, so that another starting service does not remove it.
    unnamed = Path(tempfile.mkdtemp(prefix="new-", dir=parent.resolve()))
    lock = _lock(unnamed)
    return unnamed.rename(parent.resolve() / unnamed.name.replace("new-", "run-", 1)), lock


def _lock(folder: Path) -> IO[str] | None:
    """Lock a folder, or return None if it is locked; the kernel releases the lock when the process ends."""
    try:
        file = (folder / "lock").open("a")
    except OSError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    file.write(f"{os.getpid()}\n")
    file.flush()
    return file
