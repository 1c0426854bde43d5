"""Sandboxes of functions that share a limit: who gets the next one, when another is started, and which one ends."""

import contextlib
import os
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable

from local.lambda_runtime.sandbox import InvocationResult, Sandbox, SandboxEnded, failure
from local.stack.context import Function

# A sandbox is often needed again right after use. It is protected this long from functions that have another one.
PROTECTED_SECONDS = 5.0

# A sandbox that was idle for so long ends, unless it is its function's last. Another costs a tenth of a second of CPU.
IDLE_SECONDS = 30.0

# An invocation waits for the sandbox of another one before it starts one more, for longer if its function has several: a dozen sandboxes
# for a dozen orders at once would take the memory, and be no faster on a few processors.
PATIENCE_SECONDS = 0.25
LONGEST_PATIENCE_SECONDS = 1.0

# Cold starts are CPU-bound, so running more than the number of processors only delays each one.
MAX_COLD_STARTS = os.cpu_count() or 2

StartSandbox = Callable[[Function], Sandbox]


class GroupClosed(Exception):
    """The group is closed and starts nothing more."""


class Waiter:
    """An invocation without a sandbox; it gets one, the error of a failed start, or None when the group is closed."""

    def __init__(self, since: float) -> None:
        self.since = since
        self.outcome: queue.SimpleQueue[Sandbox | InvocationResult | None] = queue.SimpleQueue()


class SandboxGroup:
    """Functions that share a limit of sandboxes; an invocation takes the first released or newly started one."""

    def __init__(self, functions: Iterable[Function], limit: int, start: StartSandbox, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._start = start
        self._clock = clock
        self._lock = threading.RLock()
        self._released = threading.Condition(self._lock)
        self._idle: dict[Sandbox, float] = {}  # idle since; coldest first
        self._alive: set[Sandbox] = set()
        self._functions = {function.name: function for function in functions}
        self._waiting: dict[str, deque[Waiter]] = {name: deque() for name in self._functions}
        self._starting = dict.fromkeys(self._waiting, 0)
        self._closed = False

    def acquire(self, function: Function) -> Sandbox | InvocationResult:
        """Return a sandbox for one invocation, or the error of a failed start."""
        with self._lock:
            if self._closed:
                raise GroupClosed
            sandbox = self._take_idle(function)
            if sandbox:
                return sandbox
            waiter = Waiter(self._clock())
            self._waiting[function.name].append(waiter)
            self._start_for_waiting()
        outcome = self._wait_for(waiter)
        if outcome is None:
            raise GroupClosed
        return outcome

    def _wait_for(self, waiter: Waiter) -> Sandbox | InvocationResult | None:
        while True:
            is_patient = self._clock() - waiter.since < LONGEST_PATIENCE_SECONDS
            with contextlib.suppress(queue.Empty):
                return waiter.outcome.get(timeout=PATIENCE_SECONDS if is_patient else PROTECTED_SECONDS)
            with self._lock:
                self._start_for_waiting()

    def release(self, sandbox: Sandbox) -> None:
        """Give the sandbox to the longest waiting invocation of its function, unless another function needs its place."""
        with self._lock:
            self._idle[sandbox] = self._clock()
            self._start_for_waiting()
            if sandbox in self._idle:
                self._give(sandbox)
            self._released.notify_all()

    def _give(self, sandbox: Sandbox) -> None:
        if self._waiting[sandbox.function.name]:
            self._idle.pop(sandbox, None)
            self._waiting[sandbox.function.name].popleft().outcome.put(sandbox)
        else:
            self._idle[sandbox] = self._clock()

    def discard(self, sandbox: Sandbox) -> None:
        with self._lock:
            self._alive.discard(sandbox)
            self._start_for_waiting()
            self._released.notify_all()

    def end_unneeded(self) -> None:
        """End what has been idle for long, except the last sandbox of each function."""
        with self._lock:
            unneeded = [sandbox for sandbox, since in self._idle.items() if self._clock() - since >= IDLE_SECONDS]
            for sandbox in unneeded:
                if self._number_of(sandbox.function) > 1:
                    self._end(sandbox)

    def close(self, patience: float = 0) -> None:
        """Start nothing more, let what runs end for at most `patience` seconds, and end the sandboxes."""
        with self._lock:
            self._closed = True
            for waiters in self._waiting.values():
                for waiter in waiters:
                    waiter.outcome.put(None)
                waiters.clear()
            self._released.wait_for(lambda: len(self._idle) == len(self._alive), patience)
            alive = list(self._alive)
        for sandbox in alive:
            sandbox.end()

    def _number_of(self, function: Function) -> int:
        return sum(sandbox.function is function for sandbox in self._alive)

    def _end(self, idle: Sandbox) -> None:
        del self._idle[idle]
        self._alive.discard(idle)
        idle.end()

    def _take_idle(self, function: Function) -> Sandbox | None:
        """Take the warmest, so that unneeded ones become old enough to end."""
        for sandbox in reversed(list(self._idle)):
            if sandbox.function is function:
                if sandbox.is_alive():
                    del self._idle[sandbox]
                    return sandbox
                self._end(sandbox)
        return None

    def _start_for_waiting(self) -> None:
        for name, waiters in self._waiting.items():
            if self._starting[name] < len(waiters) and self._is_urgent(self._functions[name], waiters[0]):
                self._start_one(self._functions[name])

    def _is_urgent(self, function: Function, first: Waiter) -> bool:
        """Return whether no sandbox is likely to be released soon: more sandboxes than processors make nothing faster."""
        patience = PATIENCE_SECONDS * (self._starting[function.name] + self._number_of(function))
        return self._clock() - first.since >= min(patience, LONGEST_PATIENCE_SECONDS)

    def _start_one(self, function: Function) -> None:
        starting = sum(self._starting.values())
        if self._closed or starting >= MAX_COLD_STARTS or not self._has_room(function, starting):
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
        is_served = self._starting[function.name] or self._number_of(function)
        if is_served and self._clock() - since < PROTECTED_SECONDS:
            return False
        self._end(coldest)
        return True

    def _start_now(self, function: Function) -> None:
        sandbox, problem = None, None
        try:
            sandbox = self._start(function)
        except SandboxEnded as error:
            problem = error.result
        except OSError as error:
            problem = failure("Sandbox.StartError", str(error))
        with self._lock:
            self._starting[function.name] -= 1
            closed = self._closed
            if sandbox and not closed:
                self._alive.add(sandbox)
                self._give(sandbox)
            elif problem and self._waiting[function.name]:
                self._waiting[function.name].popleft().outcome.put(problem)
            self._start_for_waiting()
        if sandbox and closed:
            sandbox.end()
