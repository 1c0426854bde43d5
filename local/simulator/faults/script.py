"""Faults from outside the prompt: a queue for the next creates, and an outage for all requests."""

from collections import deque
from threading import Lock
from typing import Any

from local.simulator.faults.directives import Directives, read_words


class FaultScript:
    def __init__(self) -> None:
        self._waiting: deque[str] = deque()
        self._outage = Directives()
        self._outage_text = ""
        self._written = 0
        self._lock = Lock()

    def add(self, entries: object) -> None:
        """Add a JSON list: a string is for the next create and its task, {"all": "…"} for all later requests."""
        if not isinstance(entries, list):
            raise ValueError("expected a JSON list")
        checked = [_check(entry) for entry in entries]  # add all entries or none
        with self._lock:
            for kind, text in checked:
                if kind == "next":
                    self._waiting.append(text)
                else:
                    self._outage_text = text
                    self._written += 1
                    self._outage = read_words(text, f"outage-{self._written}", default_count="always")

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()
            self._outage, self._outage_text = Directives(), ""

    def next(self) -> Directives:
        """Return the directives for this create."""
        with self._lock:
            self._written += 1
            text = self._waiting.popleft() if self._waiting else ""
            # Numbered, so that equal words in two entries are counted separately.
            return read_words(text, f"script-{self._written}")

    @property
    def outage(self) -> Directives:
        return self._outage

    def contents(self) -> dict[str, Any]:
        with self._lock:
            return {"next": list(self._waiting), "all": self._outage_text}


def _check(entry: object) -> tuple[str, str]:
    match entry:
        case str(text):
            read_words(text, "check")
            return "next", text
        case {"all": str(text), **rest} if not rest:
            read_words(text, "check")
            return "all", text
        case _:
            raise ValueError(f'{entry!r} is neither a string of faults nor {{"all": "…"}}')
