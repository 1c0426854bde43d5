"""The images of orders, on disk until no video needs them; equal images share a file."""

from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from threading import Lock

from local.simulator.media.whole_file import whole_file


class PictureFiles:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._needed: Counter[str] = Counter()
        self._lock = Lock()

    def restore(self, needed: Iterable[str]) -> None:
        """Take over the files of an earlier run, given each time that one is needed; delete all others."""
        self._needed.update(needed)
        for path in self._folder.glob("picture-*"):
            if path.name not in self._needed:
                path.unlink()

    def store(self, data: bytes) -> str:
        """Store an image and return the name of its file, which is needed until it is released."""
        name = f"picture-{sha256(data).hexdigest()}"
        path = self._folder / name
        with self._lock:
            self._needed[name] += 1
        try:
            if not path.exists():
                with whole_file(path) as new:
                    new.write_bytes(data)
        except BaseException:
            self.release([name])
            raise
        return name

    def release(self, names: Iterable[str]) -> None:
        """Delete each file that is needed by nothing else."""
        for name in names:
            with self._lock:
                self._needed[name] -= 1
                if not self._needed[name]:
                    del self._needed[name]
                    with suppress(OSError):  # deleted at the next start
                        (self._folder / name).unlink()

    def read(self, name: str) -> bytes:
        return (self._folder / name).read_bytes()
