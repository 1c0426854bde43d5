"""Run one function in its own process, one event at a time."""

import contextlib
import json
import signal
import socket
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from local.account import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY, SESSION_TOKEN
from local.lambda_runtime.processes import Program, SpawnedProcess, StartProcess
from local.stack.context import Function

BOOTSTRAP = Path(__file__).with_name("bootstrap.py")

# Far longer than any import, even on a busy machine; only a hanging import reaches it.
START_SECONDS = 60


# Between the end of a process's socket and its exit; a moment, unless it only closed the socket.
EXIT_SECONDS = 1


@dataclass(frozen=True)
class InvocationResult:
    """The result of an invocation: JSON text, which may describe an error."""

    payload: str
    is_error: bool = False

    @property
    def error_type(self) -> str:
        return str(json.loads(self.payload).get("errorType", "")) if self.is_error else ""


def failure(kind: str, message: str) -> InvocationResult:
    return InvocationResult(json.dumps({"errorType": kind, "errorMessage": message}), is_error=True)


class SandboxEnded(Exception):
    """The process has ended; `result` describes how, in Lambda's terms."""

    def __init__(self, result: InvocationResult) -> None:
        super().__init__(result.payload)
        self.result = result


def environment(function: Function, endpoint: str, temporary: str) -> dict[str, str]:
    """Return the template's variables and Lambda's own, without those of this process."""
    return {
        **function.variables,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "AWS_SESSION_TOKEN": SESSION_TOKEN,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": uuid4().hex,
        "LAMBDA_TASK_ROOT": str(function.folder),
        "_HANDLER": function.handler,
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
        # Unlike on Lambda, each sandbox has its own /tmp, and a HOME without the developer's ~/.aws.
        "TMPDIR": temporary,
        "HOME": temporary,
    }


class Sandbox:
    """Every method except `end` may be used by only one thread at a time."""

    def __init__(self, function: Function, endpoint: str, logs: Path, temporary: Path, start: StartProcess = SpawnedProcess) -> None:
        self.function = function
        self.log = logs / f"{function.logical_id}.log"
        self._temporary = tempfile.TemporaryDirectory(prefix=f"{function.step}-", dir=temporary, ignore_cleanup_errors=True)
        self._channel, child = socket.socketpair()
        self._received = b""
        self._is_ended = False
        program = Program(BOOTSTRAP, (function.folder, *function.layers), environment(function, endpoint, self._temporary.name))
        try:
            with child, self.log.open("ab") as log:
                self._process = start(program, child, log)
        except BaseException:
            self._channel.close()
            self._temporary.cleanup()
            raise

    def wait_until_ready(self) -> None:
        """Wait until the handler is imported; raise SandboxEnded if that fails."""
        message = self._receive(START_SECONDS, "start")
        if "error" in message:
            self.end()
            raise SandboxEnded(InvocationResult(json.dumps(message["error"]), is_error=True))

    def invoke(self, event: str, request_id: str) -> InvocationResult:
        """Run one event, a line of JSON; raise SandboxEnded if the process ends."""
        limit = self.function.timeout
        request = {"request_id": request_id, "function_arn": self.function.arn, "seconds": limit}
        head = json.dumps(request)[:-1]  # the event is already JSON, and may be large
        with contextlib.suppress(OSError):  # an ended process is noticed when the response is read
            self._channel.settimeout(None)
            self._channel.sendall(f'{head}, "event": {event}}}\n'.encode())
        message = self._receive(limit, request_id)
        if "error" in message:
            return InvocationResult(json.dumps(message["error"]), is_error=True)
        return InvocationResult(message["result"])

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def end(self) -> None:
        """Kill the process group at once."""
        if self._is_ended:
            return  # the process id may have been reused
        self._is_ended = True
        self._process.end()
        self._channel.close()
        self._temporary.cleanup()

    def _receive(self, seconds: float, request_id: str) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while b"\n" not in self._received:
            self._channel.settimeout(max(deadline - time.monotonic(), 0.001))
            try:
                chunk = self._channel.recv(1 << 20)
            except TimeoutError:
                raise self._timed_out(seconds, request_id) from None
            except OSError:
                chunk = b""
            if not chunk:
                raise self._died(request_id)
            self._received += chunk
        line, self._received = self._received.split(b"\n", 1)
        message: dict[str, Any] = json.loads(line)
        return message

    def _timed_out(self, seconds: float, request_id: str) -> SandboxEnded:
        self.end()
        message = f"RequestId: {request_id} Error: Task timed out after {seconds:.2f} seconds"
        return self._ended("timeout", "Sandbox.Timedout", message, request_id)

    def _died(self, request_id: str) -> SandboxEnded:
        status = self._process.wait(EXIT_SECONDS)
        self.end()
        if status is None:  # it closed its socket and continued
            status = -signal.SIGKILL
        how = f"signal: {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
        message = f"RequestId: {request_id} Error: Runtime exited with error: {how}"
        return self._ended("error", "Runtime.ExitError", message, request_id)

    def _ended(self, status: str, kind: str, message: str, request_id: str) -> SandboxEnded:
        """Log the end as the platform does: https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html"""
        record = {"requestId": request_id, "status": status, "errorType": kind, "errorMessage": message}
        line = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "type": "platform.report", "record": record}
        with contextlib.suppress(OSError), self.log.open("a", encoding="utf-8") as log:  # on a full disk, only the line is lost
            log.write(json.dumps(line) + "\n")
        return SandboxEnded(failure(kind, message))
