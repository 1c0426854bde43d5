"""A local service with a simulator of cheap videos, three tenants, and a receiver of webhooks."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import requests

from cliprelay.aws.items import plain, typed
from cliprelay.video.states import Status
from cliprelay.video.table import record
from local.simulator.service import Simulator
from tests.support.local_service import LocalService, eventually
from tests.support.makers import any_video
from tests.support.paths import ROOT

TIME_SCALE = 0.02
LISTED = 250
_OPEN = ("queued", "submitting")


class Deployment:
    """The running service, as its owner and the upstream's bookkeeper see it."""

    def __init__(self, service: LocalService, simulator: Simulator) -> None:
        self.service, self.simulator = service, simulator
        self.key = str(service.ready["api_key"])
        self.base_url = f"{service.api}/openai/v1"

    def operate(self, *words: str) -> str:
        command = [sys.executable, "-m", "operate", *words, "--local", str(self.service.ready_file)]
        return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603

    def new_key(self, tenant: str) -> str:
        return self.operate("keys", "create", "--tenant", tenant)

    def put_ended_videos(self, tenant: str, count: int) -> str:
        """Write records of videos that have succeeded; return the id of the last."""
        dynamodb, table = self.service.client("dynamodb"), self.service.outputs()["VideosTableName"]
        ids = [f"vid_{number:026d}" for number in range(1, count + 1)]
        for first in range(0, count, 25):
            videos = [any_video(id=each, tenant=tenant, status=Status.SUCCEEDED) for each in ids[first : first + 25]]
            puts = [{"PutRequest": {"Item": typed(record(each))}} for each in videos]
            dynamodb.batch_write_item(RequestItems={table: puts})
        return ids[-1]

    def records(self) -> list[dict[str, Any]]:
        """Return the records of all videos that were ordered."""
        dynamodb, found, start = self.service.client("dynamodb"), list[dict[str, Any]](), dict[str, Any]()
        while True:
            page = dynamodb.scan(TableName=self.service.outputs()["VideosTableName"], ConsistentRead=True, **start)
            found += [plain(each) for each in page["Items"]]
            if "LastEvaluatedKey" not in page:
                return [each for each in found if each["id"].startswith("vid_") and each.get("face")]
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def paid(self) -> dict[str, int]:
        """Return how often the upstream was paid for each prompt; raises AssertionError for a payment without a video."""

        def submitted() -> list[dict[str, Any]]:
            found = self.records()
            return [] if any(each["status"] in _OPEN for each in found) else found

        # A deleted video has no prompt any more.
        prompts = {
            each["upstream_id"]: each.get("settings", {}).get("prompt", "") for each in eventually(submitted) if "upstream_id" in each
        }
        entries = requests.get(f"{self.simulator.url}/_ledger", timeout=30).json()["entries"]
        known = [prompts.get(each["task_id"]) for each in entries]
        assert None not in known, "the upstream was paid for something that has no video"
        return {prompt: known.count(prompt) for prompt in known if prompt}


@contextmanager
def deployment(folder: Path, *flags: str) -> Iterator[Deployment]:
    """Run the service and the simulator."""
    simulator = Simulator(time_scale=TIME_SCALE, cheap=True, rate_limit=0)
    simulator.start()
    ready_file, output = folder / "ready.json", folder / "output.txt"
    command = [sys.executable, "-m", "local", "serve", "--ephemeral", "--time-scale", str(TIME_SCALE), "--port", "0", *flags]
    command += ["--upstream-url", simulator.url, "--upstream-key", simulator.key]
    command += ["--ready-file", str(ready_file), "--state-dir", str(folder / "state")]
    with output.open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)  # noqa: S603
    try:
        while not ready_file.exists():
            if process.poll() is not None:
                raise SystemExit(output.read_text())
            time.sleep(0.1)
        yield Deployment(LocalService(json.loads(ready_file.read_text()), process, output), simulator)
    finally:
        process.terminate()
        process.wait()
        simulator.stop()


class Receiver:
    """Takes webhooks and keeps the last one: its headers and its body."""

    def __init__(self) -> None:
        self.last: dict[str, Any] = {}
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                receiver.last = {"body": body, "headers": {name.lower(): value for name, value in self.headers.items()}}
                self.send_response(204)
                self.end_headers()

            def log_message(self, *words: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
