"""The file with the service's own API key, of which the table stores only the hash."""

import os
from dataclasses import dataclass
from pathlib import Path

from local.state.folder import KEY
from local.state.sync import sync


@dataclass(frozen=True)
class KeyFile:
    """The key of a state folder; a folder that is not kept has none."""

    folder: Path
    is_kept: bool = True

    @property
    def path(self) -> Path:
        return self.folder / KEY

    def read(self) -> str | None:
        """Return the key, or None."""
        try:
            return self.path.read_text(encoding="utf-8", errors="replace").strip() or None
        except FileNotFoundError:
            return None

    def write(self, key: str) -> None:
        """Store the key; it is on disk, and nobody else can read it, when this returns."""
        if not self.is_kept:
            return
        unfinished = self.path.with_suffix(".part")
        unfinished.unlink(missing_ok=True)
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(key + "\n")
        sync(unfinished)
        os.replace(unfinished, self.path)
        sync(self.folder)
