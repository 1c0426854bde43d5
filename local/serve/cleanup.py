"""Undo the steps of a start in reverse order, and say which one it is at."""

import re
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any


class Cleanup:
    """A stack of what to call at the stop; every entry is called, even if an earlier one fails."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self.current = "nothing"

    def callback(self, undo: Callable[..., Any], *given: Any) -> None:
        self._stack.callback(self._run, undo, *given)

    def close(self) -> None:
        self._stack.close()

    def _run(self, undo: Callable[..., Any], *given: Any) -> None:
        self.current = _name_of(undo)
        undo(*given)


def _name_of(undo: Callable[..., Any]) -> str:
    """Name a part in plain words, such as `state folder` for StateFolder.release."""
    owner = getattr(undo, "__self__", None)
    name = type(owner).__name__ if owner is not None else undo.__qualname__.split(".")[0].replace("_", " ")
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
