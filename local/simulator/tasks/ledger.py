"""Record payments and requests: the evidence for every test that says "paid once"."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from sqlite3 import Connection
from typing import Any

from local.simulator.contract.pricing import Cost, cost
from local.simulator.contract.validation import Order
from local.simulator.tasks.journal import Journal
from local.simulator.tasks.task import Status, Task, status_at

_ADD = "INSERT INTO simulator_ledger (number, id, started_at, ended_at, ending, charge, usd, entry) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_ENTRIES = "SELECT entry, started_at, ended_at, ending, charge, polls, downloads, video_sha256 FROM simulator_ledger ORDER BY number"
_COMMITTED = "SELECT total(usd) FROM simulator_ledger WHERE charge = 'accept' OR ending = ? OR ended_at > ?"


@dataclass(frozen=True)
class StrayRequest:
    """A followed redirect; `authorization` says whether the key was sent along."""

    method: str
    path: str
    authorization: bool


class Ledger:
    """Every accepted create, and counts of all other requests."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def count(self, what: str) -> None:
        """Count one of `posts`, `polls_unknown` or `downloads_refused`."""
        self._journal.count("count", what, urgent=what == "posts")

    def count_poll(self, task: Task) -> None:
        self._journal.count_of_task("polls", task.number)

    def count_download(self, task: Task) -> None:
        self._journal.count_of_task("downloads", task.number)

    def count_refusal(self, reason: str) -> None:
        self._journal.count("refused", reason, urgent=True)

    def record_stray(self, stray: StrayRequest) -> None:
        with self._journal.transaction() as connection:
            connection.execute("INSERT INTO simulator_strays VALUES (?, ?, ?)", (stray.method, stray.path, stray.authorization))

    def accept(self, connection: Connection, task: Task, charge: str) -> None:
        """Record a payment; `charge` says whether it depends on the task's success."""
        end, started, ended = task.plan.end.value, task.time_at(task.plan.queue), task.time_at(task.plan.total)
        entry = json.dumps(_entry(task))
        connection.execute(_ADD, (task.number, task.id, started, ended, end, charge, price(task.order).usd, entry))

    def next_number(self, connection: Connection) -> int:
        """Return the number of the next entry, counted from 1."""
        return int(connection.execute("SELECT coalesce(max(number), 0) + 1 FROM simulator_ledger").fetchone()[0])

    @property
    def last_id(self) -> str:
        """The id of the latest entry, or an empty text."""
        with self._journal.reading() as connection:
            found = connection.execute("SELECT id FROM simulator_ledger ORDER BY number DESC LIMIT 1").fetchone()
        return str(found[0]) if found else ""

    @property
    def accepted(self) -> int:
        with self._journal.reading() as connection:
            return self.next_number(connection) - 1

    def committed(self, connection: Connection, now: float) -> float:
        """Return the US dollars that are charged, or may still be."""
        return float(connection.execute(_COMMITTED, (Status.SUCCEED.value, now)).fetchone()[0])

    def entries(self, now: float) -> list[dict[str, Any]]:
        with self._journal.reading_counts() as connection:
            found = connection.execute(_ENTRIES).fetchall()
        return [_read(now, *row) for row in found]

    def summary(self, now: float) -> dict[str, Any]:
        entries = self.entries(now)
        with self._journal.reading_counts() as connection:
            counts = dict(connection.execute("SELECT name, times FROM simulator_counts WHERE kind = 'count'").fetchall())
            refused = dict(connection.execute("SELECT name, times FROM simulator_counts WHERE kind = 'refused'").fetchall())
            strays = connection.execute("SELECT method, path, authorization FROM simulator_strays ORDER BY rowid").fetchall()
        return {
            "entries": entries,
            "accepted": len(entries),
            **{name: counts.get(name, 0) for name in _COUNTS},
            "refused": refused,
            "strays": [vars(StrayRequest(method, path, bool(authorization))) for method, path, authorization in strays],
            "usd_charged": round(sum(entry["usd"] for entry in entries if entry["charged"]), 6),
        }


_COUNTS = ("posts", "polls", "polls_unknown", "downloads", "downloads_refused")


def _entry(task: Task) -> dict[str, Any]:
    """Return what never changes of an entry."""
    order, money = task.order, price(task.order)
    width, height = order.size
    return {
        "task_id": task.id,
        "time": datetime.fromtimestamp(task.accepted_at, UTC).isoformat(),
        "model": order.model.name,
        "duration": order.duration,
        "resolution": order.resolution,
        "ratio": order.ratio,
        "width": width,
        "height": height,
        "audio": order.generate_audio,
        "tier": order.service_tier,
        "tokens": money.tokens,
        "usd": money.usd,
        "fields": list(order.fields),
        "body_sha256": task.body_sha256,
    }


def _read(now: float, entry: str, started: float, ended: float, end: str, charge: str, *rest: Any) -> dict[str, Any]:
    status = status_at(now, started, ended, Status(end))
    changing = dict(zip(("polls", "downloads", "video_sha256"), rest, strict=True))
    return {**json.loads(entry), "charged": _charged(charge, status), "status": status.value, **changing}


def _charged(charge: str, status: Status) -> bool | None:
    """Return whether the task is charged, or None while undecided."""
    if charge == "accept":
        return True
    return status is Status.SUCCEED if status.ended else None


def price(order: Order) -> Cost:
    return cost(order.resolution, order.shape, order.duration, order.generate_audio, order.service_tier, order.model)
