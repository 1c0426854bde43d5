"""The tables of the account, by name, with their settings: what CreateTable and the other operations on whole tables change."""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from sqlite3 import Connection
from typing import Any

from local.aws.dynamodb.schema import Schema, schema_of
from local.aws.dynamodb.stored_table import StoredTable

Json = dict[str, Any]

TABLES = ("CREATE TABLE IF NOT EXISTS dynamodb_tables (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, settings TEXT NOT NULL)",)


class Catalog(Mapping[str, StoredTable]):
    """Reads within one transaction of the database; `settings` are the parameters of CreateTable as changed since."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def __getitem__(self, name: str) -> StoredTable:
        found = self.connection.execute("SELECT id, settings FROM dynamodb_tables WHERE name = ?", (name,)).fetchone()
        if found is None:
            raise KeyError(name)
        return StoredTable(self.connection, found[0], _schema(found[1]))

    def __iter__(self) -> Iterator[str]:
        return iter([name for (name,) in self.connection.execute("SELECT name FROM dynamodb_tables ORDER BY name")])

    def __len__(self) -> int:
        ((count,),) = self.connection.execute("SELECT count(*) FROM dynamodb_tables")
        return int(count)

    def add(self, settings: Json) -> None:
        text = json.dumps(settings)
        self.connection.execute("INSERT INTO dynamodb_tables (name, settings) VALUES (?, ?)", (settings["TableName"], text))

    def settings(self, name: str) -> Json:
        ((text,),) = self.connection.execute("SELECT settings FROM dynamodb_tables WHERE name = ?", (name,))
        settings: Json = json.loads(text)
        return settings

    def change(self, name: str, **changed: Any) -> None:
        """Replace settings; None removes one."""
        settings = {key: value for key, value in (self.settings(name) | changed).items() if value is not None}
        self.connection.execute("UPDATE dynamodb_tables SET settings = ? WHERE name = ?", (json.dumps(settings), name))

    def remove(self, name: str) -> None:
        self[name].remove_all()
        self.connection.execute("DELETE FROM dynamodb_tables WHERE name = ?", (name,))


@lru_cache(64)
def _schema(settings: str) -> Schema:
    return schema_of(json.loads(settings))
