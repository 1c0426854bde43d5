"""Ctrl-C ends every command of `python -m local` with one sentence and exit status 130."""

import contextlib
import os
import signal
import sys
import threading
from types import FrameType

# The shell's convention for a command that Ctrl-C ended: 128 + SIGINT.
INTERRUPTED = 128 + signal.SIGINT
# The kernel may deliver a signal to any thread, but Python runs its handler only on the main thread, and only
# once that wakes up; an unlimited wait would block the handler.
CHECK_SECONDS = 0.2


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
    """Notes SIGINT, SIGTERM and SIGHUP from now on; a second signal of the same kind kills the process."""

    def __init__(self) -> None:
        self._stopping, self._first = threading.Event(), 0
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._first = self._first or number
        self._stopping.set()
        signal.signal(number, signal.SIG_DFL)

    def wait(self) -> int:
        """Wait for a signal; return the exit status that it asks for."""
        while not self._stopping.wait(CHECK_SECONDS):
            pass
        if self._first == signal.SIGINT and sys.stdout.isatty():
            print()  # after the terminal's ^C
        return INTERRUPTED if self._first == signal.SIGINT else 0
