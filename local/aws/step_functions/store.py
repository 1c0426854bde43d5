"""The executions in the database: what Step Functions has promised to run, and how it ended."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any

from local.state.database import Database

RUNNING = "RUNNING"

# https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html: so long an ended execution is shown, and its name is taken.
RETENTION = timedelta(days=90)

_SCHEMA = (
    """
    CREATE TABLE IF NOT EXISTS executions (
        execution_arn TEXT PRIMARY KEY, state_machine_arn TEXT NOT NULL, name TEXT NOT NULL, execution_input TEXT NOT NULL,
        start_date REAL NOT NULL, status TEXT NOT NULL, stop_date REAL, output TEXT, error TEXT, cause TEXT
    )
    """,
    "CREATE INDEX IF NOT EXISTS executions_by_machine ON executions (state_machine_arn, start_date, execution_arn)",
    # Those without an end come first: they are what a restart begins again.
    "CREATE INDEX IF NOT EXISTS executions_by_end ON executions (stop_date)",
)


class NameTaken(Exception):
    """Another execution has the name: it has ended, or its input is different."""


@dataclass(frozen=True)
class End:
    """How an execution ended; `output` is JSON text."""

    status: str
    stop_date: datetime
    output: str | None = None
    error: str | None = None
    cause: str | None = None


@dataclass(frozen=True)
class StoredExecution:
    """One row; the names are those that moto's answers read."""

    execution_arn: str
    state_machine_arn: str
    name: str
    execution_input: str
    start_date: datetime
    status: str = RUNNING
    stop_date: datetime | None = None
    output: str | None = None
    error: str | None = None
    cause: str | None = None

    @property
    def output_details(self) -> dict[str, bool]:
        return {"included": True}


_COLUMNS = ", ".join(field.name for field in fields(StoredExecution))


class ExecutionStore:
    """Every method returns when what it has written or read is on disk; raises StorageError if it cannot be stored."""

    def __init__(self, database: Database, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database, self._clock = database, clock
        with database.transaction() as connection:
            for statement in _SCHEMA:
                connection.execute(statement)

    def begin(self, new: StoredExecution) -> StoredExecution:
        """Store a start and return it, or the running execution with the same name and input; raise NameTaken."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM executions WHERE stop_date < ?", (self._oldest(),))
            found = _one(connection, new.execution_arn)
            if found is None:
                connection.execute(f"INSERT INTO executions ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", _row(new))  # noqa: S608  constants
                return new
            if found.status != RUNNING or found.execution_input != new.execution_input:
                raise NameTaken(found.execution_arn)
            return found

    def withdraw(self, execution_arn: str) -> None:
        """Remove a start that was not answered."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM executions WHERE execution_arn = ?", (execution_arn,))

    def end(self, execution_arn: str, end: End) -> StoredExecution | None:
        """Store the end of a running execution; None if it has ended before."""
        changes = "status = ?, stop_date = ?, output = ?, error = ?, cause = ?"
        values = (end.status, end.stop_date.timestamp(), end.output, end.error, end.cause, execution_arn)
        with self._database.transaction() as connection:
            changed = connection.execute(f"UPDATE executions SET {changes} WHERE execution_arn = ? AND stop_date IS NULL", values)  # noqa: S608
            return _one(connection, execution_arn) if changed.rowcount else None

    def find(self, execution_arn: str) -> StoredExecution | None:
        with self._database.transaction() as connection:
            found = _one(connection, execution_arn)
        return found if found and not self._is_forgotten(found) else None

    def running(self) -> list[StoredExecution]:
        """Return what has not ended, in the order of the starts."""
        return self._select("stop_date IS NULL ORDER BY start_date, execution_arn", ())

    def page(self, state_machine_arn: str, status: str | None, limit: int, after: tuple[float, str] | None = None) -> list[StoredExecution]:
        """Return the latest executions of a machine that started before `after`, which is the date and ARN of another."""
        where = ["state_machine_arn = ?", "(stop_date IS NULL OR stop_date >= ?)"]
        values: list[Any] = [state_machine_arn, self._oldest()]
        if status:
            where, values = [*where, "status = ?"], [*values, status]
        if after:
            where, values = [*where, "(start_date, execution_arn) < (?, ?)"], [*values, *after]
        order = "ORDER BY start_date DESC, execution_arn DESC LIMIT ?"
        return self._select(f"{' AND '.join(where)} {order}", (*values, limit))

    def _select(self, condition: str, values: tuple[Any, ...]) -> list[StoredExecution]:
        with self._database.transaction() as connection:
            return [_execution(row) for row in connection.execute(f"SELECT {_COLUMNS} FROM executions WHERE {condition}", values)]  # noqa: S608

    def _oldest(self) -> float:
        return (self._clock() - RETENTION).timestamp()

    def _is_forgotten(self, execution: StoredExecution) -> bool:
        return execution.stop_date is not None and execution.stop_date.timestamp() < self._oldest()


def _one(connection: sqlite3.Connection, execution_arn: str) -> StoredExecution | None:
    found = connection.execute(f"SELECT {_COLUMNS} FROM executions WHERE execution_arn = ?", (execution_arn,)).fetchone()  # noqa: S608  constants
    return _execution(found) if found else None


def _row(execution: StoredExecution) -> list[Any]:
    values = [getattr(execution, field.name) for field in fields(StoredExecution)]
    return [value.timestamp() if isinstance(value, datetime) else value for value in values]


def _execution(row: tuple[Any, ...]) -> StoredExecution:
    known = dict(zip((field.name for field in fields(StoredExecution)), row, strict=True))
    dates = {key: datetime.fromtimestamp(known[key], UTC) for key in ("start_date", "stop_date") if known[key] is not None}
    return StoredExecution(**known | dates)
