"""DynamoDB in memory: the operations and errors that the product needs, from the request's own JSON."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.support.memory_aws import expressions
from tests.support.memory_aws.expressions import Invalid, Item, KeyRange, Parsed, Scope, Value, named
from tests.support.memory_aws.responses import AwsError
from tests.support.memory_aws.table import Index, Position, Table

Request = dict[str, Any]
Json = dict[str, Any]

_PREFIX = "com.amazonaws.dynamodb.v20120810#"
# DynamoDB's page is 1 MB; our records have about 1.5 KB.
PAGE = 700
MOST_IN_TRANSACTION = 100


def refusal(code: str, message: str, **fields: Any) -> AwsError:
    """Return an error in DynamoDB's namespace."""
    return AwsError(400, _PREFIX + code, message, **fields)


def invalid(message: str) -> AwsError:
    return AwsError(400, "com.amazon.coral.validate#ValidationException", message)


class MemoryDynamoDB:
    """Tables by name; every other operation raises NotImplementedError."""

    def __init__(self, tables: Mapping[str, Table]) -> None:
        self.tables = tables
        self._tokens: dict[tuple[str, ...], Request] = {}
        self._operations: dict[str, Callable[[Request], Json]] = {
            "GetItem": self.get_item,
            "PutItem": self.put_item,
            "UpdateItem": self.update_item,
            "DeleteItem": self.delete_item,
            "Query": self.query,
            "Scan": self.scan,
            "TransactWriteItems": self.transact_write_items,
        }

    def answer(self, operation: str, request: Request) -> Json:
        """Run one operation; raises AwsError."""
        if operation not in self._operations:
            raise NotImplementedError(f"dynamodb.{operation}")
        try:
            return self._operations[operation](request)
        except Invalid as problem:
            raise invalid(str(problem)) from None

    def get_item(self, request: Request) -> Json:
        _only(request, "TableName", "Key", "ConsistentRead")
        table = self._table(request)
        item = table.items.get(_key(table, request["Key"]))
        return {"Item": item} if item is not None else {}

    def put_item(self, request: Request) -> Json:
        table, key, new, old = self._put(request)
        table.write(key, new)
        return _returned(request, old, new)

    def update_item(self, request: Request) -> Json:
        table, key, new, old = self._update(request)
        table.write(key, new)
        return _returned(request, old, new)

    def delete_item(self, request: Request) -> Json:
        table, key, new, old = self._delete(request)
        table.write(key, new)
        return _returned(request, old, new)

    def query(self, request: Request) -> Json:
        _only(request, *_READING, "IndexName", "KeyConditionExpression", "ScanIndexForward")
        table = self._table(request)
        index = table.index(request["IndexName"])
        reading = Scope({}, request.get("ExpressionAttributeNames", {}), request.get("ExpressionAttributeValues", {}))
        wanted = expressions.key_range(request["KeyConditionExpression"], index.hash_key)
        _check_placeholders(request, wanted.parsed, *([expressions.condition(text)] if (text := request.get("FilterExpression")) else []))
        positions = _matching(index, wanted, reading)
        if not request.get("ScanIndexForward", True):
            positions.reverse()
        if start := request.get("ExclusiveStartKey"):
            positions = _after(positions, _start(table, index, start), forward=request.get("ScanIndexForward", True))
        return _page(request, [table.shown(index, key) for _, key in positions], lambda item: _cursor(table, index, item))

    def scan(self, request: Request) -> Json:
        _only(request, *_READING)
        table = self._table(request)
        keys = sorted(table)
        if start := request.get("ExclusiveStartKey"):
            keys = keys[keys.index(_key(table, start)) + 1 :]
        return _page(request, [table.items[key] for key in keys], lambda item: {table.key: item[table.key]})

    def transact_write_items(self, request: Request) -> Json:
        """Write all or nothing; a repeated client token gets the first answer again."""
        _only(request, "TransactItems", "ClientRequestToken")
        # DynamoDB compares tokens in the whole account; here tests with tables of their own share one, and their tokens.
        token = (
            request.get("ClientRequestToken", ""),
            *sorted({part["TableName"] for each in request["TransactItems"] for part in each.values()}),
        )
        if token in self._tokens:
            if self._tokens[token] != request:
                raise refusal("IdempotentParameterMismatchException", "Parameters differ from those of the first request")
            return {}
        writes = self._checked(request["TransactItems"])
        for table, key, new in writes:
            table.write(key, new)
        if token[0]:
            self._tokens[token] = request
        return {}

    def _checked(self, parts: list[Json]) -> list[tuple[Table, str, Item | None]]:
        if not 0 < len(parts) <= MOST_IN_TRANSACTION:
            raise invalid("Member must have length less than or equal to 100 and greater than or equal to 1")
        kinds = {"Put": self._put, "Update": self._update, "Delete": self._delete, "ConditionCheck": self._check}
        writes: list[tuple[Table, str, Item | None]] = []
        reasons: list[Json] = []
        touched: set[tuple[str, str]] = set()
        for part in parts:
            ((kind, request),) = part.items()
            try:
                table, key, new, _ = kinds[kind](request)
                writes += [] if kind == "ConditionCheck" else [(table, key, new)]
                reasons.append({"Code": "None"})
            except AwsError as error:
                if not error.code.endswith("ConditionalCheckFailedException"):
                    raise
                table, key = self._table(request), self._key_of(kind, request)
                reasons.append({"Code": "ConditionalCheckFailed", "Message": error.message, **error.fields})
            if (table.name, key) in touched:
                raise invalid("Transaction request cannot include multiple operations on one item")
            touched.add((table.name, key))
        if any(reason["Code"] != "None" for reason in reasons):
            raise cancelled(reasons)
        return writes

    def _key_of(self, kind: str, request: Request) -> str:
        return _key(self._table(request), request["Item" if kind == "Put" else "Key"], whole=kind != "Put")

    def _table(self, request: Request) -> Table:
        table = self.tables.get(request["TableName"])
        if table is None:
            raise refusal("ResourceNotFoundException", "Requested resource not found")
        return table

    # Each of these returns the table, the key, the new item and the old item.

    def _put(self, request: Request) -> tuple[Table, str, Item | None, Item | None]:
        _only(request, *_WRITING, "Item", "ReturnValues")
        table = self._table(request)
        key = _key(table, request["Item"], whole=False)
        old = table.items.get(key)
        _check(request, old)
        return table, key, _fitting(table, request["Item"]), old

    def _update(self, request: Request) -> tuple[Table, str, Item | None, Item | None]:
        _only(request, *_WRITING, "Key", "UpdateExpression", "ReturnValues")
        table = self._table(request)
        key = _key(table, request["Key"])
        old = table.items.get(key)
        change = expressions.update(request["UpdateExpression"]) if "UpdateExpression" in request else Parsed()
        _check(request, old, change)
        return table, key, _fitting(table, _changed(request, table, old or {table.key: {"S": key}}, change)), old

    def _delete(self, request: Request) -> tuple[Table, str, Item | None, Item | None]:
        _only(request, *_WRITING, "Key", "ReturnValues")
        table = self._table(request)
        key = _key(table, request["Key"])
        old = table.items.get(key)
        _check(request, old)
        return table, key, None, old

    def _check(self, request: Request) -> tuple[Table, str, Item | None, Item | None]:
        table, key, _, old = self._delete(request)
        return table, key, old, old


