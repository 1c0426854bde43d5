"""Deliveries to HTTP endpoints and functions that have not ended yet, in the database."""

import json
from dataclasses import asdict, dataclass, field
from sqlite3 import Connection
from typing import Any

from local.state.database import Database

_TABLE = """CREATE TABLE IF NOT EXISTS sns_deliveries (
    number INTEGER PRIMARY KEY AUTOINCREMENT, due REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, content TEXT NOT NULL)"""
VERSION = 1


@dataclass(frozen=True)
class Delivery:
    """A message on its way to one subscriber; it is signed at each attempt."""

    protocol: str
    endpoint: str
    subscription_arn: str
    envelope: dict[str, Any]
    raw: bool = False
    # Seconds before each retry.
    delays: list[float] = field(default_factory=list)


class Outbox:
    """Deliveries by number; `due` is Unix seconds."""

    def __init__(self, database: Database) -> None:
        self._database = database
        with database.transaction() as connection:
            connection.execute(_TABLE)

    def insert(self, connection: Connection, delivery: Delivery, due: float) -> int:
        """Add a delivery in the transaction of the request that causes it."""
        content = json.dumps({"version": VERSION, **asdict(delivery)})
        inserted = connection.execute("INSERT INTO sns_deliveries (due, content) VALUES (?, ?) RETURNING number", (due, content))
        ((number,),) = inserted.fetchall()
        return int(number)

    def add(self, delivery: Delivery, due: float) -> int:
        with self._database.transaction() as connection:
            return self.insert(connection, delivery, due)

    def due_times(self) -> dict[int, float]:
        """Return when each delivery is due."""
        with self._database.transaction() as connection:
            return dict(connection.execute("SELECT number, due FROM sns_deliveries"))

    def get(self, number: int) -> tuple[Delivery, int] | None:
        """Return a delivery and its failed attempts, or None if it has ended."""
        with self._database.transaction() as connection:
            found = connection.execute("SELECT content, attempts FROM sns_deliveries WHERE number = ?", (number,)).fetchone()
        if found is None:
            return None
        content = json.loads(found[0])
        del content["version"]
        return Delivery(**content), found[1]

    def postpone(self, number: int, due: float) -> None:
        """Count a failed attempt; the next one is due later."""
        with self._database.transaction() as connection:
            connection.execute("UPDATE sns_deliveries SET attempts = attempts + 1, due = ? WHERE number = ?", (due, number))

    def remove(self, number: int) -> None:
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM sns_deliveries WHERE number = ?", (number,))
