"""What DynamoDB refuses in a request, whatever is stored. moto accepts most of it, so no other test would notice.

Sources: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html, its Expressions pages, and the API reference.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

Request = Mapping[str, Any]
Value = Mapping[str, Any]  # as on the wire: {"S": "text"}

MOST_PARTS = 100
LARGEST_ITEM = 400 * 1024
LARGEST_TRANSACTION = 4 * 1024 * 1024
LONGEST_EXPRESSION = 4 * 1024
LONGEST_TOKEN = 36
MOST_DIGITS = 38
MOST_CHOICES = 100

_EXPRESSIONS = ("ConditionExpression", "UpdateExpression", "KeyConditionExpression", "FilterExpression", "ProjectionExpression")
_FUNCTIONS = {
    "attribute_exists",
    "attribute_not_exists",
    "attribute_type",
    "begins_with",
    "contains",
    "size",
    "if_not_exists",
    "list_append",
}
_KEYWORDS = {"AND", "OR", "NOT", "BETWEEN", "IN", "SET", "REMOVE", "ADD", "DELETE"}
_CLAUSES = {"SET", "REMOVE", "ADD", "DELETE"}
_TOKEN = re.compile(r"<>|<=|>=|[=<>(),+\-.]|\[\d+\]|[#:]?\w+|\S")


@dataclass(frozen=True)
class Keys:
    """The keys of a table and of its indexes, by index name; the table's own stand under the empty name."""

    types: Mapping[str, str]
    of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def read(cls, properties: Mapping[str, Any]) -> "Keys":
        """Read an AWS::DynamoDB::Table."""
        described = [("", properties), *((each["IndexName"], each) for each in properties.get("GlobalSecondaryIndexes", []))]
        types = {each["AttributeName"]: each["AttributeType"] for each in properties["AttributeDefinitions"]}
        return cls(types, {name: tuple(key["AttributeName"] for key in each["KeySchema"]) for name, each in described})


def parts_of(operation: str, parameters: Request) -> list[tuple[str, Request]]:
    """Return the single requests of a call, each with its kind."""
    if operation in ("TransactWriteItems", "TransactGetItems"):
        return [pair for part in parameters["TransactItems"] for pair in part.items()]
    if operation == "BatchGetItem":
        wanted = parameters["RequestItems"].items()
        return [(operation, {**each, "TableName": table, "Key": key}) for table, each in wanted for key in each["Keys"]]
    return [(operation, parameters)]


def attributes_of(request: Request) -> set[str]:
    """Return the top-level attributes that a request names."""
    names = request.get("ExpressionAttributeNames", {})
    text = " ".join(request[name] for name in _EXPRESSIONS if name in request)
    plain = {word for word in _TOKEN.findall(text) if re.fullmatch(r"[A-Za-z_]\w*", word)} - _FUNCTIONS
    return {*names.values(), *(word for word in plain if word.upper() not in _KEYWORDS), *request.get("Key", {}), *request.get("Item", {})}


def refusals(operation: str, parameters: Request, tables: Mapping[str, Keys]) -> list[str]:
    """Return every reason for which DynamoDB refuses the call; none if it does not."""
    parts = parts_of(operation, parameters)
    found = [reason for kind, request in parts for reason in _part_refusals(kind, request, tables[request["TableName"]])]
    if operation.startswith("Transact"):
        found += _transaction_refusals(parameters, parts, tables)
    if operation == "BatchGetItem":
        found += _batch_refusals(parts, tables)
    return found


def _batch_refusals(parts: list[tuple[str, Request]], tables: Mapping[str, Keys]) -> Iterator[str]:
    if not 0 < len(parts) <= MOST_PARTS:
        yield f"{len(parts)} keys in a batch"
    if _has_twice(parts, tables):
        yield "a key twice in a batch"


def _has_twice(parts: list[tuple[str, Request]], tables: Mapping[str, Keys]) -> bool:
    items = [(request["TableName"], str(_key(request, tables[request["TableName"]]))) for _, request in parts]
    return len(set(items)) < len(items)


def _transaction_refusals(parameters: Request, parts: list[tuple[str, Request]], tables: Mapping[str, Keys]) -> Iterator[str]:
    if not 0 < len(parts) <= MOST_PARTS:
        yield f"{len(parts)} parts in a transaction"
    if len(parameters.get("ClientRequestToken", "")) > LONGEST_TOKEN:
        yield f"a client token of more than {LONGEST_TOKEN} characters"
    if sum(_size(request.get("Item", {})) for _, request in parts) > LARGEST_TRANSACTION:
        yield "a transaction of more than 4 MB"
    if _has_twice(parts, tables):
        yield "two parts of a transaction on one item"


