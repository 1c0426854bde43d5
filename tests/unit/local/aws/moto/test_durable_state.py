"""Whatever a call has changed is on disk before its answer, or undone."""

import json
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from local.aws.moto.durable_state import VERSION, DurableState, Fields
from local.state.database import Database, StorageError, UnusableDatabase
from local.state.records import Records


class Words:
    """A service of words by name, in memory as in moto."""

    def __init__(self) -> None:
        self.words: dict[str, Fields] = {}
        self.forgotten = 0

    def capture(self) -> dict[str, Fields]:
        return self.words

    def restore(self, stored: dict[str, Fields]) -> None:
        self.words = {key: {name: value for name, value in fields.items() if name != "version"} for key, fields in stored.items()}

    def forget_removed(self) -> None:
        self.forgotten += 1


@pytest.fixture(name="words")
def no_words() -> Words:
    return Words()


def put(words: Words, name: str, word: Any) -> Any:
    return lambda: words.words.__setitem__(name, {"word": word})


def loaded(database: Database) -> dict[str, Fields]:
    """Return what another start finds."""
    words = Words()
    DurableState(database, "words", words).load()
    return words.words


def test_what_a_call_adds_changes_and_removes_is_there_at_the_next_start(words: Words) -> None:
    with closing(Database(None)) as database:
        state = DurableState(database, "words", words)
        for name in ("a", "b", "c"):
            state.run(put(words, name, 1))
        state.run(put(words, "b", 2))
        assert state.run(lambda: words.words.pop("a")) == {"word": 1}
        assert loaded(database) == {"b": {"word": 2}, "c": {"word": 1}}
        assert words.forgotten == 1


def test_a_change_inside_a_value_is_noticed(words: Words) -> None:
    with closing(Database(None)) as database:
        state = DurableState(database, "words", words)
        state.run(put(words, "a", ["one"]))
        state.run(lambda: words.words["a"]["word"].append("two"))
        assert loaded(database) == {"a": {"word": ["one", "two"]}}


def test_only_what_has_changed_is_written(words: Words) -> None:
    with closing(Database(None)) as database:
        state = DurableState(database, "words", words)
        for name in ("a", "b"):
            state.run(put(words, name, 1))
        with database.transaction() as connection:
            before = connection.total_changes
        state.run(put(words, "a", 2))
        state.run(lambda: None)
        with database.transaction() as connection:
            assert connection.total_changes - before == 1


def test_without_space_the_change_is_undone_and_the_service_goes_on(words: Words, tmp_path: Path) -> None:
    with closing(Database(tmp_path / "state.sqlite")) as database:
        state = DurableState(database, "words", words)
        state.run(put(words, "a", 1))
        with database.transaction() as connection:
            ((pages,),) = connection.execute("PRAGMA page_count")
            connection.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(StorageError):
            state.run(put(words, "b", "x" * 100_000))
        assert words.words == {"a": {"word": 1}}
        with database.transaction() as connection:
            connection.execute("PRAGMA max_page_count = 1000")
        state.run(put(words, "b", 2))
        assert loaded(database) == {"a": {"word": 1}, "b": {"word": 2}}


def test_a_call_that_could_not_store_its_own_part_is_undone_as_a_whole(words: Words) -> None:
    def half() -> None:
        put(words, "a", 2)()
        raise StorageError("full")

    with closing(Database(None)) as database:
        state = DurableState(database, "words", words)
        state.run(put(words, "a", 1))
        with pytest.raises(StorageError):
            state.run(half)
        assert words.words == {"a": {"word": 1}}


def test_nobody_reads_what_is_not_stored_yet(words: Words) -> None:
    seen: list[Any] = []
    changed, reading = threading.Event(), threading.Event()

    def change() -> None:
        put(words, "a", "new")()
        changed.set()
        reading.wait()
        raise StorageError("full")

    def read() -> None:
        changed.wait()
        reading.set()
        seen.append(state.read(lambda: json.dumps(words.words)))

    with closing(Database(None)) as database:
        state = DurableState(database, "words", words)
        reader = threading.Thread(target=read)
        reader.start()
        with pytest.raises(StorageError):
            state.run(change)
        reader.join()
    assert seen == ["{}"]


def test_a_record_of_a_newer_version_is_refused_and_left_alone(words: Words) -> None:
    with closing(Database(None)) as database:
        newer = {"version": VERSION + 1, "word": 1}
        Records(database, "words").put("a", newer)
        with pytest.raises(UnusableDatabase, match="words a was written by a newer version"):
            DurableState(database, "words", words).load()
        assert Records(database, "words").get("a") == newer
