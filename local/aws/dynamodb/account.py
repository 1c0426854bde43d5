"""What every operation works with: the tables, the tokens of transactions, and what concurrent requests do to an item."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from local.aws.dynamodb.errors import not_found
from local.aws.dynamodb.parameters import Request
from local.aws.dynamodb.table import Table

Place = tuple[str, str]  # the table and the item's key


class Tokens(Protocol):
    """The client request tokens of transactions, for as long as DynamoDB knows them."""

    def is_known(self, token: str, request: Request) -> bool:
        """Return whether this transaction was written already; raises AwsError if another one was."""
        ...

    def keep(self, token: str, request: Request) -> None: ...


class Uncontended:
    """Requests run one after another, so they never meet at an item; a subclass may say otherwise."""

    def check_write(self, place: Place) -> None:
        """Refuse a plain write to an item that is busy."""

    def reason(self, place: Place) -> dict[str, Any] | None:
        """Return why a part of a transaction is refused, in the format of CancellationReasons; None if it is not."""
        return None

    def hold(self, places: Iterable[Place]) -> None:
        """Begin a transaction on these items."""


@dataclass(frozen=True)
class Account:
    """Tables by name, with what their operations share."""

    tables: Mapping[str, Table]
    tokens: Tokens
    contention: Uncontended

    def table(self, name: str) -> Table:
        table = self.tables.get(name)
        if table is None:
            raise not_found()
        return table
