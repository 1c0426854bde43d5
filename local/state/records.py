"""Small named records in the database: settings, subscriptions, tasks."""

import json
from collections.abc import Iterable
from typing import Any

from local.state.database import Database

_TABLE = "CREATE TABLE IF NOT EXISTS records (space TEXT, key TEXT, value TEXT NOT NULL, PRIMARY KEY (space, key)) WITHOUT ROWID"


class Records:
    """JSON values by key, in a space of their own; every method returns when its change is on disk."""

    def __init__(self, database: Database, space: str) -> None:
        self._database, self._space = database, space
        with database.transaction() as connection:
            connection.execute(_TABLE)

    def get(self, key: str) -> Any:
        """Return the value, or None."""
        with self._database.transaction() as connection:
            found = connection.execute("SELECT value FROM records WHERE space = ? AND key = ?", (self._space, key)).fetchone()
        return json.loads(found[0]) if found else None

    def all(self) -> dict[str, Any]:
        """Return every value, in the order of the keys."""
        with self._database.transaction() as connection:
            found = connection.execute("SELECT key, value FROM records WHERE space = ? ORDER BY key", (self._space,)).fetchall()
        return {key: json.loads(value) for key, value in found}

    def put(self, key: str, value: Any) -> None:
        self.put_all({key: value})

    def put_all(self, values: dict[str, Any]) -> None:
        """Store all values, or none."""
        self.change(values, ())

    def delete(self, key: str) -> None:
        self.change({}, [key])

    def change(self, values: dict[str, Any], deleted: Iterable[str]) -> None:
        """Store all values and delete all keys, or do nothing."""
        rows = [(self._space, key, json.dumps(value)) for key, value in values.items()]
        with self._database.transaction() as connection:
            connection.executemany("INSERT OR REPLACE INTO records VALUES (?, ?, ?)", rows)
            connection.executemany("DELETE FROM records WHERE space = ? AND key = ?", [(self._space, key) for key in deleted])
