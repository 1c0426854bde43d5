"""DynamoDB in memory: the local service's operations over dict tables, with what concurrent requests do to their items."""

from collections.abc import Mapping
from typing import Any

from local.aws.dynamodb.account import Account
from local.aws.dynamodb.errors import refusal
from local.aws.dynamodb.operations import is_on_items, run
from tests.support.memory_aws.contention import Contention
from tests.support.memory_aws.table import Table

Json = dict[str, Any]


class MemoryTokens:
    """The tokens of all transactions ever, and until when each transaction is in progress."""

    def __init__(self, contention: Contention) -> None:
        self._contention = contention
        self._known: dict[tuple[str, ...], tuple[Json, float]] = {}

    def is_known(self, token: str, request: Json) -> bool:
        first, until = self._known.get(_place(token, request), (None, 0.0))
        if first is None:
            return False
        if first != request:
            raise refusal("IdempotentParameterMismatchException", "Parameters differ from those of the first request")
        if self._contention.is_going_on(until):
            raise refusal("TransactionInProgressException", "The transaction with the given request token is already in progress.")
        return True

    def keep(self, token: str, request: Json) -> None:
        self._known[_place(token, request)] = request, self._contention.until


def _place(token: str, request: Json) -> tuple[str, ...]:
    """Return where a token is known: for DynamoDB the whole account; here tests share one, with tables of their own."""
    return token, *sorted({part["TableName"] for each in request["TransactItems"] for part in each.values()})


class MemoryDynamoDB:
    """Tables by name; every operation that is not on items raises NotImplementedError."""

    def __init__(self, tables: Mapping[str, Table], contention: Contention | None = None) -> None:
        self.tables, self.contention = tables, contention or Contention()
        self._account = Account(self.tables, MemoryTokens(self.contention), self.contention)

    def answer(self, operation: str, request: Json) -> Json:
        """Run one operation; raises AwsError."""
        if not is_on_items(operation):
            raise NotImplementedError(f"dynamodb.{operation}")
        return run(self._account, operation, request)
