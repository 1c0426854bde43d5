"""Start the process of a sandbox: a new interpreter, or a fork of a process that has imported the layers."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol


@dataclass(frozen=True)
class Program:
    """A script to run, with the folders that come first in its path; it works in the first of them."""

    script: Path
    folders: tuple[Path, ...]
    environment: dict[str, str]


class Process(Protocol):
    """A process in a group of its own; a status is an exit status, or a signal as a negative number."""

    def poll(self) -> int | None:
        """Return the status, or None while the process runs."""

    def wait(self, seconds: float) -> int | None:
        """Wait for the end; return the status, or None if the process still runs."""

    def end(self) -> None:
        """Kill the group, and return when the process has ended; any thread may call it."""


class StartProcess(Protocol):
    """Starts a program that answers on the channel and prints to the log; raises OSError if it cannot."""

    def __call__(self, program: Program, channel: socket.socket, log: IO[bytes]) -> Process: ...


class SpawnedProcess:
    """A new interpreter."""

    def __init__(self, program: Program, channel: socket.socket, log: IO[bytes]) -> None:
        self._process = subprocess.Popen(  # noqa: S603  our own script, our own interpreter
            # -P: exclude the script's folder, which belongs to the local service.
            [sys.executable, "-P", str(program.script), str(channel.fileno()), *map(str, program.folders)],
            cwd=program.folders[0],
            env=program.environment,
            pass_fds=[channel.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            # A separate process group: Ctrl-C reaches only the service, which then ends the process.
            start_new_session=True,
        )

    def poll(self) -> int | None:
        return self._process.poll()

    def wait(self, seconds: float) -> int | None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._process.wait(seconds)
        return None

    def end(self) -> None:
        kill_group(self._process.pid)
        self._process.wait()


def kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