_WRITING = (
    "TableName",
    "ConditionExpression",
    "ExpressionAttributeNames",
    "ExpressionAttributeValues",
    "ReturnValuesOnConditionCheckFailure",
)
_READING = (
    "TableName",
    "ExclusiveStartKey",
    "Limit",
    "Select",
    "FilterExpression",
    "ExpressionAttributeNames",
    "ExpressionAttributeValues",
    "ConsistentRead",
)


def cancelled(reasons: list[Json]) -> AwsError:
    """Return the answer to a transaction with a refused part."""
    codes = ", ".join(reason["Code"] for reason in reasons)
    message = f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"
    # The real service also uses a capital M here; botocore accepts both.
    return refusal("TransactionCanceledException", message, CancellationReasons=reasons, Message=message)


def _only(request: Request, *known: str) -> None:
    if unknown := request.keys() - set(known):
        raise NotImplementedError(f"dynamodb: {', '.join(sorted(unknown))}")


def _key(table: Table, attributes: Item, *, whole: bool = True) -> str:
    """Return the key's value; `whole` forbids other attributes."""
    value = attributes.get(table.key)
    if value is None or (whole and len(attributes) != 1):
        raise invalid("The provided key element does not match the schema" if whole else f"Missing the key {table.key} in the item")
    if "S" not in value:
        raise invalid("The provided key element does not match the schema" if whole else f"Type mismatch for key {table.key}")
    if not value["S"]:
        raise invalid(f"The AttributeValue for a key attribute cannot contain an empty string value. Key: {table.key}")
    key: str = value["S"]
    return key


