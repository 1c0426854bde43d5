"""The operations on items, from the request's own JSON."""

from collections.abc import Callable
from typing import Any

from local.aws.dynamodb import batches, reads, transactions, writes
from local.aws.dynamodb.account import Account
from local.aws.dynamodb.parameters import OPERATIONS, Request

Json = dict[str, Any]

_RUN: dict[str, Callable[[Account, Request], Json]] = {
    "GetItem": reads.get_item,
    "PutItem": writes.put_item,
    "UpdateItem": writes.update_item,
    "DeleteItem": writes.delete_item,
    "Query": reads.query,
    "Scan": reads.scan,
    "TransactWriteItems": transactions.transact_write_items,
    "TransactGetItems": transactions.transact_get_items,
    "BatchGetItem": batches.batch_get_item,
    "BatchWriteItem": batches.batch_write_item,
}


def is_on_items(operation: str) -> bool:
    return operation in _RUN


def run(account: Account, operation: str, request: Request) -> Json:
    """Run one operation; raises AwsError, or NotModelled for what is not known here."""
    OPERATIONS[operation].check(request)
    return _RUN[operation](account, request)
