"""Files that are whole and on disk, or not there."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

_UNFINISHED = ".part"


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give the path of a new file, and move it to `path` when the block ends; an exception deletes it."""
    unfinished = path.with_name(f"{path.name}.{token_hex(4)}{_UNFINISHED}")
    try:
        yield unfinished
        _sync(unfinished)
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    _sync(path.parent)


def delete_unfinished(folder: Path) -> None:
    """Delete what a killed process has left."""
    for path in folder.glob(f"*{_UNFINISHED}"):
        path.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        # On macOS, fsync leaves the data in the cache of the drive.
        os.fsync(descriptor) if not hasattr(fcntl, "F_FULLFSYNC") else fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
    finally:
        os.close(descriptor)
