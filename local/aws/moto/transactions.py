"""Transactions whose cost is that of their own items.

moto backs up a table by copying each of its items, once for each operation: a thousand videos would make every claim take seconds.
"""

import copy
from collections import defaultdict
from collections.abc import Callable
from functools import wraps
from typing import Any

from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table

Operation = dict[str, dict[str, Any]]


class Copier:
    """Stands for the module `copy` in moto's DynamoDB, whose calls come one at a time."""

    def __init__(self) -> None:
        self._operations: list[Operation] = []

    def within(self, transact_write_items: Callable[..., None]) -> Callable[..., None]:
        """The same, remembering which items it may change."""

        @wraps(transact_write_items)
        def remembering(backend: Any, transact_items: list[Operation]) -> None:
            self._operations = transact_items
            try:
                transact_write_items(backend, transact_items)
            finally:
                self._operations = []

        return remembering

    def deepcopy(self, value: Any, memo: dict[int, Any] | None = None) -> Any:
        """A table is backed up with copies of the items that the transaction names; all others stay as they are, and are shared."""
        if not self._operations or not isinstance(value, Table) or value.stream_shard is not None:
            return copy.deepcopy(value, memo)
        backup = copy.copy(value)
        backup.items = _copied(value)
        for operation in self._operations:
            (_, request), *_ = operation.items()
            if request.get("TableName") == value.name:
                _own(backup, request.get("Key") or request.get("Item", {}))
        return backup

    def __getattr__(self, name: str) -> Any:
        return getattr(copy, name)


def _copied(table: Table) -> Any:
    """The mapping from keys to items, with the items themselves shared."""
    if not table.has_range_key:
        return defaultdict(dict, table.items)
    return defaultdict(dict, {key: dict(of_one) for key, of_one in table.items.items()})


def _own(backup: Table, key: dict[str, Any]) -> None:
    """Put a copy in the place of one item, because moto changes items where they are."""
    names = [backup.hash_key_attr, *([backup.range_key_attr] if backup.range_key_attr else [])]
    if any(name not in key for name in names):
        return  # moto refuses the operation
    hash_key, *range_key = (DynamoType(key[name]) for name in names)
    items: dict[Any, Any] = backup.items
    for part in range_key:
        items, hash_key = items.get(hash_key, {}), part
    if hash_key in items:
        items[hash_key] = copy.deepcopy(items[hash_key])
