"""A running `python -m local serve`, as a user sees it."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest

from local.account import client
from tests.support.paths import ROOT

# Generous, because the machine may be busy with other tests.
START_SECONDS = 90


@dataclass
class LocalService:
    """A running service: its ready file, its process and its output so far."""

    ready: dict[str, Any]
    process: subprocess.Popen[bytes]
    output_file: Path

    @property
    def ready_file(self) -> Path:
        return self.output_file.with_name("ready.json")

    @property
    def api(self) -> str:
        return str(self.ready["api"])

    @property
    def output(self) -> str:
        return self.output_file.read_text(encoding="utf-8")

    def client(self, service: str) -> Any:
        return client(service, self.ready["aws"])

    def outputs(self) -> dict[str, str]:
        """Outputs of the stack, as `python -m operate` reads them."""
        stack = self.client("cloudformation").describe_stacks(StackName=self.ready["stack"])["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    def log(self, logical_id: str) -> str:
        return (Path(self.ready["logs"]) / f"{logical_id}.log").read_text(encoding="utf-8")

    def log_lines(self) -> Iterator[str]:
        """Yield every line of every log, with the name of its file before it."""
        for path in sorted(Path(self.ready["logs"]).iterdir()):
            yield from (f"{path.name}: {line}" for line in path.read_text(encoding="utf-8", errors="replace").splitlines())

    def log_lines_that_are_not_json(self) -> list[str]:
        return [line for line in self.log_lines() if not _is_json_object(line.partition(": ")[2])]


def _is_json_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


StartService = Callable[..., LocalService]


@contextmanager
def running_services(folders: pytest.TempPathFactory) -> Iterator[StartService]:
    """Yield a function that starts a service with the given options, and end all of them with the block.

    Each task gets a stock video of the order's form; with `own_videos` it gets its own, which takes much longer to encode.
    """
    started: list[LocalService] = []

    def start(*flags: str, environment: dict[str, str] | None = None, ephemeral: bool = True, own_videos: bool = False) -> LocalService:
        folder = folders.mktemp("service")
        ready_file, output_file = folder / "ready.json", folder / "output.txt"
        # The calls of the product's own functions are recorded; another template has roles of its own.
        program = ["local"] if "--template" in flags else ["tests.permissions.service", *([] if own_videos else ["--stock-videos"])]
        command = [sys.executable, "-m", *program, "serve", "--port", "0", *(["--ephemeral"] if ephemeral else [])]
        command += ["--ready-file", str(ready_file), "--state-dir", str(folder / "state"), *flags]
        with output_file.open("wb") as output:
            process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)  # noqa: S603
        started.append(LocalService({}, process, output_file))
        eventually(lambda: ready_file.exists() or process.poll() is not None)
        if process.poll() is not None:
            pytest.fail(f"the service ended with status {process.returncode}:\n{output_file.read_text()}")
        started[-1].ready = json.loads(ready_file.read_text())
        return started[-1]

    try:
        yield start
    finally:
        for service in started:
            service.process.terminate()
        for service in started:
            service.process.wait()
    # After every test, so that each line is read.
    assert [line for service in started for line in service.log_lines_that_are_not_json()] == []


T = TypeVar("T")


def eventually(check: Callable[[], T]) -> T:
    """Return the result of `check` once it is true; fails after a time that only a broken service exceeds."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        result = check()
        if result or time.monotonic() > deadline:
            assert result
            return result
        time.sleep(0.02)
