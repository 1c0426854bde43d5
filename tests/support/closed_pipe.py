"""A standard output whose reader has gone; a real pipe would stay open if another thread forked between its two system calls."""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any


@contextmanager
def closed_pipe() -> Iterator[io.TextIOWrapper]:
    """Yield a text stream with a file descriptor of its own, to which every write fails with EPIPE."""
    stream = io.TextIOWrapper(io.BufferedWriter(_NoReader(os.devnull, "w")))
    try:
        yield stream
    finally:
        with suppress(BrokenPipeError):
            stream.close()


class _NoReader(io.FileIO):
    def write(self, data: Any) -> int:
        raise BrokenPipeError(32, "Broken pipe")
