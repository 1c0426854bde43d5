"""Keep sandboxes warm, give each invocation its own, and start more on demand."""

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from uuid import uuid4

from local.lambda_runtime.sandbox import InvocationResult, Sandbox, SandboxEnded, failure
from local.stack.context import Function

# A new AWS account's concurrency limit. The API has its own: twenty clients with `Prefer: wait` must not block
# the workflow that they wait for.
WORKFLOW_SANDBOXES = 10
API_SANDBOXES = 20

# A sandbox is often needed again right after use. It is protected this long from functions that have another one.
PROTECTED_SECONDS = 5.0

# Cold starts are CPU-bound, so running more than the number of processors only delays each one.
MAX_COLD_STARTS = os.cpu_count() or 2

# AWS's limit for the response of a synchronous invocation.
MAX_RESPONSE_BYTES = 6_291_556

StartSandbox = Callable[[Function], Sandbox]


# The result of an invocation during shutdown.
STOPPING = failure("Service.Stopping", "the local service is stopping")


class _Closed(Exception):
    """The group is closed and starts nothing more."""


class _Group:
    """Functions that share a limit of sandboxes; an invocation takes the first released or newly started one."""

    def __init__(self, functions: Iterable[Function], limit: int, start: StartSandbox, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._start = start
        self._clock = clock
        self._changed = threading.Condition()
        self._idle: dict[Sandbox, float] = {}  # idle since; coldest first
        self._alive: set[Sandbox] = set()
        self._waiting = {function.name: 0 for function in functions}
        self._starting = dict.fromkeys(self._waiting, 0)
        self._start_failures: dict[str, list[InvocationResult]] = {name: [] for name in self._waiting}
        self._closed = False

    def acquire(self, function: Function) -> Sandbox | InvocationResult:
        """Return a sandbox for one invocation, or the error of a failed start."""
        with self._changed:
            self._waiting[function.name] += 1
            try:
                while True:
                    if self._closed:
                        raise _Closed
                    if self._start_failures[function.name]:
                        return self._start_failures[function.name].pop()
                    sandbox = self._take_idle(function)
                    if sandbox:
                        return sandbox
                    if self._starting[function.name] < self._waiting[function.name]:
                        self._start_one(function)
                    self._changed.wait(PROTECTED_SECONDS)
            finally:
                self._waiting[function.name] -= 1

    def release(self, sandbox: Sandbox) -> None:
        with self._changed:
            self._idle[sandbox] = self._clock()
            self._changed.notify_all()

    def discard(self, sandbox: Sandbox) -> None:
        with self._changed:
            self._alive.discard(sandbox)
            self._changed.notify_all()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            alive = list(self._alive)
            self._changed.notify_all()
        for sandbox in alive:
            sandbox.end()

    def _take_idle(self, function: Function) -> Sandbox | None:
        """Take the warmest, so that unneeded ones become old enough to end."""
        for sandbox in reversed(list(self._idle)):
            if sandbox.function is function:
                del self._idle[sandbox]
                if sandbox.is_alive():
                    return sandbox
                self._alive.discard(sandbox)
                sandbox.end()
        return None

    def _start_one(self, function: Function) -> None:
        starting = sum(self._starting.values())
        if starting >= MAX_COLD_STARTS or not self._has_room(function, starting):
            return
        self._starting[function.name] += 1
        threading.Thread(target=self._start_now, args=(function,), daemon=True).start()

    def _has_room(self, function: Function, starting: int) -> bool:
        """Return whether another sandbox may start, ending the coldest one of another function if possible."""
        if len(self._alive) + starting < self._limit:
            return True
        if not self._idle:
            return False
        coldest, since = next(iter(self._idle.items()))
        is_served = self._starting[function.name] or any(sandbox.function is function for sandbox in self._alive)
        if is_served and self._clock() - since < PROTECTED_SECONDS:
            return False
        del self._idle[coldest]
        self._alive.discard(coldest)
        coldest.end()
        return True

    def _start_now(self, function: Function) -> None:
        sandbox, problem = None, None
        try:
            sandbox = self._start(function)
        except SandboxEnded as error:
            problem = error.result
        except OSError as error:
            problem = failure("Sandbox.StartError", str(error))
        with self._changed:
            self._starting[function.name] -= 1
            if sandbox and not self._closed:
                self._alive.add(sandbox)
                self._idle[sandbox] = self._clock()
            elif problem and self._waiting[function.name]:
                self._start_failures[function.name].append(problem)
            self._changed.notify_all()
            closed = self._closed
        if sandbox and closed:
            sandbox.end()


class LambdaPool:
    """Invokes functions by name, after it has been opened."""

    def __init__(self, endpoint: str, logs: Path, temporary: Path, on_load_failure: Callable[[Function, InvocationResult], None]) -> None:
        self._endpoint = endpoint
        self._on_load_failure = on_load_failure
        self._logs = logs
        self._temporary = temporary
        self._functions: dict[str, Function] = {}
        self._warming: dict[str, threading.Thread] = {}
        self._groups: dict[str, _Group] = {}

    def open(self, functions: dict[str, Function], api_functions: set[str]) -> None:
        """Start one sandbox per function in the background."""
        api = [function for function in functions.values() if function.name in api_functions]
        others = [function for function in functions.values() if function.name not in api_functions]
        api_group = _Group(api, API_SANDBOXES, self._start)
        workflow = _Group(others, max(WORKFLOW_SANDBOXES, len(others)), self._start)
        self._groups = {name: api_group if name in api_functions else workflow for name in functions}
        self._functions = functions
        for function in [*api, *others]:
            self._warming[function.name] = threading.Thread(target=self._warm, args=(function,), daemon=True)
            self._warming[function.name].start()

    def wait_until_warm(self, name: str) -> None:
        """Wait until the function's first sandbox is ready or has failed to load."""
        self._warming[name].join()

    def _start(self, function: Function) -> Sandbox:
        sandbox = Sandbox(function, self._endpoint, self._logs, self._temporary)
        sandbox.wait_until_ready()
        return sandbox

    def _warm(self, function: Function) -> None:
        group = self._groups[function.name]
        with contextlib.suppress(_Closed):
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
        except _Closed:
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
        for group in set(self._groups.values()):
            group.close()
