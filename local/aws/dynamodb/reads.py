"""GetItem, Query and Scan, page by page."""

from collections.abc import Iterable

from local.aws.dynamodb.account import Account
from local.aws.dynamodb.errors import Invalid
from local.aws.dynamodb.expressions.conditions import condition
from local.aws.dynamodb.expressions.key_conditions import key_condition
from local.aws.dynamodb.expressions.projections import projection
from local.aws.dynamodb.expressions.reader import Parsed, Scope, named
from local.aws.dynamodb.keys import key_of, projected, projected_names, scope_of
from local.aws.dynamodb.parameters import Request
from local.aws.dynamodb.schema import SEPARATOR, Index
from local.aws.dynamodb.table import Range, Table
from local.aws.dynamodb.values import Item, Value, normal_item, size_of

Json = dict[str, object]

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html
LARGEST_PAGE = 1_000_000


def get_item(account: Account, request: Request) -> Json:
    table = account.table(request["TableName"])
    shown = projected(request)
    item = table.read(key_of(table, request["Key"]), consistent=request.get("ConsistentRead", False))
    return {"Item": shown(item)} if item is not None else {}


def query(account: Account, request: Request) -> Json:
    table = account.table(request["TableName"])
    if "IndexName" not in request:
        return _query_key(table, request)
    index = table.indexes.get(request["IndexName"])
    if index is None:
        raise Invalid(f"The table does not have the specified index: {request['IndexName']}")
    if index.is_backfilling:
        raise Invalid(f"Cannot read from backfilling global secondary index: {index.name}")
    _check_index_read(index, table, request)
    wanted = key_condition(request["KeyConditionExpression"])
    page = _Page(request, wanted.parsed, index.keys)
    partition, bounds = wanted.range(page.scope, index.hash_key, index.range_key)
    for name, value in ((index.hash_key, partition), *((index.range_key or "", value) for _, value in bounds)):
        if index.types[name] not in value:
            raise Invalid("One or more parameter values were invalid: Condition parameter type does not match schema type")
    range_ = Range(partition, bounds, _position(table, index, request), request.get("ScanIndexForward", True))
    return page.answer(table.find(index.name, range_), (*table.keys, *index.keys))


def _query_key(table: Table, request: Request) -> Json:
    """Query the table itself; without a second part of the key, its partitions have one item each."""
    hash_key, range_key = table.keys[0], table.keys[1] if len(table.keys) > 1 else None
    wanted = key_condition(request["KeyConditionExpression"])
    page = _Page(request, wanted.parsed, table.keys)
    partition, bounds = wanted.range(page.scope, hash_key, range_key)
    consistent, forward = request.get("ConsistentRead", False), request.get("ScanIndexForward", True)
    if range_key is None:
        item = table.read(key_of(table, {hash_key: partition}), consistent=consistent)
        return page.answer([] if item is None or "ExclusiveStartKey" in request else [item], table.keys)
    texts = [(operator, _joined(table, partition, value)) for operator, value in bounds]
    first = _joined(table, partition, {"S": SEPARATOR})
    texts += [(">=", first[:-1]), ("<", f"{first[:-2]}\1")]
    if "ExclusiveStartKey" in request:
        texts.append((">" if forward else "<", key_of(table, request["ExclusiveStartKey"])))
    return page.answer(table.span(texts, forward=forward, consistent=consistent), table.keys)


def _joined(table: Table, partition: Value, sort: Value) -> str:
    """Return both values as a key's text."""
    if "S" not in partition or "S" not in sort:
        raise Invalid("One or more parameter values were invalid: Condition parameter type does not match schema type")
    return SEPARATOR.join((partition["S"], sort["S"]))


def scan(account: Account, request: Request) -> Json:
    table = account.table(request["TableName"])
    after = key_of(table, request["ExclusiveStartKey"]) if "ExclusiveStartKey" in request else None
    page = _Page(request, Parsed(), ())
    return page.answer(table.walk(after, consistent=request.get("ConsistentRead", False)), table.keys)


