"""Counts that are written together with the next answer."""

from collections import Counter
from dataclasses import dataclass, field
from sqlite3 import Connection
from threading import Lock

_ADD = "INSERT INTO simulator_counts VALUES (?, ?, ?) ON CONFLICT (kind, name) DO UPDATE SET times = times + excluded.times"
_ADD_TO_TASK = {
    "polls": "UPDATE simulator_ledger SET polls = polls + ? WHERE number = ?",
    "downloads": "UPDATE simulator_ledger SET downloads = downloads + ? WHERE number = ?",
}


@dataclass
class Counts:
    """How often something has happened: of all tasks by kind and name, of one task by its number."""

    totals: Counter[tuple[str, str]] = field(default_factory=Counter)
    of_tasks: Counter[tuple[str, int]] = field(default_factory=Counter)

    def __bool__(self) -> bool:
        return bool(self.totals or self.of_tasks)

    def add(self, other: "Counts") -> None:
        self.totals.update(other.totals)
        self.of_tasks.update(other.of_tasks)

    def write(self, connection: Connection) -> None:
        connection.executemany(_ADD, [(*key, times) for key, times in self.totals.items()])
        for (what, number), times in self.of_tasks.items():
            connection.execute(_ADD_TO_TASK[what], (times, number))


class PendingCounts:
    """What is counted and not yet written."""

    def __init__(self) -> None:
        self._counts = Counts()
        self._lock = Lock()

    def __bool__(self) -> bool:
        return bool(self._counts)

    def count(self, kind: str, name: str) -> None:
        with self._lock:
            self._counts.totals[kind, name] += 1

    def count_of_task(self, what: str, number: int) -> None:
        with self._lock:
            self._counts.totals["count", what] += 1
            self._counts.of_tasks[what, number] += 1

    def take(self) -> Counts:
        with self._lock:
            taken, self._counts = self._counts, Counts()
        return taken

    def put_back(self, taken: Counts) -> None:
        """Keep what could not be written for the next time."""
        with self._lock:
            self._counts.add(taken)
