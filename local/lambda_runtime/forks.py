"""Fork sandboxes from a process that has imported their layers, where the system can.

A fork starts in milliseconds and shares the memory of what was imported.
"""

import contextlib
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from local.lambda_runtime import sandbox
from local.lambda_runtime.processes import Process, Program, SpawnedProcess, kill_group
from local.stack.context import Function

# Not on macOS, whose own libraries do not survive a fork without exec: https://github.com/python/cpython/issues/77906
CAN_FORK = sys.platform == "linux" and hasattr(os, "pidfd_open")

FORK_SERVER = Path(__file__).with_name("fork_server.py")

# Far longer than any import, even on a busy machine; only a hanging import reaches it.
START_SECONDS = 60

# The descriptions that sandboxes share. One that no function uses costs some megabytes, once.
SERVICES = ["dynamodb", "s3", "secretsmanager", "sns", "sqs", "stepfunctions"]

# These differ between any two sandboxes. An import may read them, as botocore's does for a folder that is never used: then all see the
# empty folder of the fork server.
PER_SANDBOX = {"HOME", "TMPDIR", "AWS_LAMBDA_LOG_STREAM_NAME"}

LOG = logging.getLogger(__name__)


class CannotFork(Exception):
    """A fork of this process would not be what a new interpreter is; the message says why."""


class ForkedProcess:
    """A child of the fork server, which tells its id first and how it ended last."""

    def __init__(self, status: socket.socket) -> None:
        self._status = status
        self._told = b""
        self._is_open = True
        self._lock = threading.Lock()
        self._receive(START_SECONDS)
        if not self._numbers:
            status.close()
            raise OSError("the process could not be forked")

    def poll(self) -> int | None:
        return self.wait(0)

    def wait(self, seconds: float) -> int | None:
        if self._result is None:
            self._receive(seconds)
        return self._result

    def end(self) -> None:
        """Let the fork server kill the group, because it knows that the id has not been reused; it answers by closing the socket."""
        with contextlib.suppress(OSError):
            self._status.shutdown(socket.SHUT_WR)
        while self._is_open:
            self._receive(None)
        self._status.close()
        if len(self._numbers) < 2:  # the fork server was killed
            kill_group(self._numbers[0])

    @property
    def _numbers(self) -> list[int]:
        return [int(line) for line in self._told.split(b"\n")[:-1]]

    @property
    def _result(self) -> int | None:
        """Return the status if it is known; without its fork server, a process is as good as killed."""
        _, *told = self._numbers
        return told[0] if told else None if self._is_open else -signal.SIGKILL

    def _receive(self, seconds: float | None) -> None:
        with self._lock:
            if not self._is_open:
                return
            self._status.settimeout(seconds)
            try:
                received = self._status.recv(64)
            except (TimeoutError, BlockingIOError):
                return
            except ConnectionError:
                received = b""
            self._told += received
            self._is_open = bool(received)


@dataclass(frozen=True)
class Imports:
    """What the fork server imports: the packages in the layers that any of the handlers names.

    The functions do not agree on `own_variables`; the descriptions of `services` are loaded, too.
    """

    layers: list[str]
    handlers: list[str]
    own_variables: list[str]
    services: list[str]


class ForkServer:
    """Forks sandboxes; starts with the first one, and again if it was killed."""

    def __init__(self, imports: Imports, environment: dict[str, str], folder: Path, log: Path) -> None:
        self._imports = imports
        self._environment = environment
        self._folder = folder
        self._log = log
        self._lock = threading.Lock()
        self._is_closed = False
        self._running: tuple[subprocess.Popen[bytes], socket.socket] | None = None

    def fork(self, program: Program, channel: socket.socket, log: IO[bytes]) -> ForkedProcess:
        """Fork a process that runs the program; raise CannotFork if forks would differ from new interpreters."""
        try:
            return self._fork(program, channel, log)
        except OSError:
            with self._lock:
                if not self._discard_killed():
                    raise
            return self._fork(program, channel, log)

    def close(self) -> None:
        """End the process with all of its forks."""
        with self._lock:
            self._is_closed = True
            if self._running:
                process, control = self._running
                control.close()
                process.wait()

    def _fork(self, program: Program, channel: socket.socket, log: IO[bytes]) -> ForkedProcess:
        request = {
            "script": str(program.script),
            "folders": [str(folder) for folder in program.folders],
            "environment": program.environment,
        }
        status, theirs = socket.socketpair()
        with theirs, self._lock:
            try:
                descriptors = [theirs.fileno(), channel.fileno(), log.fileno()]
                socket.send_fds(self._control(), [json.dumps(request).encode()], descriptors)
            except BaseException:
                status.close()
                raise
        return ForkedProcess(status)

    def _discard_killed(self) -> bool:
        """Return whether the process has ended, so that the next fork starts another."""
        if not self._running or self._is_closed:
            return False
        process, control = self._running
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(1)  # its sockets may end a moment before it does
            control.close()
            self._running = None
        return not self._running

    def _control(self) -> socket.socket:
        if self._is_closed:
            raise OSError("the service is stopping")
        if not self._running:
            self._running = self._started()
        return self._running[1]

    def _started(self) -> tuple[subprocess.Popen[bytes], socket.socket]:
        control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, self._log.open("ab") as log:
            process = subprocess.Popen(  # noqa: S603  our own script, our own interpreter
                [sys.executable, "-P", str(FORK_SERVER), str(theirs.fileno()), json.dumps(asdict(self._imports))],
                cwd=self._folder,
                env=self._environment,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        problem = _problem(control)
        if problem is not None:
            control.close()
            process.kill()
            process.wait()
            raise CannotFork(problem)
        return process, control


def _problem(control: socket.socket) -> str | None:
    """Return why the process cannot fork sandboxes; None if it can."""
    control.settimeout(START_SECONDS)
    try:
        answer = control.recv(1 << 16)
    except OSError as error:
        return f"the layers were not imported: {error}"
    return json.loads(answer)["problem"] if answer else "importing the layers ended the process"


def fork_server(functions: Collection[Function], endpoint: str, folder: Path, log: Path) -> ForkServer:
    """Return the server for functions with the same layers; it works in the empty folder."""
    everything = [set(sandbox.environment(function, endpoint, str(folder)).items()) for function in functions]
    common = set.intersection(*everything)
    different = {name for name, _ in set.union(*everything) - common}
    imports = Imports(
        layers=[str(layer) for layer in next(iter(functions)).layers],
        handlers=[str(function.folder / f"{function.handler.rpartition('.')[0]}.py") for function in functions],
        own_variables=sorted(different - PER_SANDBOX),
        services=SERVICES,
    )
    return ForkServer(imports, dict(common), folder, log)


class Launcher:
    """Starts sandboxes of functions with the same layers: forks, or new interpreters where forks would differ from them."""

    def __init__(self, server: ForkServer | None) -> None:
        self._server = server

    def __call__(self, program: Program, channel: socket.socket, log: IO[bytes]) -> Process:
        server = self._server
        if server:
            try:
                return server.fork(program, channel, log)
            except CannotFork as problem:
                LOG.warning("each sandbox starts a new interpreter, because %s", problem)
                self._server = None
        return SpawnedProcess(program, channel, log)

    def close(self) -> None:
        if self._server:
            self._server.close()