def _check_placeholders(request: Request, *parsed: Parsed) -> None:
    """Refuse placeholders without a value and values without a placeholder, like DynamoDB."""
    _match_up(request, "ExpressionAttributeNames", set().union(*(each.names for each in parsed)), "name used in the document path")
    _match_up(request, "ExpressionAttributeValues", set().union(*(each.values for each in parsed)), "value used in expression")


def _match_up(request: Request, member: str, used: set[str], what: str) -> None:
    given = request.get(member, {}).keys()
    if missing := used - given:
        raise invalid(f"An expression attribute {what} is not defined; attribute {what.split()[0]}: {min(missing)}")
    if unused := given - used:
        raise invalid(f"Value provided in {member} unused in expressions: keys: {{{', '.join(sorted(unused))}}}")


def _check(request: Request, old: Item | None, change: Parsed | None = None) -> None:
    text = request.get("ConditionExpression")
    condition = expressions.condition(text) if text else Parsed()
    _check_placeholders(request, condition, change or Parsed())
    scope = Scope(old or {}, request.get("ExpressionAttributeNames", {}), request.get("ExpressionAttributeValues", {}))
    if not condition.test(scope):
        shown = {"Item": old} if old and request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" else {}
        raise refusal("ConditionalCheckFailedException", "The conditional request failed", **shown)


def _changed(request: Request, table: Table, old: Item, change: Parsed) -> Item:
    """Return the item after SET, ADD and REMOVE, which all read the old item."""
    scope = Scope(old, request.get("ExpressionAttributeNames", {}), request.get("ExpressionAttributeValues", {}))
    paths = [named(scope, path) for path in (*(path for path, _ in change.sets), *(path for path, _ in change.adds), *change.removes)]
    if len(set(paths)) < len(paths):
        raise Invalid("Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these paths")
    if table.key in paths:
        raise Invalid(f"One or more parameter values were invalid: Cannot update attribute {table.key}. This attribute is part of the key")
    new = dict(old)
    for path, operand in change.sets:
        value = operand(scope)
        if value is None:
            raise Invalid("The provided expression refers to an attribute that does not exist in the item")
        new[named(scope, path)] = value
    for path, operand in change.adds:
        new[named(scope, path)] = expressions.add(old.get(named(scope, path), {"N": "0"}), operand(scope))
    for path in change.removes:
        new.pop(named(scope, path), None)
    return new


def _fitting(table: Table, item: Item) -> Item:
    for index in table.indexes.values():
        if name := index.refuses(item):
            raise invalid(f"One or more parameter values were invalid: Type mismatch for Index Key {name} IndexName: {index.name}")
    return item


def _returned(request: Request, old: Item | None, new: Item | None) -> Json:
    match request.get("ReturnValues", "NONE"):
        case "NONE":
            return {}
        case "ALL_OLD":
            return {"Attributes": old} if old else {}
        case "ALL_NEW":
            return {"Attributes": new}
        case other:
            raise NotImplementedError(f"ReturnValues={other}")


def _matching(index: Index, wanted: KeyRange, scope: Scope) -> list[Position]:
    if not wanted.paths <= {*index.keys}:
        raise Invalid(f"Query condition missed key schema element: {index.hash_key}")
    bounds = [(operator, _scalar(operand(scope))) for operator, operand in wanted.bounds]
    return index.between(_scalar(wanted.partition(scope)), bounds)


def _scalar(value: Value | None) -> Any:
    assert value is not None
    return expressions.comparable(value)


def _after(positions: list[Position], start: Position, *, forward: bool) -> list[Position]:
    return [position for position in positions if (position > start if forward else position < start)]


def _start(table: Table, index: Index, start: Item) -> Position:
    return expressions.comparable(start[index.range_key]) if index.range_key else "", start[table.key]["S"]


def _cursor(table: Table, index: Index, item: Item) -> Item:
    return {name: item[name] for name in (table.key, *index.keys)}


def _page(request: Request, found: list[Item | None], cursor: Callable[[Item], Item]) -> Json:
    limit = min(request.get("Limit", PAGE), PAGE)
    page = [item for item in found[:limit] if item is not None]
    scanned = len(page)
    # At a Limit, DynamoDB stops without checking whether more items follow.
    stopped = len(found) > limit or (len(found) == limit and "Limit" in request)
    more = {"LastEvaluatedKey": cursor(page[-1])} if stopped and page else {}
    if text := request.get("FilterExpression"):
        names, values = request.get("ExpressionAttributeNames", {}), request.get("ExpressionAttributeValues", {})
        page = [item for item in page if expressions.condition(text).test(Scope(item, names, values))]
    shown = {} if request.get("Select") == "COUNT" else {"Items": page}
    return {**shown, "Count": len(page), "ScannedCount": scanned, **more}
