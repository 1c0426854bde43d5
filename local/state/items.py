"""Read the items of a table straight from the database, without the service."""

import json
import sqlite3
from collections.abc import Iterator
from typing import Any

_ITEMS = "SELECT item FROM dynamodb_items WHERE table_id = (SELECT id FROM dynamodb_tables WHERE name = ?) ORDER BY key"


def stored_items(connection: sqlite3.Connection, table: str) -> Iterator[dict[str, Any]]:
    """Yield a table's items in DynamoDB's JSON."""
    for (text,) in connection.execute(_ITEMS, (table,)):
        yield json.loads(text)
