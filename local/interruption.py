"""Ctrl-C ends every command of `python -m local` with one sentence and exit status 130."""

import contextlib
import itertools
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType

# The shell's convention for a command that Ctrl-C ended: 128 + SIGINT.
INTERRUPTED = 128 + signal.SIGINT
# The kernel may deliver a signal to any thread, but Python runs its handler only on the main thread, and only
# once that wakes up; an unlimited wait would block the handler.
CHECK_SECONDS = 0.2
# How many of these pass before a stop says what it waits for.
PATIENCE = 5


def end_at_once() -> None:
    """End the process at Ctrl-C, also during an import, where libraries turn KeyboardInterrupt into errors of their own."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # not ignored, as in the background of a script
        signal.signal(signal.SIGINT, _end)


def raise_keyboard_interrupt() -> None:
    """Let Ctrl-C raise KeyboardInterrupt again, for a command that has something to clean up."""
    if signal.getsignal(signal.SIGINT) is _end:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _end(number: int, frame: FrameType | None) -> None:
    with contextlib.suppress(OSError):
        os.write(sys.__stderr__.fileno() if sys.__stderr__ else 2, b"\nStopped.\n")
    os._exit(INTERRUPTED)


class Stopping:
    """Notes SIGINT, SIGTERM and SIGHUP from now on: the first one begins the stop, a second one ends the process at once."""

    def __init__(self) -> None:
        # Not an Event: a handler that sets one while the same thread waits for it can block on its lock for ever. Only this queue is
        # documented as safe for that: https://docs.python.org/3/library/queue.html#queue.SimpleQueue.put
        self._signals: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._has_begun = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        if self._has_begun:
            _end_by(number)
        self._has_begun = True
        self._signals.put(number)

    def wait(self) -> int:
        """Wait for a signal; return the exit status that it asks for."""
        first = None
        while first is None:
            with contextlib.suppress(queue.Empty):
                first = self._signals.get(timeout=CHECK_SECONDS)
        if first == signal.SIGINT and sys.stdout.isatty():
            print()  # after the terminal's ^C
        return INTERRUPTED if first == signal.SIGINT else 0

    def run(self, stop: Callable[[], None], what: Callable[[], str], say: Callable[[str], None]) -> None:
        """Run a stop, and say `what` it waits for if it takes longer than a moment.

        On a thread of its own, because this one must wake up for a second signal.
        """
        thread = threading.Thread(target=stop, name="stop", daemon=True)
        thread.start()
        for turn in _turns(thread):
            if turn == PATIENCE:
                say(f"Still stopping: {what()}. Press Ctrl-C again to end at once; what was answered is stored.")


def _turns(thread: threading.Thread) -> Iterator[int]:
    for turn in itertools.count(1):
        thread.join(CHECK_SECONDS)
        if not thread.is_alive():
            return
        yield turn


def _end_by(number: int) -> None:
    """End the process as the signal asks for: its children notice, and the kernel unlocks its files."""
    if number == signal.SIGINT:
        _end(number, None)
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
