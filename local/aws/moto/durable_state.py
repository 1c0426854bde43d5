"""Keep the state of a service of moto on disk: what a call has changed is stored before it is answered."""

import json
from collections.abc import Callable
from contextlib import suppress
from threading import RLock
from typing import Any, Protocol, TypeVar

from local.state.database import Database, StorageError, UnusableDatabase
from local.state.records import Records

T = TypeVar("T")
Fields = dict[str, Any]

# Of the named fields of each record.
VERSION = 1


class Objects(Protocol):
    """The objects of one service in moto, as named fields by key."""

    def capture(self) -> dict[str, Fields]:
        """Return the fields of every object; they must be JSON."""

    def restore(self, stored: dict[str, Fields]) -> None:
        """Make moto's objects those stored, and no others; an object that is there already stays the same object."""

    def forget_removed(self) -> None:
        """Delete what else belonged to objects that are gone."""


class DurableState:
    """One service's objects; calls that read or change them run one at a time, so that nobody sees what is not stored."""

    def __init__(self, database: Database, space: str, objects: Objects) -> None:
        self._records, self._objects, self._space = Records(database, space), objects, space
        self._lock = RLock()
        self._stored: dict[str, str] = {}

    def load(self) -> None:
        """Put the stored objects into moto."""
        with self._lock:
            found = self._records.all()
            for key, value in found.items():
                if value["version"] > VERSION:
                    raise UnusableDatabase(f"the record {self._space} {key} was written by a newer version; nothing was changed")
            self._stored = {key: _text(value) for key, value in found.items()}
            self._restore()
            self._forget()

    def run(self, call: Callable[[], T]) -> T:
        """Return the call's result when its changes are on disk; undo them and raise StorageError if they cannot be stored."""
        with self._lock:
            try:
                result = call()
            except StorageError:
                self._restore()
                raise
            self.store()
        return result

    def read(self, call: Callable[[], T]) -> T:
        """Return the result of a call that changes nothing."""
        with self._lock:
            return call()

    def store(self) -> None:
        """Store what has changed in moto since the last time; undo it and raise StorageError if that is not possible."""
        with self._lock:
            captured = {key: {"version": VERSION, **fields} for key, fields in self._objects.capture().items()}
            texts = {key: _text(value) for key, value in captured.items()}
            changed = {key: captured[key] for key, text in texts.items() if self._stored.get(key) != text}
            removed = self._stored.keys() - texts.keys()
            if not changed and not removed:
                return
            try:
                self._records.change(changed, removed)
            except StorageError:
                self._restore()
                raise
            self._stored = texts
            if removed:
                self._forget()

    def _forget(self) -> None:
        """Without space, it is done at the next start."""
        with suppress(StorageError):
            self._objects.forget_removed()

    def _restore(self) -> None:
        self._objects.restore({key: json.loads(text) for key, text in self._stored.items()})


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def replace_fields(found: Any, fields: Fields, names: tuple[str, ...]) -> None:
    """Give an object of moto its named fields; those that the record does not have stay."""
    vars(found).update({name: fields[name] for name in names if name in fields})


def fields_of(found: Any, names: tuple[str, ...]) -> Fields:
    return {name: vars(found)[name] for name in names if name in vars(found)}
