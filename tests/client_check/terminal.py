"""Run a command in a terminal of so many columns, and read what it shows."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

# A video takes a few seconds here.
LIMIT_SECONDS = 120.0


def in_terminal(
    words: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    *,
    columns: int = 80,
    interrupt_at: str = "",
    answers: Mapping[str, str] | None = None,
) -> tuple[int, str]:
    """Return exit code and output; press Ctrl-C once a text is seen, and answer questions."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    given = {**environment, "TERM": "xterm-256color"}
    process = subprocess.Popen(words, cwd=folder, env=given, stdin=theirs, stdout=theirs, stderr=theirs, preexec_fn=_default_interrupt)  # noqa: S603
    os.close(theirs)
    seen, waiting, open_questions = "", bool(interrupt_at), dict(answers or {})
    end = time.monotonic() + LIMIT_SECONDS
    while time.monotonic() < end:
        ready = select.select([ours], [], [], 0.2)[0]
        try:
            seen += os.read(ours, 65_536).decode(errors="replace") if ready else ""
        except OSError:  # the other end is closed
            break
        for question in [each for each in open_questions if each in seen]:
            os.write(ours, f"{open_questions.pop(question)}\n".encode())
        if waiting and interrupt_at in seen:
            waiting = False
            process.send_signal(signal.SIGINT)
        if not ready and process.poll() is not None:
            break
    os.close(ours)
    if process.poll() is None:
        process.terminate()
    return process.wait(), seen


def _default_interrupt() -> None:
    """Take Ctrl-C, also when this run was started with it ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
