"""Calls at given moments, on one thread for all."""

import threading
import time
from collections.abc import Callable

# How often the clock is read at least: it jumps when the machine wakes up from sleep.
LONGEST_WAIT = 60.0

Act = Callable[[], None]


class Deadlines:
    """Each key has one moment, in epoch seconds; the thread starts with the first one."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._set: dict[str, tuple[float, Act]] = {}
        self._next_look = 0.0
        self._is_stopped = False
        self._thread: threading.Thread | None = None

    def set(self, key: str, moment: float, act: Act) -> None:
        """Call `act` when the moment has come, unless the key is dropped before."""
        with self._changed:
            self._set[key] = (moment, act)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="deadlines", daemon=True)
                self._thread.start()
            elif moment < self._next_look:
                self._changed.notify_all()

    def drop(self, key: str) -> None:
        with self._changed:
            self._set.pop(key, None)

    def stop(self) -> None:
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()

    def _run(self) -> None:
        while True:
            with self._changed:
                if self._is_stopped:
                    return
                due = self._take_due()
                if not due:
                    self._wait()
            for act in due:
                act()

    def _take_due(self) -> list[Act]:
        now = self._clock()
        keys = [key for key, (moment, _) in self._set.items() if moment <= now]
        return [self._set.pop(key)[1] for key in keys]

    def _wait(self) -> None:
        now = self._clock()
        self._next_look = min([now + LONGEST_WAIT, *(moment for moment, _ in self._set.values())])
        self._changed.wait(self._next_look - now)
