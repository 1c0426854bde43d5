"""The accepted tasks, each for as long as it can be polled or its video be downloaded."""

from dataclasses import dataclass
from sqlite3 import Connection

from local.simulator.tasks.journal import Journal
from local.simulator.tasks.serialized import from_json, to_json
from local.simulator.tasks.task import Task

_FIND = """
SELECT task, number, tasks.id, film_until, forgotten_at, signed_at, end_reported, video_sha256
FROM simulator_tasks AS tasks JOIN simulator_ledger USING (number) WHERE tasks.id = """
_ALIASED = "coalesce((SELECT id FROM simulator_aliases WHERE alias = ?), ?)"
# A task is needed for polls until it is forgotten, and for downloads until its video is deleted.
_UNNEEDED = "forgotten_at <= ? AND film_until IS NULL"


@dataclass(frozen=True)
class OldFilm:
    id: str
    pictures: list[str]  # of an order whose video was never asked for


class TaskTable:
    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def add(self, connection: Connection, task: Task) -> None:
        pictures = task.order.picture_files if task.film_until is not None else ()
        connection.execute(
            "INSERT INTO simulator_tasks (id, number, task, pictures, film_until, forgotten_at) VALUES (?, ?, ?, ?, ?, ?)",
            (task.id, task.number, to_json(task), " ".join(pictures), task.film_until, task.forgotten_at),
        )

    def has(self, connection: Connection, task_id: str) -> bool:
        return connection.execute("SELECT 1 FROM simulator_tasks WHERE id = ?", (task_id,)).fetchone() is not None

    def add_alias(self, connection: Connection, alias: str, task_id: str) -> None:
        """Make a poll with an unusual id that a fault returned find the task."""
        connection.execute("INSERT OR REPLACE INTO simulator_aliases VALUES (?, ?)", (alias, task_id))

    def find(self, task_id: str) -> Task | None:
        return self._find("?", task_id)

    def find_aliased(self, task_id: str) -> Task | None:
        """Find a task by its id or an alias."""
        return self._find(_ALIASED, task_id, task_id)

    def _find(self, which: str, *values: str) -> Task | None:
        with self._journal.reading() as connection:
            found = connection.execute(_FIND + which, values).fetchone()
        if found is None:
            return None
        text, number, name, film_until, forgotten_at, signed_at, end_reported, digest = found
        return from_json(
            text,
            number=number,
            id=name,
            film_until=film_until,
            forgotten_at=forgotten_at,
            signed_at=signed_at,
            end_reported=bool(end_reported),
            video_sha256=digest,
        )

    def note_end_reported(self, task: Task) -> None:
        if not task.end_reported:
            with self._journal.transaction() as connection:
                connection.execute("UPDATE simulator_tasks SET end_reported = 1 WHERE id = ?", (task.id,))

    def sign_once(self, task: Task, now: float) -> float:
        """Return when the task's only link was signed: now, if never before."""
        if task.signed_at is not None:
            return task.signed_at
        with self._journal.transaction() as connection:
            connection.execute("UPDATE simulator_tasks SET signed_at = coalesce(signed_at, ?) WHERE id = ?", (now, task.id))
            ((signed_at,),) = connection.execute("SELECT signed_at FROM simulator_tasks WHERE id = ?", (task.id,))
        return float(signed_at)

    def record_film(self, task: Task, digest: str) -> list[str]:
        """Record the video that is on disk, before it is first served; return the pictures that it no longer needs."""
        if task.video_sha256:
            return []
        with self._journal.transaction() as connection:
            ((pictures,),) = connection.execute("SELECT pictures FROM simulator_tasks WHERE id = ?", (task.id,))
            connection.execute("UPDATE simulator_tasks SET pictures = '' WHERE id = ?", (task.id,))
            connection.execute("UPDATE simulator_ledger SET video_sha256 = ? WHERE number = ?", (digest, task.number))
        return str(pictures).split()

    def pictures(self) -> list[str]:
        """Return the file of each picture that a video still needs, once for each."""
        with self._journal.reading() as connection:
            found = connection.execute("SELECT pictures FROM simulator_tasks WHERE pictures <> ''").fetchall()
        return [name for (names,) in found for name in names.split()]

    def films(self) -> set[str]:
        """Return the ids of all tasks whose videos can be downloaded, now or later."""
        with self._journal.reading() as connection:
            return {name for (name,) in connection.execute("SELECT id FROM simulator_tasks WHERE film_until IS NOT NULL")}

    def drop_old_films(self, now: float) -> list[OldFilm]:
        """Record that the videos past their time are deleted, and return them."""
        with self._journal.transaction() as connection:
            found = connection.execute("SELECT id, pictures FROM simulator_tasks WHERE film_until <= ?", (now,)).fetchall()
            connection.execute("UPDATE simulator_tasks SET film_until = NULL, pictures = '' WHERE film_until <= ?", (now,))
        return [OldFilm(name, pictures.split()) for name, pictures in found]

    def forget(self, now: float) -> None:
        """Delete what nobody can ask for; the ledger's entries stay."""
        with self._journal.transaction() as connection:
            for table, column in (("faults", "scope"), ("aliases", "id")):
                old = f"SELECT id FROM simulator_tasks WHERE {_UNNEEDED}"  # noqa: S608 - constants
                connection.execute(f"DELETE FROM simulator_{table} WHERE {column} IN ({old})", (now,))  # noqa: S608 - constants
            connection.execute(f"DELETE FROM simulator_tasks WHERE {_UNNEEDED}", (now,))  # noqa: S608 - constants
