"""Runs a command in a terminal of its own, and notes what it writes and when."""

import codecs
import fcntl
import os
import pty
import struct
import subprocess
import termios
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

_PIECE = 1 << 16


class Written(NamedTuple):
    """A piece of output, and the seconds from the start until it came."""

    seconds: float
    text: str


def capture(command: Sequence[str], folder: Path, columns: int, rows: int) -> list[Written]:
    """Return everything that the command writes to its terminal; raises CalledProcessError if it fails."""
    reading, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    began = time.monotonic()
    with subprocess.Popen(command, cwd=folder, stdin=terminal, stdout=terminal, stderr=terminal) as process:  # noqa: S603 - our own command
        os.close(terminal)
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        written = []
        while piece := _read(reading):
            written.append(Written(time.monotonic() - began, decoder.decode(piece)))
    os.close(reading)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, "".join(each.text for each in written))
    return written


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, _PIECE)
    except OSError:  # Linux: the command has closed its end
        return b""