def _key(request: Request, keys: Keys) -> dict[str, Value]:
    whole = request.get("Key") or request["Item"]
    return {name: whole[name] for name in keys.of[""] if name in whole}


def _part_refusals(kind: str, request: Request, keys: Keys) -> Iterator[str]:
    yield from _placeholder_refusals(request)
    for name in _EXPRESSIONS:
        if name in request:
            yield from (f"{reason} in {name} {request[name]!r}" for reason in _expression_refusals(request[name]))
    if "UpdateExpression" in request:
        yield from _update_refusals(request, keys)
    if "Key" in request:
        yield from _key_refusals(request["Key"], keys)
    if "Item" in request:
        yield from _item_refusals(request["Item"], keys)
    if kind == "Query":
        yield from _query_refusals(request, keys)
    values = [*request.get("ExpressionAttributeValues", {}).items(), *request.get("Item", {}).items(), *request.get("Key", {}).items()]
    yield from (f"{reason} as {name}" for name, value in values for reason in _value_refusals(value))


def _placeholder_refusals(request: Request) -> Iterator[str]:
    used = [token for name in _EXPRESSIONS if name in request for token in _TOKEN.findall(request[name])]
    for place in ("ExpressionAttributeNames", "ExpressionAttributeValues"):
        given = request.get(place)
        if given is not None and not given:
            yield f"{place} is empty"
        sign = "#" if place.endswith("Names") else ":"
        yield from (f"{each} is not used" for each in given or {} if each not in used)
        yield from (f"{each} is not defined" for each in sorted(set(used)) if each.startswith(sign) and each not in (given or {}))


@cache
def _reserved() -> frozenset[str]:
    """Return DynamoDB's reserved words, from moto's list."""
    return frozenset((files("moto") / "dynamodb/parsing/reserved_keywords.txt").read_text().upper().split())


def _expression_refusals(text: str) -> Iterator[str]:
    tokens = _TOKEN.findall(text)
    if not tokens:
        yield "nothing"
    if len(text.encode()) > LONGEST_EXPRESSION:
        yield "more than 4 KB"
    words = [(token, tokens[at + 1 : at + 2] == ["("]) for at, token in enumerate(tokens) if re.fullmatch(r"\w+", token)]
    for word, is_called in words:
        if is_called and word.upper() not in _KEYWORDS and word not in _FUNCTIONS:
            yield f"the unknown function {word}"
        elif word[0].isdigit():
            yield f"the literal {word}"
        elif word not in _FUNCTIONS and word.upper() not in _KEYWORDS and word.upper() in _reserved():
            yield f"the reserved word {word}"
    yield from (f"the character {token}" for token in tokens if not re.fullmatch(r"<>|<=|>=|[=<>(),+\-.]|\[\d+\]|[#:]?\w+", token))
    yield from _shape_refusals(tokens)


def _shape_refusals(tokens: list[str]) -> Iterator[str]:
    """DynamoDB rejects parentheses around parentheses, a comparison with itself, and long lists of choices."""
    opened: list[int] = []
    closed: dict[int, int] = {}
    for at, piece in enumerate(tokens):
        if piece == "(":
            opened.append(at)
        elif piece == ")" and opened:
            closed[opened.pop()] = at
        elif piece in ("=", "<>", "<", ">", "<=", ">=") and tokens[at - 1 : at] == tokens[at + 1 : at + 2] and tokens[at + 1][0] in "#:":
            yield f"{tokens[at + 1]} compared with itself"
    if any(closed.get(start + 1) == end - 1 for start, end in closed.items()):
        yield "redundant parentheses"
    for start, end in closed.items():
        if tokens[start - 1 : start] and tokens[start - 1].upper() == "IN" and tokens[start:end].count(",") >= MOST_CHOICES:
            yield f"more than {MOST_CHOICES} choices"


def _update_refusals(request: Request, keys: Keys) -> Iterator[str]:
    tokens = _TOKEN.findall(request["UpdateExpression"])
    clauses = [piece.upper() for piece in tokens if piece.upper() in _CLAUSES]
    if len(set(clauses)) < len(clauses):
        yield f"a clause twice in {request['UpdateExpression']!r}"
    names = request.get("ExpressionAttributeNames", {})
    written = [names.get(path, path) for path in _written(tokens)]
    yield from (f"an update of the key {name}" for name in written if name in keys.of[""])
    yield from (f"{name} written twice" for name in sorted(set(written)) if written.count(name) > 1)
    for name, value in _set_values(tokens, request):
        yield from _index_key_refusals(name, value, keys)


