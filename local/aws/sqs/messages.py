"""The messages of all queues in the database: a request writes only the messages that it names."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from sqlite3 import Connection
from threading import local
from typing import Any

from local.state.database import Database

_SCHEMA = (
    # Times are Unix milliseconds, as in SQS. `content` is JSON with a version: what no query asks for.
    """CREATE TABLE IF NOT EXISTS sqs_messages (
        number INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, visible_at REAL NOT NULL, sent_at REAL NOT NULL,
        receives INTEGER NOT NULL DEFAULT 0, first_received_at REAL, message_group TEXT, deduplication TEXT, content TEXT NOT NULL)""",
    # A standard queue is read by time, a FIFO queue, where every message has a group, in the order of sending.
    "CREATE INDEX IF NOT EXISTS sqs_messages_by_time ON sqs_messages (queue, visible_at)",
    "CREATE INDEX IF NOT EXISTS sqs_messages_in_order ON sqs_messages (queue) WHERE message_group IS NOT NULL",
    "CREATE INDEX IF NOT EXISTS sqs_messages_by_deduplication ON sqs_messages (queue, deduplication) WHERE deduplication IS NOT NULL",
)
_COLUMNS = "number, visible_at, sent_at, receives, first_received_at, message_group, deduplication, content"
_SELECT = f"SELECT {_COLUMNS} FROM sqs_messages "  # noqa: S608  a constant
_STANDARD = _SELECT + "INDEXED BY sqs_messages_by_time WHERE queue = :queue AND visible_at <= :now"
_BUSY_GROUPS = """SELECT message_group FROM sqs_messages INDEXED BY sqs_messages_by_time
    WHERE queue = :queue AND visible_at > :now AND receives > 0 AND message_group IS NOT NULL"""
_FIFO = f"""{_SELECT} INDEXED BY sqs_messages_in_order
    WHERE queue = :queue AND visible_at <= :now AND message_group IS NOT NULL AND message_group NOT IN ({_BUSY_GROUPS})"""
_RECEIVE = """UPDATE sqs_messages SET receives = receives + 1, first_received_at = ifnull(first_received_at, ?), visible_at = ?
    WHERE number = ?"""
_VISIBLE = "SELECT count(*) FROM sqs_messages WHERE queue = ? AND visible_at <= ?"
_HIDDEN = "SELECT receives > 0, count(*) FROM sqs_messages WHERE queue = ? AND visible_at > ? GROUP BY 1"
VERSION = 1
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagededuplicationid-property.html
DEDUPLICATION_MS = 300_000


@dataclass(frozen=True)
class Counts:
    visible: int
    delayed: int
    in_flight: int


@dataclass(frozen=True)
class StoredMessage:
    """A message; the number grows with each one sent."""

    number: int
    visible_at: float
    sent_at: float
    receives: int
    first_received_at: float | None
    group: str | None
    deduplication: str | None
    content: dict[str, Any]


@dataclass(frozen=True)
class Reading:
    """How one request reads a queue."""

    queue: str
    now: float
    # None does not hide the messages from other readers.
    hidden_until: float | None
    is_fifo: bool
    # Messages sent up to then are over their retention period, and deleted.
    expired_at: float
    # The queue for messages that were received this often.
    dead_letters: tuple[str, int] | None


class Messages:
    """The messages by queue; a StorageError of any method means that nothing has changed."""

    def __init__(self, database: Database) -> None:
        self._database, self._open = database, local()
        with database.transaction() as connection:
            for statement in _SCHEMA:
                connection.execute(statement)

    @contextmanager
    def together(self) -> Iterator[Connection]:
        """Store all that this thread changes inside the block, or nothing; the block must not wait."""
        with self._database.transaction() as connection:
            self._open.connection = connection
            try:
                yield connection
            finally:
                self._open.connection = None

    @property
    def is_together(self) -> bool:
        return getattr(self._open, "connection", None) is not None

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        if self.is_together:
            yield self._open.connection
            return
        with self._database.transaction() as connection:
            yield connection

    def send(self, queue: str, message: StoredMessage) -> None:
        with self._transaction() as connection:
            insert(connection, queue, message)

    def receive(self, reading: Reading, count: int) -> tuple[list[StoredMessage], int]:
        """Return up to `count` messages, each received once more, and the number of messages moved to the dead-letter queue."""
        taken: list[StoredMessage] = []
        moved = 0
        with self._transaction() as connection:
            while len(taken) < count:
                found = _visible(connection, reading, count - len(taken), [message.number for message in taken])
                if not found:
                    break
                for message in found:
                    if message.sent_at <= reading.expired_at:
                        connection.execute("DELETE FROM sqs_messages WHERE number = ?", (message.number,))
                    elif reading.dead_letters and message.receives >= reading.dead_letters[1]:
                        connection.execute("UPDATE sqs_messages SET queue = ? WHERE number = ?", (reading.dead_letters[0], message.number))
                        moved += 1
                    else:
                        taken.append(_received(connection, reading, message))
        return taken, moved

    def delete(self, queue: str, number: int) -> None:
        """Delete a message; one that is gone already is none of our business."""
        with self._transaction() as connection:
            connection.execute("DELETE FROM sqs_messages WHERE number = ? AND queue = ?", (number, queue))

    def find(self, queue: str, number: int) -> StoredMessage | None:
        with self._transaction() as connection:
            row = connection.execute(_SELECT + "WHERE number = ? AND queue = ?", (number, queue)).fetchone()
        return _message(row) if row else None

    def show_at(self, number: int, visible_at: float) -> None:
        """Change when a message is visible again."""
        with self._transaction() as connection:
            connection.execute("UPDATE sqs_messages SET visible_at = ? WHERE number = ?", (visible_at, number))

    def delete_all(self, queue: str) -> None:
        with self._transaction() as connection:
            connection.execute("DELETE FROM sqs_messages WHERE queue = ?", (queue,))

    def keep_only(self, queues: set[str]) -> None:
        """Delete the messages of queues that do not exist."""
        with self._transaction() as connection:
            found = {queue for (queue,) in connection.execute("SELECT DISTINCT queue FROM sqs_messages")}
            connection.executemany("DELETE FROM sqs_messages WHERE queue = ?", [(queue,) for queue in found - queues])

    def counts(self, queue: str, now: float) -> Counts:
        with self._transaction() as connection:
            (visible,) = connection.execute(
                "SELECT count(*) FROM sqs_messages WHERE queue = ? AND visible_at <= ?", (queue, now)
            ).fetchone()
            hidden = dict(connection.execute(_HIDDEN, (queue, now)))
        return Counts(visible, hidden.get(0, 0), hidden.get(1, 0))


def insert(connection: Connection, queue: str, message: StoredMessage) -> None:
    """Add a message, unless it repeats one of the last five minutes."""
    if message.deduplication is not None:
        repeated = "SELECT 1 FROM sqs_messages WHERE queue = ? AND deduplication = ? AND sent_at > ?"
        if connection.execute(repeated, (queue, message.deduplication, message.sent_at - DEDUPLICATION_MS)).fetchone():
            return
    connection.execute(
        "INSERT INTO sqs_messages (queue, visible_at, sent_at, message_group, deduplication, content) VALUES (?, ?, ?, ?, ?, ?)",
        (
            queue,
            message.visible_at,
            message.sent_at,
            message.group,
            message.deduplication,
            json.dumps({"version": VERSION, **message.content}),
        ),
    )


def _visible(connection: Connection, reading: Reading, count: int, taken: list[int]) -> list[StoredMessage]:
    order = "number" if reading.is_fifo else "visible_at, number"
    others = f" AND number NOT IN ({', '.join(map(str, taken))})" if taken else ""
    statement = f"{_FIFO if reading.is_fifo else _STANDARD}{others} ORDER BY {order} LIMIT :count"
    return [_message(row) for row in connection.execute(statement, {"queue": reading.queue, "now": reading.now, "count": count})]


def _received(connection: Connection, reading: Reading, message: StoredMessage) -> StoredMessage:
    hidden_until = message.visible_at if reading.hidden_until is None else reading.hidden_until
    connection.execute(_RECEIVE, (reading.now, hidden_until, message.number))
    (row,) = connection.execute(_SELECT + "WHERE number = ?", (message.number,))
    return _message(row)


def _message(row: tuple[Any, ...]) -> StoredMessage:
    columns: list[Any] = [*row[:-1], json.loads(row[-1])]
    return StoredMessage(*columns)