class _Page:
    """What a read returns of the items that it finds: which, how many, and which attributes of them."""

    def __init__(self, request: Request, wanted: Parsed, keys: tuple[str, ...]) -> None:
        self._limit = request.get("Limit")
        if self._limit is not None and self._limit < 1:
            raise Invalid(f"Value '{self._limit}' at 'limit' must have value greater than or equal to 1")
        text = request.get("FilterExpression")
        self._filter = condition(text) if text is not None else None
        self._shown = projected(request, wanted, *([self._filter] if self._filter else []))
        self.scope = scope_of(request, None)
        if self._filter and (filtered := {named(self.scope, path) for path in self._filter.paths} & {*keys}):
            raise Invalid(f"Filter Expression can only contain non-primary key attributes: Primary key attribute: {min(filtered)}")
        self._counts = _only_counts(request)

    def answer(self, found: Iterable[Item], keys: tuple[str, ...]) -> Json:
        """Take a page; `keys` are the attributes by which the next one begins."""
        items, is_last = self._taken(found)
        kept = [item for item in items if self._passes(item)]
        shown: Json = {} if self._counts else {"Items": [self._shown(item) for item in kept]}
        more = {} if is_last else {"LastEvaluatedKey": {name: items[-1][name] for name in dict.fromkeys(keys)}}
        return {**shown, "Count": len(kept), "ScannedCount": len(items), **more}

    def _taken(self, found: Iterable[Item]) -> tuple[list[Item], bool]:
        items: list[Item] = []
        size = 0
        for item in found:
            size += size_of(item)
            if items and size > LARGEST_PAGE:
                return items, False
            items.append(item)
            # At a Limit, DynamoDB stops without checking whether more items follow.
            if len(items) == self._limit:
                return items, False
        return items, True

    def _passes(self, item: Item) -> bool:
        return self._filter is None or self._filter.test(Scope(item, self.scope.names, self.scope.values))


def _only_counts(request: Request) -> bool:
    select = request.get("Select")
    if "ProjectionExpression" in request and select not in (None, "SPECIFIC_ATTRIBUTES"):
        raise Invalid(f"Cannot specify the ProjectionExpression when choosing to get {select}")
    if select == "SPECIFIC_ATTRIBUTES" and "ProjectionExpression" not in request:
        raise Invalid("Must specify the ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES")
    if select == "ALL_PROJECTED_ATTRIBUTES" and "IndexName" not in request:
        raise Invalid("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName")
    return select == "COUNT"


def _check_index_read(index: Index, table: Table, request: Request) -> None:
    """Refuse what an index does not have: its current state, and attributes that it does not show."""
    if request.get("ConsistentRead"):
        raise Invalid("Consistent reads are not supported on global secondary indexes")
    if index.included is None:
        return
    if request.get("Select") == "ALL_ATTRIBUTES":
        raise Invalid(
            "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global secondary index "
            f"{index.name} because its projection type is not ALL"
        )
    text = request.get("ProjectionExpression")
    wanted = projected_names(request, projection(text)) if text is not None else []
    if missing := sorted({*wanted} - {*table.keys, *index.keys, *index.included}):
        raise Invalid(f"One or more parameter values were invalid: Global secondary index {index.name} does not project {missing}")


def _position(table: Table, index: Index, request: Request) -> tuple[dict[str, str] | None, str] | None:
    """Return after which item a query goes on."""
    if "ExclusiveStartKey" not in request:
        return None
    start = normal_item(request["ExclusiveStartKey"])
    if {*start} != {*table.keys, *index.keys} or any(kind not in start[name] for name, kind in index.types.items()):
        raise Invalid("The provided starting key is invalid")
    return start[index.range_key] if index.range_key else None, key_of(table, {name: start[name] for name in table.keys})
