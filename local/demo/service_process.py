"""Run the local service as a child process during the demo."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.demo.output import DemoError
from local.paths import ROOT

# Even a cold start takes only a few seconds.
START_SECONDS = 60
STOP_SECONDS = 15


@dataclass(frozen=True)
class Service:
    """The addresses of the running service."""

    api: str
    key: str
    mail: Path
    simulator: str | None


@contextmanager
def running_service(folder: Path, *flags: str, secrets: dict[str, str] | None = None, ephemeral: bool = True) -> Iterator[Service]:
    """Run the service with its files in `folder`; `secrets` are passed in the environment."""
    ready = folder / "ready.json"
    command = [sys.executable, "-m", "local", "serve", "--port", "0", "--ready-file", str(ready)]
    command += ["--state-dir", str(folder / "state"), *(["--ephemeral"] if ephemeral else []), *flags]
    with (folder / "service.log").open("w") as log:
        child = subprocess.Popen(  # noqa: S603 - our own command
            command,
            cwd=ROOT,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(secrets or {})},
            # Ctrl-C reaches only the demo, which then stops the service.
            start_new_session=True,
        )
    try:
        yield _wait_until_ready(child, ready, folder / "service.log")
    finally:
        _stop(child)


def _wait_until_ready(child: "subprocess.Popen[bytes]", ready: Path, log: Path) -> Service:
    until = time.monotonic() + START_SECONDS
    while not _is_written_by(child, ready):
        if child.poll() is not None or time.monotonic() > until:
            raise DemoError(f"the service did not start; the end of its log:\n{_tail(log)}")
        time.sleep(0.1)
    known = json.loads(ready.read_text())
    return Service(known["api"], known["api_key"], Path(known["mail"]), known["simulator"])


def _is_written_by(child: "subprocess.Popen[bytes]", ready: Path) -> bool:
    """Return whether the ready file is there, and not one that a killed service has left."""
    try:
        return bool(json.loads(ready.read_text())["pid"] == child.pid)
    except (OSError, ValueError):
        return False


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:])


def _stop(child: "subprocess.Popen[bytes]") -> None:
    child.terminate()
    try:
        child.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
