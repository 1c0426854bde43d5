"""The simulator's tables: what is accepted, charged and answered is on disk before the answer."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from sqlite3 import Connection

from local.simulator.tasks.counts import Counts, PendingCounts
from local.state.database import Database, StorageError

# The ledger's entries stay. Everything else is about tasks that can still be polled or downloaded.
_TABLES = (
    """CREATE TABLE IF NOT EXISTS simulator_ledger (
        number INTEGER PRIMARY KEY, id TEXT NOT NULL, started_at REAL NOT NULL, ended_at REAL NOT NULL, ending TEXT NOT NULL,
        charge TEXT NOT NULL, usd REAL NOT NULL, entry TEXT NOT NULL,
        polls INTEGER NOT NULL DEFAULT 0, downloads INTEGER NOT NULL DEFAULT 0, video_sha256 TEXT NOT NULL DEFAULT '')""",
    """CREATE TABLE IF NOT EXISTS simulator_tasks (
        id TEXT PRIMARY KEY, number INTEGER NOT NULL, task TEXT NOT NULL, pictures TEXT NOT NULL,
        film_until REAL, forgotten_at REAL NOT NULL, signed_at REAL, end_reported INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID""",
    "CREATE INDEX IF NOT EXISTS simulator_films ON simulator_tasks (film_until) WHERE film_until IS NOT NULL",
    "CREATE INDEX IF NOT EXISTS simulator_forgotten ON simulator_tasks (forgotten_at)",
    "CREATE TABLE IF NOT EXISTS simulator_aliases (alias TEXT PRIMARY KEY, id TEXT NOT NULL) WITHOUT ROWID",
    """CREATE TABLE IF NOT EXISTS simulator_counts (
        kind TEXT, name TEXT, times INTEGER NOT NULL, PRIMARY KEY (kind, name)) WITHOUT ROWID""",
    "CREATE TABLE IF NOT EXISTS simulator_strays (method TEXT NOT NULL, path TEXT NOT NULL, authorization INTEGER NOT NULL)",
    # The numbers are never used again, because faults are counted by them.
    "CREATE TABLE IF NOT EXISTS simulator_script (number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, text TEXT NOT NULL)",
    """CREATE TABLE IF NOT EXISTS simulator_faults (
        scope TEXT, fault TEXT, times INTEGER NOT NULL, PRIMARY KEY (scope, fault)) WITHOUT ROWID""",
    "CREATE TABLE IF NOT EXISTS simulator_prompts (scope TEXT PRIMARY KEY, first_seen REAL NOT NULL) WITHOUT ROWID",
)

# Seconds by which the counts of polls and downloads on disk may be behind.
_LAG = 1.0


class Journal:
    """Writes counts along with whatever is written next; `clock` returns epoch seconds."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database, self._clock = database, clock
        self._counts = PendingCounts()
        self._urgent = False
        self._written_at = clock()
        with database.transaction() as connection:
            for table in _TABLES:
                connection.execute(table)

    def count(self, kind: str, name: str, *, urgent: bool) -> None:
        """Count something; if it is urgent, it is on disk before the next answer."""
        self._counts.count(kind, name)
        self._urgent = self._urgent or urgent

    def count_of_task(self, what: str, number: int) -> None:
        """Count one of a task's `polls` or `downloads`."""
        self._counts.count_of_task(what, number)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Read without writing the counts."""
        with self._database.transaction() as connection:
            yield connection

    @contextmanager
    def reading_counts(self) -> Iterator[Connection]:
        """Write the counts, if possible, and read."""
        self.write()
        with self.reading() as connection:
            yield connection

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Write all of the block and the counts so far, or nothing; raise StorageError if that is not possible."""
        taken = Counts()
        try:
            with self._database.transaction() as connection:
                # Taken here, where nobody else can read, so that no reader misses them.
                self._urgent, taken = False, self._counts.take()
                taken.write(connection)
                yield connection
        except BaseException:
            self._counts.put_back(taken)
            raise
        self._written_at = self._clock()

    def settle(self) -> None:
        """Before an answer: write the counts that are urgent or old; on a full disk they wait for the next time."""
        if self._urgent or (self._counts and abs(self._clock() - self._written_at) >= _LAG):
            self.write()

    def write(self) -> None:
        """Write all counts, if possible."""
        with suppress(StorageError):
            if self._counts:
                with self.transaction():
                    pass
