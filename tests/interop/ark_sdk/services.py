"""Local services that foreign clients order from, and what was paid there."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.support.paths import ROOT

TIME_SCALE = 0.02
START_SECONDS = 90


@dataclass(frozen=True)
class Service:
    """A running service."""

    ready: dict[str, Any]

    @property
    def url(self) -> str:
        return str(self.ready["api"])

    @property
    def key(self) -> str:
        return str(self.ready["api_key"])

    def paid(self) -> int:
        """Return how often the upstream was paid, once no video is on its way."""
        while any("ended_at" not in each for each in self._videos()):
            time.sleep(0.1)
        return self._paid()

    def _paid(self) -> int:
        return len(requests.get(f"{self.ready['simulator']}/_ledger", timeout=30).json()["entries"])

    def _videos(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        after = ""
        while True:
            headers, query = {"Authorization": f"Bearer {self.key}"}, {"limit": "100"} | ({"after": after} if after else {})
            page = requests.get(f"{self.url}/v1/videos", params=query, headers=headers, timeout=30).json()
            found += page["data"]
            after = page.get("next", "")
            if not after:
                return found


@contextmanager
def running(folder: Path, *flags: str) -> Iterator[Service]:
    """Run a service with the built-in simulator, fifty times faster."""
    folder.mkdir()
    ready = folder / "ready.json"
    command = [sys.executable, "-m", "local", "serve", "--ephemeral", "--port", "0", "--time-scale", str(TIME_SCALE)]
    command += ["--ready-file", str(ready), "--state-dir", str(folder / "state"), *flags]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)  # noqa: S603
    try:
        until = time.monotonic() + START_SECONDS
        while not ready.exists():
            if process.poll() is not None or time.monotonic() > until:
                raise SystemExit("the service did not start")
            time.sleep(0.1)
        yield Service(json.loads(ready.read_text()))
    finally:
        process.terminate()
        process.wait()
