"""The client request tokens of transactions, in the database."""

import hashlib
import json
from dataclasses import dataclass
from sqlite3 import Connection
from typing import Any

from local.aws.dynamodb.errors import refusal

# "A client request token is valid for 10 minutes after the first request that uses it is completed."
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
VALID_SECONDS = 600

TABLES = (
    "CREATE TABLE IF NOT EXISTS dynamodb_tokens (token TEXT PRIMARY KEY, digest BLOB NOT NULL, until REAL NOT NULL) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS dynamodb_tokens_until ON dynamodb_tokens (until)",
)


@dataclass(frozen=True)
class StoredTokens:
    """Within one transaction of the database, at the time `now` in seconds."""

    connection: Connection
    now: float

    def is_known(self, token: str, request: dict[str, Any]) -> bool:
        found = self.connection.execute("SELECT digest FROM dynamodb_tokens WHERE token = ? AND until > ?", (token, self.now)).fetchone()
        if found and found[0] != _digest(request):
            raise refusal("IdempotentParameterMismatchException", "Parameters differ from those of the first request")
        return bool(found)

    def keep(self, token: str, request: dict[str, Any]) -> None:
        """Remember a token, and forget those that are no longer valid."""
        self.connection.execute("DELETE FROM dynamodb_tokens WHERE until <= ?", (self.now,))
        row = (token, _digest(request), self.now + VALID_SECONDS)
        self.connection.execute("INSERT INTO dynamodb_tokens VALUES (?, ?, ?)", row)


def _digest(request: dict[str, Any]) -> bytes:
    return hashlib.sha256(json.dumps(request, sort_keys=True).encode()).digest()
