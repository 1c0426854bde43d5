"""The folder with everything of the local service: its data, e-mails, logs and temporary files."""

import os
import shlex
import shutil
import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO

from local.state.database import DamagedDatabase, Database, UnusableDatabase
from local.state.lock import FolderInUse, acquire, acquire_or_refuse, write_owner
from local.state.problems import UnusableFolder, explained
from local.state.sync import sync

# Beside the template, like the folders of services that keep nothing.
DEFAULT = Path(".local") / "state"
DATABASE, KEY = "state.sqlite", "key"
# A folder with one of these is ours; any other with files belongs to somebody else.
_OURS = {"lock", DATABASE}
# What file systems put into an empty folder.
_IGNORED = {"lost+found", ".DS_Store"}


class StateFolder:
    """Locked while the service runs: no other service may use it, and a later one can identify abandoned folders.

    An ephemeral one keeps e-mails and logs, and everything else until the service stops. Raises FolderInUse, UnusableFolder or
    UnusableDatabase before anything in the folder is touched.
    """

    def __init__(self, path: Path | None, root: Path, *, ephemeral: bool = False) -> None:
        self.is_kept = not ephemeral
        given = path or (root / DEFAULT if self.is_kept else None)
        with explained(given or root / ".local"):
            self.path, self._lock = _given_folder(given) if given else _fresh_folder(root / ".local")
            self.mail, self.logs, self.temporary = (self.path / name for name in ("mail", "logs", "tmp"))
            data = self.path if self.is_kept else self.temporary
            self.objects, self.simulator = data / "objects", data / "simulator"
            with ExitStack() as undo:
                undo.callback(self._lock.close)
                self._open()
                undo.pop_all()

    def _open(self) -> None:
        self.database = self._kept_database() if self.is_kept else self._no_database()
        try:
            shutil.rmtree(self.temporary, ignore_errors=True)  # of a killed service
            for folder in (self.mail, self.logs, self.temporary, self.objects, self.simulator):
                folder.mkdir(exist_ok=True)
        except BaseException:
            self.database.close()
            raise

    def _kept_database(self) -> Database:
        file = self.path / DATABASE
        if not file.exists() or file.stat().st_size == 0:
            _check_no_data(self.path)
        with suppress(PermissionError):  # not our folder; the file still gets a mode of its own
            self.path.chmod(0o700)
        # It holds the upstream's key. SQLite gives its other files the same mode.
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
        try:
            return Database(file)
        except DamagedDatabase as error:
            show = f"`python -m local state show --state-dir {shlex.quote(str(self.path))}`"
            raise DamagedDatabase(f"{error}, and {show} says what can still be read") from None

    def _no_database(self) -> Database:
        if any((self.path / name).exists() for name in (DATABASE, KEY)):
            raise UnusableFolder(
                f"the state folder {self.path} holds data, which --ephemeral would leave out; start without it, or use another --state-dir"
            )
        return Database(None)

    def name_owner(self, api: str) -> None:
        """Record the address of this service, for the message to another one."""
        write_owner(self._lock, api)

    def release(self) -> None:
        """Unlock the folder; its files remain, those of an ephemeral one until the next service starts."""
        self.database.close()
        shutil.rmtree(self.temporary, ignore_errors=True)
        self._lock.close()


def _given_folder(path: Path) -> tuple[Path, IO[str]]:
    if path.is_symlink() and not path.exists():
        raise UnusableFolder(f"the state folder {path} is a link to {path.readlink()}, which does not exist; use another --state-dir")
    if path.exists() and not path.is_dir():
        raise UnusableFolder(f"the state folder {path} is a file; use another --state-dir")
    _make(path)
    check_ours(path)
    return path.resolve(), acquire_or_refuse(path)


def _make(path: Path, mode: int = 0o700) -> None:
    """Create a folder that is still there after a power loss."""
    if path.is_dir():
        return
    _make(path.parent, 0o777)
    path.mkdir(mode, exist_ok=True)
    sync(path.parent)


def check_ours(path: Path) -> None:
    """Refuse a folder of somebody else, such as the home directory."""
    names = {entry.name for entry in os.scandir(path)} - _IGNORED
    if names and not names & _OURS:
        raise UnusableFolder(f"{path} is not a state folder: it holds other files, such as {min(names)}; use an empty or new --state-dir")


def _check_no_data(path: Path) -> None:
    """Refuse to create a database next to the data of a lost one; folders of earlier versions have no such data."""
    left = [name for name in (KEY, "objects", "simulator") if (path / name).is_file() or _has_files(path / name)]
    if left:
        raise UnusableDatabase(
            f"{path / DATABASE} is missing or empty, but {left[0]} belongs to it; nothing was changed: put the file back from a copy, "
            "or use another --state-dir"
        )


def _has_files(folder: Path) -> bool:
    return folder.is_dir() and any(entry.is_file() for entry in folder.rglob("*"))


def _fresh_folder(parent: Path) -> tuple[Path, IO[str]]:
    """Create a new folder and remove those of ended services."""
    parent.mkdir(exist_ok=True)
    for old in parent.glob("run-*"):
        with suppress(OSError):  # another starting service has just removed it
            _remove_abandoned(old)
    # Lock it before renaming it, so that another starting service does not remove it.
    unnamed = Path(tempfile.mkdtemp(prefix="new-", dir=parent.resolve()))
    lock = acquire(unnamed)
    if lock is None:
        raise FolderInUse(f"the new state folder {unnamed} is locked")
    return unnamed.rename(parent.resolve() / unnamed.name.replace("new-", "run-", 1)), lock


def _remove_abandoned(folder: Path) -> None:
    lock = acquire(folder)
    if lock:
        shutil.rmtree(folder, ignore_errors=True)
        lock.close()
