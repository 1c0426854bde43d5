"""An answer means that the data is on disk; a failure means that nothing of it is."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from local.state.database import Database, StorageError, UnusableDatabase
from local.state.records import Records
from tests.support.paths import ROOT


@pytest.fixture(name="path")
def path_of_a_file(tmp_path: Path) -> Path:
    return tmp_path / "state.sqlite"


@pytest.fixture(name="database")
def open_database(path: Path) -> Iterator[Database]:
    with closing(Database(path)) as database:
        with database.transaction() as connection:
            connection.execute("CREATE TABLE words (word TEXT)")
        yield database


def add(database: Database, word: str) -> None:
    with database.transaction() as connection:
        connection.execute("INSERT INTO words VALUES (?)", (word,))


def add_and_refuse(database: Database, word: str) -> None:
    with database.transaction() as connection:
        connection.execute("INSERT INTO words VALUES (?)", (word,))
        raise LookupError


def add_all(database: Database, words: list[str]) -> None:
    for word in words:
        add(database, word)


def on_disk(path: Path) -> list[str]:
    """Read with a connection of its own, as after a crash."""
    with closing(sqlite3.connect(path)) as other:
        return [word for (word,) in other.execute("SELECT word FROM words ORDER BY word")]


def test_a_request_that_has_returned_is_on_disk(database: Database, path: Path) -> None:
    add(database, "one")
    assert on_disk(path) == ["one"]


def test_an_exception_undoes_only_the_statements_of_its_request(database: Database, path: Path) -> None:
    add(database, "one")
    with pytest.raises(LookupError):
        add_and_refuse(database, "two")
    add(database, "three")
    assert on_disk(path) == ["one", "three"]


def test_requests_of_many_threads_are_all_stored(database: Database, path: Path) -> None:
    words = [f"{number:03d}" for number in range(200)]
    threads = [threading.Thread(target=add_all, args=(database, words[part::8])) for part in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert on_disk(path) == words


def test_what_a_full_disk_refuses_is_not_stored_and_not_seen(database: Database, path: Path) -> None:
    add(database, "before")
    with database.transaction() as connection:
        ((pages,),) = connection.execute("PRAGMA page_count")
        connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StorageError, match="full"):
        add(database, "x" * 1_000_000)
    with database.transaction() as connection:
        assert connection.execute("SELECT word FROM words").fetchall() == [("before",)]
        connection.execute("PRAGMA max_page_count = 100000")
    add(database, "after")
    assert on_disk(path) == ["after", "before"]


def test_a_failed_commit_fails_everybody_who_has_seen_its_data(database: Database, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that answered from data that is lost afterwards would have told a lie."""
    outcomes: list[str] = []
    written = threading.Event()

    def write_what_cannot_be_committed() -> None:
        with database.transaction() as connection:
            connection.execute("INSERT INTO words VALUES ('lost')")
            connection.execute("CREATE TABLE parents (id INTEGER PRIMARY KEY)")
            connection.execute("CREATE TABLE children (parent REFERENCES parents DEFERRABLE INITIALLY DEFERRED)")
            connection.execute("INSERT INTO children VALUES (1)")
            written.set()

    def write() -> None:
        with pytest.raises(StorageError):
            write_what_cannot_be_committed()
        outcomes.append("write failed")

    def read() -> None:
        written.wait()
        try:
            with database.transaction() as connection:
                found = connection.execute("SELECT word FROM words").fetchall()
            outcomes.append(f"read {found}")
        except StorageError:
            outcomes.append("read failed")

    # A constraint that is checked by COMMIT makes the commit fail.
    database._connection.execute("PRAGMA foreign_keys = ON")
    threads = [threading.Thread(target=write), threading.Thread(target=read)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert "write failed" in outcomes
    assert outcomes[1 - outcomes.index("write failed")] in ("read failed", "read []")
    assert on_disk(path) == []


KILLED = """
import sys
from pathlib import Path
from local.state.database import Database
from local.state.records import Records
records = Records(Database(Path(sys.argv[1])), "numbers")
number = 0
while True:
    records.put(f"{number:06d}", number)
    print(number, flush=True)
    number += 1
"""


def test_a_killed_process_has_stored_everything_that_it_answered(path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", KILLED, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout
        for _ in range(50):
            process.stdout.readline()
        os.kill(process.pid, signal.SIGKILL)
        answered = 50 + len([line for line in process.stdout if line.endswith("\n")])
    with closing(Database(path)) as database:
        assert len(Records(database, "numbers").all()) >= answered


def test_a_request_after_the_end_is_refused(path: Path) -> None:
    database = Database(path)
    database.close()
    with pytest.raises(StorageError, match="closed"):
        add(database, "late")


def create_a_table(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute("CREATE TABLE more (x)")


def test_a_table_for_which_there_is_no_space_is_refused_too(database: Database) -> None:
    with database.transaction() as connection:
        ((pages,),) = connection.execute("PRAGMA page_count")
        connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StorageError, match="full"):
        create_a_table(database)


def test_a_database_in_memory_needs_no_file() -> None:
    with closing(Database(None)) as database:
        Records(database, "one").put("a", 1)
        assert Records(database, "one").get("a") == 1


def newer(path: Path) -> None:
    Database(path).close()
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA user_version = 99")
        other.execute("CREATE TABLE later (x)")


def foreign(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE theirs (x)")


def cut(path: Path) -> None:
    with closing(Database(path)) as database:
        Records(database, "one").put_all({str(number): "x" * 100 for number in range(2000)})
    os.truncate(path, path.stat().st_size // 2)


def no_database(path: Path) -> None:
    path.write_bytes(b"no database" * 1000)


@pytest.mark.parametrize(
    ("spoil", "words"), [(newer, "newer version"), (foreign, "no database of"), (cut, "malformed"), (no_database, "cannot be read")]
)
def test_a_file_that_cannot_be_used_is_refused_and_left_alone(path: Path, spoil: object, words: str) -> None:
    assert callable(spoil)
    spoil(path)
    before = path.read_bytes()
    with pytest.raises(UnusableDatabase, match=words) as refusal:
        Database(path)
    assert (path.read_bytes(), "\n" in str(refusal.value)) == (before, False)
