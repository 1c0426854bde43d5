"""KeyConditionExpression: one partition, and a range of the sort key."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from local.aws.dynamodb.errors import Invalid
from local.aws.dynamodb.expressions.conditions import MOST_TEXTS
from local.aws.dynamodb.expressions.reader import Operand, Parsed, Reader, Scope, named
from local.aws.dynamodb.values import Value

Bounds = list[tuple[str, Value]]  # an operator and a value each
_OPERATORS = ("=", "<", "<=", ">", ">=")


@dataclass(frozen=True)
class _Comparison:
    path: str
    operator: str
    operands: tuple[Operand, ...]


@dataclass(frozen=True)
class KeyCondition:
    """Comparisons of both keys, whose names may be placeholders."""

    comparisons: tuple[_Comparison, ...]
    parsed: Parsed

    def range(self, scope: Scope, hash_key: str, range_key: str | None) -> tuple[Value, Bounds]:
        """Return the partition, and the bounds of the sort key; raises Invalid."""
        on_hash = [each for each in self.comparisons if named(scope, each.path) == hash_key]
        rest = [each for each in self.comparisons if named(scope, each.path) != hash_key]
        if not on_hash or any(named(scope, each.path) != range_key for each in rest):
            raise Invalid(f"Query condition missed key schema element: {hash_key if not on_hash else range_key or hash_key}")
        if len(on_hash) > 1 or len(rest) > 1:
            raise Invalid("KeyConditionExpressions must only contain one condition per key")
        if on_hash[0].operator != "=":
            raise Invalid("Query key condition not supported")
        return _given(on_hash[0].operands[0], scope), [bound for each in rest for bound in _bounds(each, scope)]


@lru_cache(MOST_TEXTS)
def key_condition(text: str) -> KeyCondition:
    """Parse `hash = :a`, and with AND one condition of the sort key."""
    reader = Reader(text)
    found = tuple(_conjunction(reader))
    reader.end()
    return KeyCondition(found, reader.parsed)


def _conjunction(reader: Reader) -> Iterator[_Comparison]:
    yield from _part(reader)
    while reader.word() == "AND":
        reader.take()
        yield from _part(reader)


def _part(reader: Reader) -> Iterator[_Comparison]:
    if reader.here == "(":
        reader.take()
        yield from _conjunction(reader)
        reader.expect(")")
    elif reader.here == "begins_with":
        yield _begins_with(reader)
    else:
        yield _comparison(reader)


def _begins_with(reader: Reader) -> _Comparison:
    reader.take()
    reader.expect("(")
    path = reader.path()
    reader.expect(",")
    prefix = reader.operand()
    reader.expect(")")
    return _Comparison(path, "begins_with", (prefix,))


def _comparison(reader: Reader) -> _Comparison:
    path, operator = reader.path(), reader.take().upper()
    if operator == "BETWEEN":
        low = reader.operand()
        reader.expect("AND")
        return _Comparison(path, operator, (low, reader.operand()))
    if operator not in _OPERATORS:
        raise Invalid(f"Invalid KeyConditionExpression: Invalid operator used in KeyConditionExpression: {operator}")
    return _Comparison(path, operator, (reader.operand(),))


def _bounds(comparison: _Comparison, scope: Scope) -> Bounds:
    values = [_given(operand, scope) for operand in comparison.operands]
    match comparison.operator:
        case "BETWEEN":
            return [(">=", values[0]), ("<=", values[1])]
        case "begins_with":
            return [(">=", values[0]), *(("<", end) for end in _end(values[0]))]
    return [(comparison.operator, values[0])]


def _given(operand: Operand, scope: Scope) -> Value:
    value = operand(scope)
    if value is None:
        raise Invalid("Invalid KeyConditionExpression: a key is compared with a value only")
    return value


def _end(prefix: Value) -> list[Value]:
    """Return the first value, if there is one, behind all that begin with the prefix."""
    ((kind, inner),) = prefix.items()
    if kind not in ("S", "B"):
        raise Invalid("Invalid KeyConditionExpression: Incorrect operand type for operator or function: begins_with")
    if kind == "B":
        rest = base64.b64decode(inner).rstrip(b"\xff")
        return [{"B": base64.b64encode(rest[:-1] + bytes([rest[-1] + 1])).decode()}] if rest else []
    text = inner.rstrip("\U0010ffff")
    if not text:
        return []
    # No text contains the surrogates between these two.
    after = "\ue000" if text[-1] == "\ud7ff" else chr(ord(text[-1]) + 1)
    return [{"S": text[:-1] + after}]
