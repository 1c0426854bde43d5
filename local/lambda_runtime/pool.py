"""Keep sandboxes warm, give each invocation its own, and start more on demand."""

import contextlib
import tempfile
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from uuid import uuid4

from local.lambda_runtime import forks
from local.lambda_runtime.sandbox import InvocationResult, Sandbox, SandboxEnded, failure
from local.lambda_runtime.sandbox_group import IDLE_SECONDS, GroupClosed, SandboxGroup
from local.stack.context import Function

# A new AWS account's concurrency limit. The API has its own: twenty clients with `Prefer: wait` must not block
# the workflow that they wait for.
WORKFLOW_SANDBOXES = 10
API_SANDBOXES = 20

# A step that runs when the service stops may have paid, and must say so: killed, it would leave the video unconfirmed. The longest
# ones, which copy videos, are begun again.
STOP_SECONDS = 5.0

# AWS's limit for the response of a synchronous invocation.
MAX_RESPONSE_BYTES = 6_291_556

# The result of an invocation during shutdown.
STOPPING = failure("Service.Stopping", "the local service is stopping")


class LambdaPool:
    """Invokes functions by name, after it has been opened."""

    def __init__(self, endpoint: str, logs: Path, temporary: Path, on_load_failure: Callable[[Function, InvocationResult], None]) -> None:
        self._endpoint = endpoint
        self._on_load_failure = on_load_failure
        self._logs = logs
        self._temporary = temporary
        self._functions: dict[str, Function] = {}
        self._warming: dict[str, threading.Thread] = {}
        self._groups: dict[str, SandboxGroup] = {}
        self._workflow: SandboxGroup | None = None
        self._launchers: dict[tuple[Path, ...], forks.Launcher] = {}
        self._closing = contextlib.ExitStack()
        self._closed = threading.Event()

    def open(self, functions: dict[str, Function], api_functions: set[str]) -> None:
        """Start one sandbox per function in the background."""
        self._launchers = {layers: self._launcher(layers, functions) for layers in {each.layers for each in functions.values()}}
        api = [function for function in functions.values() if function.name in api_functions]
        others = [function for function in functions.values() if function.name not in api_functions]
        api_group = SandboxGroup(api, API_SANDBOXES, self._start)
        workflow = SandboxGroup(others, max(WORKFLOW_SANDBOXES, len(others)), self._start)
        self._groups = {name: api_group if name in api_functions else workflow for name in functions}
        self._workflow = workflow
        self._functions = functions
        threading.Thread(target=self._end_unneeded, args=({api_group, workflow},), daemon=True).start()
        for function in [*api, *others]:
            self._warming[function.name] = threading.Thread(target=self._warm, args=(function,), daemon=True)
            self._warming[function.name].start()

    def wait_until_warm(self, name: str) -> None:
        """Wait until the function's first sandbox is ready or has failed to load."""
        self._warming[name].join()

    def _end_unneeded(self, groups: Iterable[SandboxGroup]) -> None:
        while not self._closed.wait(IDLE_SECONDS / 4):
            for group in groups:
                group.end_unneeded()

    def _launcher(self, layers: tuple[Path, ...], functions: dict[str, Function]) -> forks.Launcher:
        """Return what starts the sandboxes of the functions with these layers."""
        if not forks.CAN_FORK:
            return forks.Launcher(None)
        folder = tempfile.mkdtemp(prefix="layers-", dir=self._temporary)
        those = [function for function in functions.values() if function.layers == layers]
        launcher = forks.Launcher(forks.fork_server(those, self._endpoint, Path(folder), self._logs / "layers.log"))
        self._closing.callback(launcher.close)
        return launcher

    def _start(self, function: Function) -> Sandbox:
        started = Sandbox(function, self._endpoint, self._logs, self._temporary, self._launchers[function.layers])
        started.wait_until_ready()
        return started

    def _warm(self, function: Function) -> None:
        group = self._groups[function.name]
        with contextlib.suppress(GroupClosed):
            sandbox = group.acquire(function)
            if isinstance(sandbox, InvocationResult):
                self._on_load_failure(function, sandbox)
            else:
                group.release(sandbox)

    def invoke(self, name: str, event: str) -> InvocationResult:
        """Run the function to its end; `event` is one line of JSON."""
        function, group, request_id = self._functions[name], self._groups[name], str(uuid4())
        try:
            sandbox = group.acquire(function)
        except GroupClosed:
            return STOPPING
        if isinstance(sandbox, InvocationResult):
            return sandbox
        try:
            result = sandbox.invoke(event, request_id)
        except SandboxEnded as error:
            group.discard(sandbox)
            return error.result
        group.release(sandbox)
        if len(result.payload) > MAX_RESPONSE_BYTES:
            return failure("Function.ResponseSizeTooLarge", f"Response payload size exceeded {MAX_RESPONSE_BYTES} bytes")
        return result

    def close(self) -> None:
        self._closed.set()
        for group in set(self._groups.values()):
            group.close(STOP_SECONDS if group is self._workflow else 0)
        self._closing.close()
