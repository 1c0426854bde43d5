"""Make the cost of a transaction proportional to its own items.

moto backs up a table by copying all its items once per operation: with a thousand videos, every claim would take seconds.
"""

import copy
from collections import defaultdict
from collections.abc import Callable
from functools import wraps
from typing import Any

from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table

Operation = dict[str, dict[str, Any]]


class TransactionCopier:
    """Replaces the module `copy` in moto's DynamoDB, whose calls are serialized."""

    def __init__(self) -> None:
        self._operations: list[Operation] = []

    def track_items(self, transact_write_items: Callable[..., None]) -> Callable[..., None]:
        """Return the function, which now records the items that it may change."""

        @wraps(transact_write_items)
        def tracked(backend: Any, transact_items: list[Operation]) -> None:
            self._operations = transact_items
            try:
                transact_write_items(backend, transact_items)
            finally:
                self._operations = []

        return tracked

    def deepcopy(self, value: Any, memo: dict[int, Any] | None = None) -> Any:
        """Copy only the items named by the transaction; the backup shares all others with the table."""
        if not self._operations or not isinstance(value, Table) or value.stream_shard is not None:
            return copy.deepcopy(value, memo)
        backup = copy.copy(value)
        backup.items = _copy_index(value)
        for operation in self._operations:
            (_, request), *_ = operation.items()
            if request.get("TableName") == value.name:
                _replace_with_copy(backup, request.get("Key") or request.get("Item", {}))
        return backup

    def __getattr__(self, name: str) -> Any:
        return getattr(copy, name)


def _copy_index(table: Table) -> Any:
    """Copy the mapping from keys to items, but share the items."""
    if not table.has_range_key:
        return defaultdict(dict, table.items)
    return defaultdict(dict, {key: dict(of_one) for key, of_one in table.items.items()})


def _replace_with_copy(backup: Table, key: dict[str, Any]) -> None:
    """Replace one item with a copy, because moto changes items in place."""
    names = [backup.hash_key_attr, *([backup.range_key_attr] if backup.range_key_attr else [])]
    if any(name not in key for name in names):
        return  # moto rejects the operation
    hash_key, *range_key = (DynamoType(key[name]) for name in names)
    items: dict[Any, Any] = backup.items
    for part in range_key:
        items, hash_key = items.get(hash_key, {}), part
    if hash_key in items:
        items[hash_key] = copy.deepcopy(items[hash_key])
