"""Faults that come from outside the prompt: a queue for the next creates, and an outage for everybody."""

from collections import deque
from threading import Lock
from typing import Any

from local.simulator.faults.directives import Faults, read_words


class Script:
    def __init__(self) -> None:
        self._waiting: deque[str] = deque()
        self._outage = Faults()
        self._outage_text = ""
        self._written = 0
        self._lock = Lock()

    def add(self, entries: object) -> None:
        """A JSON list: a string is for the next create and its task, {"all": "…"} for every request from now on."""
        if not isinstance(entries, list):
            raise ValueError("expected a JSON list")
        checked = [_check(entry) for entry in entries]  # all of it, or nothing
        with self._lock:
            for kind, text in checked:
                if kind == "next":
                    self._waiting.append(text)
                else:
                    self._outage_text = text
                    self._written += 1
                    self._outage = read_words(text, f"outage-{self._written}", lasts="always")

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()
            self._outage, self._outage_text = Faults(), ""

    def next(self) -> Faults:
        """What the script has for this create."""
        with self._lock:
            self._written += 1
            text = self._waiting.popleft() if self._waiting else ""
            # Numbered, so that the same words in two entries are counted apart.
            return read_words(text, f"script-{self._written}")

    @property
    def outage(self) -> Faults:
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
