"""What must be the same after a restart: the key of clients, the key that signs links, the port in them, and the seed."""

from collections.abc import Callable
from typing import Any, TypeVar

from local.state.database import Database
from local.state.records import Records

T = TypeVar("T")


class Identity:
    def __init__(self, database: Database) -> None:
        self._records = Records(database, "simulator")

    def once(self, name: str, make: Callable[[], T]) -> T:
        """Return a value that is made only once."""
        known: T | None = self._records.get(name)
        if known is None:
            known = make()
            self._records.put(name, known)
        return known

    def get(self, name: str) -> Any:
        return self._records.get(name)

    def remember(self, name: str, value: object) -> None:
        if self._records.get(name) != value:  # so that a restart writes nothing, and works on a full disk
            self._records.put(name, value)
