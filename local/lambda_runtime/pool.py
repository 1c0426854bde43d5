"""Lambda on this machine: keeps sandboxes warm, gives each invocation one of its own, starts more when they are busy."""

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from uuid import uuid4

from local.lambda_runtime.sandbox import InvocationResult, Sandbox, SandboxEnded, failure
from local.stack.context import Function

# What a fresh AWS account allows at once. The API has a place of its own: twenty clients that wait with
# `Prefer: wait` must not stop the workflow that they wait for.
WORKFLOW_SANDBOXES = 10
API_SANDBOXES = 20

# A sandbox that has just been idle is likely needed again at once. So long it is safe from other functions, unless they have none.
KEPT_SECONDS = 5.0

# A cold start is all computing: more of them at once than there are processors only makes each one later.
COLD_STARTS = os.cpu_count() or 2

# AWS's limit for the answer of a synchronous invocation.
LARGEST_ANSWER = 6_291_556

StartSandbox = Callable[[Function], Sandbox]


# The answer to whoever still asks while the service stops.
STOPPING = failure("Service.Stopping", "the local service is stopping")


class _Closed(Exception):
    """Nothing more is started."""


class _Group:
    """Functions that share a number of sandboxes. An invocation takes whichever comes first: one that another
    invocation gives back, or one that was started for it."""

    def __init__(self, functions: Iterable[Function], limit: int, start: StartSandbox, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._start = start
        self._clock = clock
        self._changed = threading.Condition()
        self._idle: dict[Sandbox, float] = {}  # since when; the coldest first
        self._alive: set[Sandbox] = set()
        self._waiting = {function.name: 0 for function in functions}
        self._starting = dict.fromkeys(self._waiting, 0)
        self._start_failures: dict[str, list[InvocationResult]] = {name: [] for name in self._waiting}
        self._closed = False

    def acquire(self, function: Function) -> Sandbox | InvocationResult:
        """A sandbox for one invocation, or the error with which a new one failed to start."""
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
                    self._changed.wait(KEPT_SECONDS)
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
        """The warmest first, so that the others grow old and can go."""
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
        if starting >= COLD_STARTS or not self._has_room(function, starting):
            return
        self._starting[function.name] += 1
        threading.Thread(target=self._start_now, args=(function,), daemon=True).start()

    def _has_room(self, function: Function, starting: int) -> bool:
        """Makes room by ending the coldest sandbox of another function, if there is one that may go."""
        if len(self._alive) + starting < self._limit:
            return True
        if not self._idle:
            return False
        coldest, since = next(iter(self._idle.items()))
        is_served = self._starting[function.name] or any(sandbox.function is function for sandbox in self._alive)
        if is_served and self._clock() - since < KEPT_SECONDS:
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
            problem = error.outcome
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
    """Invokes functions by name, once it is open."""

    def __init__(self, endpoint: str, logs: Path, temporary: Path, on_broken: Callable[[Function, InvocationResult], None]) -> None:
        self._endpoint = endpoint
        self._on_broken = on_broken
        self._logs = logs
        self._temporary = temporary
        self._functions: dict[str, Function] = {}
        self._warming: dict[str, threading.Thread] = {}
        self._groups: dict[str, _Group] = {}

    def open(self, functions: dict[str, Function], api_functions: set[str]) -> None:
        """Starts one sandbox of each function in the background, before anybody waits for one."""
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
        """Returns when the function's first sandbox is up, or known to be broken."""
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
                self._on_broken(function, sandbox)
            else:
                group.release(sandbox)

    def invoke(self, name: str, event: str) -> InvocationResult:
        """Runs the function to its end, whatever that is; `event` is JSON on one line."""
        function, group, request_id = self._functions[name], self._groups[name], str(uuid4())
        try:
            sandbox = group.acquire(function)
        except _Closed:
            return STOPPING
        if isinstance(sandbox, InvocationResult):
            return sandbox
        try:
            outcome = sandbox.invoke(event, request_id)
        except SandboxEnded as error:
            group.discard(sandbox)
            return error.outcome
        group.release(sandbox)
        if len(outcome.payload) > LARGEST_ANSWER:
            return failure("Function.ResponseSizeTooLarge", f"Response payload size exceeded {LARGEST_ANSWER} bytes")
        return outcome

    def close(self) -> None:
        for group in set(self._groups.values()):
            group.close()
