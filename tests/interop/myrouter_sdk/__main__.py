"""`python -m tests.interop.myrouter_sdk`: the provider's public clients against a local service; exit 1 if anything differs.

They are installed into a temporary folder; `--clients FOLDER` takes and keeps another one.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from tests.interop.myrouter_sdk.clients import Client, install, repeat, run_curl, run_lines
from tests.interop.myrouter_sdk.lost_answers import losing
from tests.support.makers import any_png, data_uri
from tests.support.paths import ROOT

SECONDS = 180
WINDOW = "RepeatWindowSeconds=60"
IMAGE = data_uri(any_png())
ENDED = ("succeeded", "failed", "expired", "canceled")


class Service:
    """A running service with its own simulator."""

    def __init__(self, ready: dict[str, Any]) -> None:
        self.api, self.key, self._simulator = str(ready["api"]), str(ready["api_key"]), str(ready["simulator"])

    def videos(self) -> list[dict[str, Any]]:
        """Return all videos as our own API shows them, the newest first, once they have ended."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            listed: list[dict[str, Any]] = self._get("/v1/videos?limit=100")["data"]
            if all(each["status"] in ENDED for each in listed):
                return listed
            time.sleep(0.5)
        raise SystemExit("a video did not end")

    def video(self, video_id: str) -> dict[str, Any]:
        """Return an ended video."""
        return next(each for each in self.videos() if each["id"] == video_id)

    def task(self, task_id: str) -> dict[str, Any]:
        """Return an ended video as a task."""
        self.videos()
        return self._get(f"/v3/async/task-result?task_id={task_id}")

    def paid(self) -> int:
        """Return how often the upstream has been paid, once nothing is under way."""
        self.videos()
        return len(requests.get(f"{self._simulator}/_ledger", timeout=30).json()["entries"])

    def _get(self, path: str) -> dict[str, Any]:
        found: dict[str, Any] = requests.get(self.api + path, headers={"Authorization": f"Bearer {self.key}"}, timeout=60).json()
        return found


@contextmanager
def service(folder: Path, *flags: str) -> Iterator[Service]:
    """Run a service fifty times faster than a deployment."""
    folder.mkdir()
    ready = folder / "ready.json"
    command = [sys.executable, "-m", "local", "serve", "--ephemeral", "--port", "0", "--time-scale", "0.02", *flags]
    command += ["--ready-file", str(ready), "--state-dir", str(folder / "state")]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)  # noqa: S603
    try:
        while not ready.exists():
            if process.poll() is not None:
                raise SystemExit(f"the service ended with status {process.returncode}")
            time.sleep(0.1)
        yield Service(json.loads(ready.read_text()))
    finally:
        process.terminate()
        process.wait()


class Report:
    """Prints a line for each trial, and remembers whether one failed."""

    def __init__(self) -> None:
        self.wrong = 0

    def add(self, who: str, what: str, found: object, expected: object) -> None:
        """Print one trial."""
        is_right = found == expected
        self.wrong += not is_right
        mark = "ok" if is_right else f"WRONG, expected {expected}"
        sys.stdout.write(f"{who:<46}{what:<60}{found!s:<8}{mark}\n")
        sys.stdout.flush()


def whole_videos(report: Report, clients: list[Client], folder: Path, served: Service) -> None:
    """Let each client run the lines of the page, and curl the provider's own example."""
    for client in clients:
        before = {each["id"] for each in served.videos()}
        stored = hashlib.sha256(run_lines(client, folder, served.api, served.key, IMAGE)).hexdigest()
        (made,) = (each for each in served.videos() if each["id"] not in before)
        report.add(client.name, "order, wait and download: the bytes are the API's", stored == made["video"]["sha256"], True)
    task = served.task(run_curl(served.api, served.key, IMAGE))
    (file,) = task["videos"]
    stored = hashlib.sha256(requests.get(file["video_url"], timeout=60).content).hexdigest()
    expected = served.video(task["task"]["task_id"])["video"]["sha256"]
    report.add("curl, as on the provider's page", "order and download: the bytes are the API's", stored == expected, True)


def repeats(report: Report, clients: list[Client], folder: Path, served: Service, *, window: bool) -> None:
    """Count what is paid when the first answer is lost, and the caller sends the order again."""
    for client in clients:
        keys = ["", str(uuid.uuid4())] if client.sends_headers and not window else [""]
        for key in keys:
            order = {"image": IMAGE, "prompt": f"Order {uuid.uuid4()}.", "duration": 4, "resolution": "480p", "generate_audio": False}
            before = served.paid()
            with losing(served.api) as api:
                repeat(client, folder, api, served.key, order, key)
            how = "an Idempotency-Key" if key else f"no key, {WINDOW}" if window else "no key, no window"
            report.add(client.name, f"paid, first answer lost, {how}", served.paid() - before, 1 if key or window else 2)


def main() -> int:
    """Try every client."""
    parser = argparse.ArgumentParser(prog="python -m tests.interop.myrouter_sdk")
    parser.add_argument("--clients", type=Path)
    options = parser.parse_args()
    report = Report()
    with tempfile.TemporaryDirectory(prefix="face-myrouter-") as name:
        folder = (options.clients or Path(name) / "clients").resolve()
        folder.mkdir(exist_ok=True, parents=True)
        clients = install(folder)
        with service(Path(name) / "plain") as served:
            whole_videos(report, clients, folder, served)
            repeats(report, clients, folder, served, window=False)
        with service(Path(name) / "window", "--parameter", WINDOW) as served:
            repeats(report, clients, folder, served, window=True)
    return 1 if report.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
