"""The local service and the simulator as processes, of which the service is killed."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import defaultdict
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.support.paths import ROOT

# Generous, because the machine may be busy; a service that needs longer does not start at all.
START_SECONDS = 180


class Simulator:
    """The upstream, which is never killed: its ledger says what was paid."""

    def __init__(self, time_scale: float) -> None:
        command = [sys.executable, "-m", "local.simulator", "--cheap", "--quiet", "--key", self.key, "--time-scale", str(time_scale)]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own
        assert self._process.stdout
        self.url = self._process.stdout.readline().split()[-1]

    key = "durability"

    def stop(self) -> None:
        self._process.terminate()
        self._process.communicate()


class Service:
    """`python -m local serve` on one folder and one port, started again and again."""

    def __init__(self, folder: Path, work: Path, simulator: Simulator, events_url: str, time_scale: float) -> None:
        self.folder, self._ready_file, self._output = folder, work / "ready.json", work / "output.txt"
        self.ready: dict[str, Any] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._command = [sys.executable, "-m", "local", "serve", "--port", str(_free_port()), "--aws-port", str(_free_port())]
        self._command += ["--state-dir", str(folder), "--ready-file", str(self._ready_file), "--time-scale", str(time_scale)]
        self._command += ["--upstream-url", simulator.url, "--upstream-key", simulator.key, "--events-url", events_url]

    def start(self) -> str:
        """Return when the service can be used, or with what it has said when it refused to start."""
        began = self._output.stat().st_size if self._output.exists() else 0
        with self._output.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 - our own
                self._command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._is_ready():
            if self._process.poll() is not None:
                return self._output.read_bytes()[began:].decode()
            if time.monotonic() > deadline:
                raise SystemExit(f"the service did not start; see {self._output}")
            time.sleep(0.05)
        return ""

    def _is_ready(self) -> bool:
        try:
            self.ready = json.loads(self._ready_file.read_text())
        except (OSError, ValueError):
            return False
        assert self._process
        return bool(self.ready["pid"] == self._process.pid)

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """Kill the service and all that it has started, at once, as an empty battery would."""
        if self._process is None:
            return
        family = [self._process.pid, *descendants(self._process.pid)]
        for signal_number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in family:
                _send(pid, signal_number)
        self._process.wait()

    def stop(self) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait()

    @property
    def output(self) -> str:
        return self._output.read_text(errors="replace")


def _send(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):  # it has just ended
        os.kill(pid, number)


def descendants(parent: int) -> list[int]:
    children: dict[int, list[int]] = defaultdict(list)
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):  # it has just ended
                children[int((entry / "stat").read_text().rpartition(")")[2].split()[1])].append(int(entry.name))
    found, todo = [], [parent]
    while todo:
        todo = [child for pid in todo for child in children[pid]]
        found += todo
    return found


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
