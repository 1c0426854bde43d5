"""DynamoDB over the service's database: a request is one transaction, and its answer means that it is on disk."""

import time
from collections.abc import Callable
from typing import Any

from local.aws.dynamodb import administration, catalog, stored_table, stored_tokens
from local.aws.dynamodb.account import Account, Uncontended
from local.aws.dynamodb.catalog import Catalog
from local.aws.dynamodb.expiry import Expiry
from local.aws.dynamodb.operations import is_on_items, run
from local.aws.dynamodb.stored_tokens import StoredTokens
from local.aws.errors import AwsError
from local.state.database import Database

Json = dict[str, Any]


class DynamoDB:
    """Any number of threads; `now` returns the seconds of the clock."""

    def __init__(self, database: Database, now: Callable[[], float] = time.time) -> None:
        self._database, self._now = database, now
        with database.transaction() as connection:
            for statement in (*catalog.TABLES, *stored_table.TABLES, *stored_tokens.TABLES):
                connection.execute(statement)
        self._expiry = Expiry(database, now)

    def answer(self, operation: str, request: Json) -> Json:
        """Run one operation; raises AwsError, NotModelled, or StorageError if nothing could be stored."""
        if operation in administration.PARAMETERS:
            administration.PARAMETERS[operation].check(request)
        elif not is_on_items(operation):
            raise AwsError(400, "com.amazon.coral.service#UnknownOperationException", f"the local service does not support {operation}")
        self._expiry.run_if_due()
        with self._database.transaction() as connection:
            tables = Catalog(connection)
            if operation in administration.RUN:
                return administration.RUN[operation](tables, request)
            return run(Account(tables, StoredTokens(connection, self._now()), Uncontended()), operation, request)