def _written(tokens: list[str]) -> Iterator[str]:
    """Yield the path at the beginning of each action of an update; a nested path counts as written apart."""
    depth = 0
    for at, piece in enumerate(tokens):
        depth += {"(": 1, ")": -1}.get(piece, 0)
        begins = piece.upper() in _CLAUSES or (piece == "," and depth == 0)
        if begins and tokens[at + 1 : at + 2] and tokens[at + 2 : at + 3] not in (["."],):
            yield tokens[at + 1]


def _set_values(tokens: list[str], request: Request) -> Iterator[tuple[str, Value]]:
    names, values = request.get("ExpressionAttributeNames", {}), request.get("ExpressionAttributeValues", {})
    for at, piece in enumerate(tokens):
        if piece == "=" and tokens[at + 1] in values:
            yield names.get(tokens[at - 1], tokens[at - 1]), values[tokens[at + 1]]


def _key_refusals(key: Mapping[str, Value], keys: Keys) -> Iterator[str]:
    if set(key) != set(keys.of[""]):
        yield f"the key {sorted(key)} instead of {sorted(keys.of[''])}"
    for name, value in key.items():
        yield from _index_key_refusals(name, value, keys)


def _item_refusals(item: Mapping[str, Value], keys: Keys) -> Iterator[str]:
    yield from (f"an item without the key {name}" for name in keys.of[""] if name not in item)
    if _size(item) > LARGEST_ITEM:
        yield "an item of more than 400 KB"
    for name, value in item.items():
        yield from _index_key_refusals(name, value, keys)


def _index_key_refusals(name: str, value: Value, keys: Keys) -> Iterator[str]:
    """The attributes of a key have a fixed type, are not empty, and have at most 2,048 bytes (1,024 as a sort key)."""
    if name not in keys.types:
        return
    ((kind, inner),) = value.items()
    if kind != keys.types[name]:
        yield f"{name} of type {kind} instead of {keys.types[name]}"
    elif kind != "N" and not inner:
        yield f"an empty {name}, which is a key"
    elif kind == "S" and len(inner.encode()) > 1024:
        yield f"a {name} of more than 1,024 bytes, which is a key"


def _query_refusals(request: Request, keys: Keys) -> Iterator[str]:
    index = request.get("IndexName", "")
    if index not in keys.of:
        yield f"the unknown index {index}"
        return
    if index and request.get("ConsistentRead"):
        yield "a consistent read of an index"
    names = request.get("ExpressionAttributeNames", {})
    hash_key, *rest = keys.of[index]
    compared = _comparisons(request.get("KeyConditionExpression", ""), names)
    if (hash_key, "=") not in compared:
        yield f"no equality of {hash_key}, the key of {index or 'the table'}"
    yield from (f"{name} {how} in the condition of a query" for name, how in compared if name not in keys.of[index] or how in ("<>", "IN"))
    filtered = {names.get(piece, piece) for piece in _TOKEN.findall(request.get("FilterExpression", ""))}
    yield from (f"a filter by the key {name}" for name in (hash_key, *rest) if name in filtered)


def _comparisons(text: str, names: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the attributes of a key condition with their operators."""
    tokens = _TOKEN.findall(text)
    found = []
    for at, piece in enumerate(tokens):
        if piece in ("=", "<>", "<", ">", "<=", ">=") or piece.upper() in ("BETWEEN", "IN"):
            found.append((names.get(tokens[at - 1], tokens[at - 1]), piece.upper()))
        elif piece == "begins_with":
            found.append((names.get(tokens[at + 2], tokens[at + 2]), piece))
    return found


def _value_refusals(value: Value) -> Iterator[str]:
    ((kind, inner),) = value.items()
    match kind:
        case "SS" | "NS" | "BS" if not inner:
            yield "an empty set"
        case "SS" | "NS" | "BS" if len(set(inner)) < len(inner):
            yield "a set with a value twice"
        case "SS" | "BS" if not all(inner):
            yield "an empty value in a set"
        case "N":
            yield from _number_refusals(inner)
        case "L":
            yield from (reason for each in inner for reason in _value_refusals(each))
        case "M":
            yield from (reason for each in inner.values() for reason in _value_refusals(each))


def _number_refusals(text: str) -> Iterator[str]:
    number = Decimal(text)
    if not number.is_finite() or len(number.as_tuple().digits) > MOST_DIGITS or abs(number.adjusted()) > 125:
        yield f"the number {text}"


def _size(item: Mapping[str, Value]) -> int:
    """Return the size of an item, at least: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html"""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(value: Value) -> int:
    ((kind, inner),) = value.items()
    match kind:
        case "S":
            return len(inner.encode())
        case "N":
            return (len(inner) + 1) // 2 + 1
        case "L":
            return 3 + sum(1 + _value_size(each) for each in inner)
        case "M":
            return 3 + len(inner) + _size(inner)
        case "SS" | "NS":
            return sum(len(each) for each in inner)
    return 1
