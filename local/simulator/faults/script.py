"""Faults from outside the prompt: a queue for the next creates, and an outage for all requests."""

from typing import Any

from local.simulator.faults.directives import Directives, read_words
from local.simulator.tasks.journal import Journal

_WAITING = "SELECT number, text FROM simulator_script WHERE kind = 'next' ORDER BY number"
_OUTAGE = "SELECT number, text FROM simulator_script WHERE kind = 'all'"


class FaultScript:
    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._may_wait = True  # whether the table must be asked
        self._outage = self._read_outage()

    def add(self, entries: object) -> None:
        """Add a JSON list: a string is for the next create and its task, {"all": "…"} for all later requests."""
        if not isinstance(entries, list):
            raise ValueError("expected a JSON list")
        checked = [_check(entry) for entry in entries]  # add all entries or none
        with self._journal.transaction() as connection:
            for kind, text in checked:
                if kind == "all":
                    connection.execute("DELETE FROM simulator_script WHERE kind = 'all'")
                connection.execute("INSERT INTO simulator_script (kind, text) VALUES (?, ?)", (kind, text))
            self._may_wait = True
        self._outage = self._read_outage()

    def clear(self) -> None:
        with self._journal.transaction() as connection:
            connection.execute("DELETE FROM simulator_script")
        self._outage = Directives()

    def next(self) -> Directives:
        """Return the directives for this create."""
        if not self._may_wait:
            return Directives()
        with self._journal.transaction() as connection:
            found = connection.execute(_WAITING + " LIMIT 1").fetchone()
            if found is None:
                self._may_wait = False  # here, where nobody else can add
                return Directives()
            number, text = found
            connection.execute("DELETE FROM simulator_script WHERE number = ?", (number,))
        # Numbered, so that equal words in two entries are counted separately.
        return read_words(text, f"script-{number}")

    @property
    def outage(self) -> Directives:
        return self._outage

    def contents(self) -> dict[str, Any]:
        with self._journal.reading() as connection:
            waiting = [text for _, text in connection.execute(_WAITING)]
            outage = connection.execute(_OUTAGE).fetchone()
        return {"next": waiting, "all": outage[1] if outage else ""}

    def _read_outage(self) -> Directives:
        with self._journal.reading() as connection:
            found = connection.execute(_OUTAGE).fetchone()
        return read_words(found[1], f"outage-{found[0]}", default_count="always") if found else Directives()


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
