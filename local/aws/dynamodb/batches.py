"""BatchGetItem and BatchWriteItem: many plain requests in one."""

from collections.abc import Iterator
from typing import Any

from local.aws.dynamodb.account import Account
from local.aws.dynamodb.errors import Invalid
from local.aws.dynamodb.keys import key_of, projected
from local.aws.dynamodb.parameters import PARTS, Request, part_of
from local.aws.dynamodb.table import Table
from local.aws.dynamodb.values import Item, size_of
from local.aws.dynamodb.writes import KINDS, Change

Json = dict[str, Any]

# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
MOST_READS, MOST_WRITES = 100, 25
LARGEST_ANSWER = 16 * 1024 * 1024


def batch_get_item(account: Account, request: Request) -> Json:
    """Read many items; those beyond 16 MB are left to another request, as `UnprocessedKeys`."""
    wanted = request["RequestItems"]
    for each in wanted.values():
        PARTS["KeysAndAttributes"].check(each)
    _check_count(sum(len(each["Keys"]) for each in wanted.values()), MOST_READS)
    answer: Json = {"Responses": {}, "UnprocessedKeys": {}}
    left = LARGEST_ANSWER
    for name, each in wanted.items():
        items, rest, left = _read(account.table(name), each, left)
        answer["Responses"][name] = items
        if rest:
            answer["UnprocessedKeys"][name] = {**each, "Keys": rest}
    return answer


def _read(table: Table, each: Json, left: int) -> tuple[list[Item], list[Item], int]:
    """Return the items, the keys that are left, and how many bytes fit besides."""
    keys, shown = _distinct([key_of(table, key) for key in each["Keys"]], "Provided list of item keys contains duplicates"), projected(each)
    items: list[Item] = []
    for at, key in enumerate(keys):
        item = table.read(key, consistent=each.get("ConsistentRead", False))
        left -= size_of(item or {})
        if left < 0:
            return items, each["Keys"][at:], 0
        items += [shown(item)] if item is not None else []
    return items, [], left


def batch_write_item(account: Account, request: Request) -> Json:
    """Put and delete many items; a batch that is refused as a whole writes nothing."""
    for change in list(_changes(account, request["RequestItems"])):
        change.make()
    return {"UnprocessedItems": {}}


def _changes(account: Account, wanted: Json) -> Iterator[Change]:
    _check_count(sum(len(parts) for parts in wanted.values()), MOST_WRITES)
    for name, parts in wanted.items():
        table = account.table(name)
        changes = [_change(table, *part_of(part, "PutRequest", "DeleteRequest")) for part in parts]
        _distinct([change.key for change in changes], "Provided list of item keys contains duplicates")
        for change in changes:
            account.contention.check_write((name, change.key))
            yield change


def _change(table: Table, kind: str, request: Request) -> Change:
    return KINDS[kind.removesuffix("Request")](table, request)


def _check_count(count: int, most: int) -> None:
    if not 0 < count <= most:
        raise Invalid(f"The batch must have between 1 and {most} parts, and has {count}")


def _distinct(keys: list[str], problem: str) -> list[str]:
    if len(set(keys)) < len(keys):
        raise Invalid(problem)
    return keys
