"""The local service, which gives the built functions their variables and an AWS."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# It takes a few seconds; a machine with other work can take much longer.
START_SECONDS = 120


@contextmanager
def local_service(root: Path) -> Iterator[tuple[dict[str, dict[str, str]], str, str]]:
    """Run the local service; give each function's variables, an API key and the endpoint of its AWS."""
    with tempfile.TemporaryDirectory() as folder:
        ready, state = Path(folder, "ready.json"), Path(folder, "state")
        command = [sys.executable, "-m", "local", "serve", "--port", "0", "--ephemeral", "--ready-file", str(ready)]
        command += ["--state-dir", str(state)]
        with subprocess.Popen(command, cwd=root, stdout=subprocess.DEVNULL) as process:  # noqa: S603 - our own service
            try:
                facts = _wait_for(ready, process)
                yield json.loads((state / "env.json").read_text()), facts["api_key"], facts["aws"]
            finally:
                process.terminate()


def _wait_for(ready: Path, process: "subprocess.Popen[bytes]") -> dict[str, Any]:
    for _ in range(START_SECONDS * 10):
        if ready.exists():
            facts: dict[str, Any] = json.loads(ready.read_text())
            return facts
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise SystemExit("The local service did not start; `.venv/bin/python -m local serve` says why.")
