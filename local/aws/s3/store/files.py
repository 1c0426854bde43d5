"""The folder with the bytes of objects; the names of its files are random, so a key never becomes a path."""

import contextlib
import fcntl
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import IO

PIECE = 1 << 18
_NAME, _UNFINISHED = re.compile(r"[0-9a-f]{32}"), ".unfinished"
_OURS = re.compile(rf"{_NAME.pattern}({re.escape(_UNFINISHED)})?")
# macOS flushes the disk's own cache only on this request.
_FULL_SYNC = getattr(fcntl, "F_FULLFSYNC", None)


class NewFile:
    """A file that is still written: removed by `ObjectFiles.new`, unless it was adopted."""

    def __init__(self, folder: Path, *, durable: bool, write: Callable[[int, bytes], int]) -> None:
        self.name, self.size = token_hex(16), 0
        self._folder, self._durable, self._write = folder, durable, write
        self._path, self._is_adopted = folder / (self.name + _UNFINISHED), False
        self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)

    def write(self, data: bytes) -> None:
        """Append all of the data, or raise OSError."""
        rest = memoryview(data)
        while rest:
            rest = rest[self._write(self._file, rest) :]  # type: ignore[arg-type]  # os.write accepts any buffer
        self.size += len(data)

    def finish(self) -> None:
        """Give the file its name, and return when bytes and name are on disk."""
        if self._durable:
            _sync(self._file)
        finished = self._folder / self.name
        self._path.rename(finished)
        self._path = finished
        if self._durable:
            _sync_folder(self._folder)

    def adopt(self) -> None:
        """Keep the finished file, because a row refers to it."""
        self._is_adopted = True

    def close(self) -> None:
        try:
            os.close(self._file)
        finally:
            if not self._is_adopted:
                self._path.unlink(missing_ok=True)


class ObjectFiles:
    """Complete files by name, and unfinished ones; anything else in the folder is left alone."""

    def __init__(self, folder: Path, *, durable: bool, write: Callable[[int, bytes], int] = os.write) -> None:
        self.folder, self._durable, self._write = folder, durable, write

    def sync(self) -> None:
        """Store the folder's own name."""
        if self._durable:
            _sync_folder(self.folder.parent)

    @contextmanager
    def new(self) -> Iterator[NewFile]:
        """Yield a new file, and remove it again unless it was adopted."""
        file = NewFile(self.folder, durable=self._durable, write=self._write)
        try:
            yield file
        finally:
            file.close()

    def open(self, name: str) -> IO[bytes]:
        return (self.folder / name).open("rb", buffering=0)

    def size(self, name: str) -> int | None:
        """Return a file's size, or None if there is no such file."""
        try:
            return (self.folder / name).stat().st_size
        except FileNotFoundError:
            return None

    def remove(self, *names: str | None) -> None:
        """Remove files; one that cannot be removed now is removed at the next start."""
        for name in names:
            if name is not None:
                with contextlib.suppress(OSError):
                    (self.folder / name).unlink()

    def names(self) -> set[str]:
        """Return the names of all our files, also of unfinished ones."""
        with os.scandir(self.folder) as entries:
            return {entry.name for entry in entries if _OURS.fullmatch(entry.name) and entry.is_file(follow_symlinks=False)}


def _sync(file: int) -> None:
    if _FULL_SYNC is None:
        os.fsync(file)
    else:
        fcntl.fcntl(file, _FULL_SYNC)


def _sync_folder(folder: Path) -> None:
    """Store the names of the folder's files."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
