"""Wait until a file, or the names in a folder, are on disk."""

import fcntl
import os
from pathlib import Path

# macOS flushes the drive's own cache only on this request: https://developer.apple.com/documentation/xcode/reducing-disk-writes
_FULL_SYNC = getattr(fcntl, "F_FULLFSYNC", None)


def sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor) if _FULL_SYNC is None else fcntl.fcntl(descriptor, _FULL_SYNC)
    finally:
        os.close(descriptor)
