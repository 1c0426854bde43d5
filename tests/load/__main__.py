"""`make load`: order many videos of a local service at once, and print how fast they end and what that costs."""

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from local.demo.draw_lighthouse import PICTURE
from tests.load.orders import Api, Orders
from tests.load.report import Run, describe
from tests.load.usage import Group, of_group
from tests.support.local_service import START_SECONDS
from tests.support.makers import data_uri
from tests.support.paths import ROOT
from tests.support.service_client import ENDED

# Often enough for a peak that lasts, and rarely enough that the service does not notice.
SAMPLE_SECONDS = 1.0


class Peak:
    """The group at the moment of its largest memory, noted on a thread of its own."""

    def __init__(self, look: Callable[[], Group]) -> None:
        self.group = look()
        self._look = look
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._note, daemon=True)

    def _note(self) -> None:
        while not self._is_over.wait(SAMPLE_SECONDS):
            self.add(self._look())

    def add(self, group: Group) -> None:
        if group.whole.pss > self.group.whole.pss:
            self.group = group

    def __enter__(self) -> "Peak":
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._is_over.set()
        self._thread.join()


def main(argv: list[str]) -> int:
    """Measure one run; exit status 1: not every video has ended."""
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    parser.add_argument("--videos", type=int, default=200)
    parser.add_argument("--time-scale", default="0.02")
    parser.add_argument("--ephemeral", action="store_true", help="run the service without a state folder")
    parser.add_argument("--minutes", type=float, default=30, help="stop waiting after so long (default: 30)")
    args = parser.parse_args(argv)
    if sys.platform != "linux":
        print("tests.load reads /proc, which only Linux has", file=sys.stderr)  # noqa: T201
        return 1
    with tempfile.TemporaryDirectory(prefix="cliprelay-load-") as folder:
        state = ["--ephemeral"] if args.ephemeral else ["--state-dir", f"{folder}/state"]
        with service(Path(folder), "--time-scale", args.time_scale, *state) as ready:
            run = measure(ready, args.videos, 60 * args.minutes)
    print(describe(run))  # noqa: T201
    return 0 if all(ending.split(" ")[0] in ENDED for ending in run.endings) else 1


@contextmanager
def service(folder: Path, *flags: str) -> Iterator[dict[str, Any]]:
    """Run a service, and give its ready file."""
    ready, output = folder / "ready.json", folder / "output.txt"
    command = [sys.executable, "-m", "local", "serve", "--port", "0", "--ready-file", str(ready), *flags]
    with output.open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)  # noqa: S603
    try:
        until = time.monotonic() + START_SECONDS
        while not ready.exists():
            if process.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"the service did not start:\n{output.read_text()}")
            time.sleep(0.1)
        yield json.loads(ready.read_text())
    finally:
        process.terminate()
        process.wait()


def measure(ready: dict[str, Any], videos: int, seconds: float) -> Run:
    """Order the videos, wait for their ends, and note what the processes use meanwhile."""
    api, begun = Api(ready["api"], ready["api_key"]), time.monotonic()
    before = of_group(ready["pid"])
    orders = Orders(api.ask, data_uri(PICTURE.read_bytes()))
    with Peak(lambda: of_group(ready["pid"])) as peak:
        video_ids = orders.order(videos)
        accepted_after = time.monotonic() - begun
        endings = orders.wait(video_ids, ENDED, lambda: time.monotonic() - begun > seconds)
    ended_after, after = time.monotonic() - begun, of_group(ready["pid"])
    peak.add(after)
    return Run(endings, orders.refused, accepted_after, ended_after, before, peak.group, after)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
