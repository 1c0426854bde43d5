"""Starts `python -m local serve` as a user does, in a process of its own, and ends it when the tests are done."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest

from local.account import client

ROOT = Path(__file__).resolve().parents[2]

# Generous: the machine may be busy with other tests.
START_SECONDS = 90


@dataclass
class LocalService:
    """A running service: what its ready file says, its process, and what it has printed so far."""

    ready: dict[str, Any]
    process: subprocess.Popen[bytes]
    output_file: Path

    @property
    def api(self) -> str:
        return str(self.ready["api"])

    @property
    def output(self) -> str:
        return self.output_file.read_text(encoding="utf-8")

    def client(self, service: str) -> Any:
        return client(service, self.ready["aws"])

    def outputs(self) -> dict[str, str]:
        """Of its stack, as `python -m operate` reads them."""
        stack = self.client("cloudformation").describe_stacks(StackName=self.ready["stack"])["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    def log(self, logical_id: str) -> str:
        return (Path(self.ready["logs"]) / f"{logical_id}.log").read_text(encoding="utf-8")


StartService = Callable[..., LocalService]


T = TypeVar("T")


def eventually(check: Callable[[], T]) -> T:
    """What `check` returns once that is true; fails after a time that only a broken service needs."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        result = check()
        if result or time.monotonic() > deadline:
            assert result
            return result
        time.sleep(0.02)


@pytest.fixture(scope="session")
def start_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartService]:
    """Flags in, a service that answers out; a fresh folder holds its e-mails and logs."""
    started: list[LocalService] = []

    def start(*flags: str, environment: dict[str, str] | None = None) -> LocalService:
        folder = tmp_path_factory.mktemp("service")
        ready_file, output_file = folder / "ready.json", folder / "output.txt"
        command = [sys.executable, "-m", "local", "serve", "--port", "0"]
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


@pytest.fixture(scope="session")
def local_service(start_service: StartService) -> LocalService:
    """The product with the built-in simulator, fifty times as fast."""
    return start_service("--time-scale", "0.02")
