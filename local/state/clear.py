"""Remove a service's files from its state folder, and nothing else."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from local.state.contents import Contents, read_contents
from local.state.folder import DATABASE, KEY
from local.state.lock import acquire_or_refuse
from local.state.show import size, videos

# In this order: a removal that is interrupted leaves nothing that a new service could take for its data.
_FILES = (DATABASE, *(f"{DATABASE}-{part}" for part in ("journal", "wal", "shm")), KEY, f"{KEY}.part", "env.json")
# Each folder with the names of the files that the service writes there; tmp holds only what functions need while they run.
_FOLDERS = {
    "objects": re.compile(r"[0-9a-f]{32}(\.unfinished)?"),
    "simulator": re.compile(r"(picture|video|stock)\b.*"),
    "mail": re.compile(r"\d+\.(eml|part)|unfinished-.*\.part"),
    "logs": re.compile(r"\w+\.log"),
}
_WHOLE = ("tmp",)


def losses(found: Contents) -> Iterator[str]:
    """Say what a removal would lose, the worst first."""
    if found.paid_videos:
        yield f"These videos are not finished, and the upstream has been or may have been paid for them: {', '.join(found.paid_videos)}"
    yield f"{found.open_videos} open videos of {videos(found.videos)}"
    yield f"{found.api_keys} API keys, {found.webhooks} webhooks with {found.open_deliveries} deliveries under way"
    yield f"{found.objects} objects, {found.emails} e-mails, and all logs: {size(found.bytes_on_disk)}"
    yield from found.problems


def clear(folder: Path, may_remove: Callable[[Contents], bool]) -> list[str] | None:
    """Remove our files if `may_remove` agrees, and return what else remains; None if it does not.

    Raises FolderInUse while a service runs.
    """
    lock = acquire_or_refuse(folder)
    try:
        if not may_remove(read_contents(folder)):
            return None
        _remove(folder)
        (folder / "lock").unlink()
    finally:
        lock.close()
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not _is_way(path))


def _is_way(path: Path) -> bool:
    """Return whether a path only leads to others, which are named themselves."""
    return path.is_dir() and not path.is_symlink() and any(path.iterdir())


def _remove(folder: Path) -> None:
    for name in _FILES:
        (folder / name).unlink(missing_ok=True)
    for name in _WHOLE:
        _remove_tree(folder / name)
    for name, ours in _FOLDERS.items():
        _remove_files(folder / name, ours)


def _remove_tree(path: Path) -> None:
    if path.is_symlink():
        path.unlink()
    elif path.is_dir():
        shutil.rmtree(path)


def _remove_files(folder: Path, ours: re.Pattern[str]) -> None:
    """Remove our files from a folder, then the folder if it is empty; a link to one is followed, because objects may be on another disk."""
    if not folder.is_dir():
        return
    for entry in list(os.scandir(folder)):
        if ours.fullmatch(entry.name) and not entry.is_dir(follow_symlinks=False):
            Path(entry.path).unlink()
    if not any(folder.iterdir()):
        folder.unlink() if folder.is_symlink() else folder.rmdir()
