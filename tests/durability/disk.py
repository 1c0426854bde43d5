"""A small disk that can be full: a tmpfs of its own, and a file that takes the rest of it."""

import subprocess
from contextlib import suppress
from pathlib import Path

# Space for some hundred small videos with their logs.
BYTES = 192_000_000
PIECE = 65_536


class SmallDisk:
    """Mounted on creation; needs root and Linux."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", f"size={BYTES}", "tmpfs", str(folder)]
        subprocess.run(mount, check=True)  # noqa: S603 - our own
        self.folder, self._filler = folder, folder / "filler"

    def fill(self) -> None:
        """Take every byte that is left."""
        with self._filler.open("ab", buffering=0) as file, suppress(OSError):
            while True:
                file.write(b"\0" * PIECE)
        with self._filler.open("ab", buffering=0) as file, suppress(OSError):
            while True:
                file.write(b"\0")

    def free(self) -> None:
        self._filler.unlink(missing_ok=True)

    def unmount(self) -> None:
        subprocess.run(["umount", "-l", str(self.folder)], check=True)  # noqa: S603, S607 - our own
