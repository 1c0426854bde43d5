"""The local service as a child process, for as long as the demo needs it."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.demo.output import DemoFailed
from local.paths import ROOT

# A cold machine starts the service in a few seconds; a minute says that something is wrong.
START_SECONDS = 60
STOP_SECONDS = 15


@dataclass(frozen=True)
class Service:
    """Where the running service answers."""

    api: str
    key: str
    mail: Path
    simulator: str | None


@contextmanager
def running_service(folder: Path, *flags: str, secrets: dict[str, str] | None = None) -> Iterator[Service]:
    """Start the service with its files in `folder`, and stop it at the end; `secrets` go through the environment."""
    ready = folder / "ready.json"
    command = [sys.executable, "-m", "local", "serve", "--port", "0", "--ready-file", str(ready), "--state-dir", str(folder), *flags]
    with (folder / "service.log").open("w") as log:
        child = subprocess.Popen(  # noqa: S603 - our own command
            command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, env={**os.environ, **(secrets or {})}
        )
    try:
        yield _wait_until_ready(child, ready, folder / "service.log")
    finally:
        _stop(child)


def _wait_until_ready(child: "subprocess.Popen[bytes]", ready: Path, log: Path) -> Service:
    until = time.monotonic() + START_SECONDS
    while not ready.exists():
        if child.poll() is not None or time.monotonic() > until:
            raise DemoFailed(f"the service did not start; its last lines:\n{_tail(log)}")
        time.sleep(0.1)
    known = json.loads(ready.read_text())
    return Service(known["api"], known["api_key"], Path(known["mail"]), known["simulator"])


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:])


def _stop(child: "subprocess.Popen[bytes]") -> None:
    child.terminate()
    try:
        child.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
