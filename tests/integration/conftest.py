"""Run `python -m local serve` in a separate process, as a user does.

A service ends with the tests of its file: idle, but swept fifty times a minute, it would slow down all that follow.
"""

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.support.local_service import LocalService, StartService, eventually
from tests.support.paths import ROOT


@pytest.fixture(scope="module")
def start_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartService]:
    """Return a function that starts a ready service with the given options and a new state folder, which it keeps unless `ephemeral`."""
    started: list[LocalService] = []

    def start(*flags: str, environment: dict[str, str] | None = None, ephemeral: bool = True) -> LocalService:
        folder = tmp_path_factory.mktemp("service")
        ready_file, output_file = folder / "ready.json", folder / "output.txt"
        # The calls of the product's own functions are recorded; another template has roles of its own.
        program = "local" if "--template" in flags else "tests.permissions.service"
        command = [sys.executable, "-m", program, "serve", "--port", "0", *(["--ephemeral"] if ephemeral else [])]
        command += ["--ready-file", str(ready_file), "--state-dir", str(folder / "state"), *flags]
        with output_file.open("wb") as output:
            process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)  # noqa: S603
        started.append(LocalService({}, process, output_file))
        eventually(lambda: ready_file.exists() or process.poll() is not None)
        if process.poll() is not None:
            pytest.fail(f"the service ended with status {process.returncode}:\n{output_file.read_text()}")
        started[-1].ready = json.loads(ready_file.read_text())
        return started[-1]

    yield start
    for service in started:
        service.process.terminate()
    for service in started:
        service.process.wait()
    # After every test of the file, so that each line is read.
    assert [line for service in started for line in service.log_lines_that_are_not_json()] == []


@pytest.fixture(scope="module")
def local_service(start_service: StartService) -> LocalService:
    """Run the product with the built-in simulator, fifty times faster."""
    return start_service("--time-scale", "0.02")
