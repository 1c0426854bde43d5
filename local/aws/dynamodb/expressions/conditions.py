"""ConditionExpression and FilterExpression."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from local.aws.dynamodb.errors import Invalid
from local.aws.dynamodb.expressions.reader import Condition, Operand, Parsed, Reader, Scope, named
from local.aws.dynamodb.values import ORDERED, Value, comparable

_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
# Texts come from clients; without an end, one that writes its values into them would fill the memory.
MOST_TEXTS = 1_000


@lru_cache(MOST_TEXTS)
def condition(text: str) -> Parsed:
    """Parse a condition; raises Invalid."""
    reader = Reader(text)
    reader.parsed.test = _or(reader)
    reader.end()
    return reader.parsed


def compare(operator: str, left: Value | None, right: Value | None) -> bool:
    """A comparison holds only between present values of one type."""
    if operator == "<>":
        return not compare("=", left, right)
    if left is None or right is None:
        return False
    if left.keys() != right.keys():
        return False
    if operator != "=" and not left.keys() <= ORDERED:
        kind = next(iter(left))
        raise Invalid(f"Invalid expression: Incorrect operand type for operator or function; operator: {operator}, operand type: {kind}")
    return _COMPARISONS[operator](comparable(left), comparable(right))


def _or(reader: Reader) -> Condition:
    parts = [_and(reader)]
    while reader.word() == "OR":
        reader.take()
        parts.append(_and(reader))
    return parts[0] if len(parts) == 1 else lambda scope: any(part(scope) for part in parts)


def _and(reader: Reader) -> Condition:
    parts = [_not(reader)]
    while reader.word() == "AND":
        reader.take()
        parts.append(_not(reader))
    return parts[0] if len(parts) == 1 else lambda scope: all(part(scope) for part in parts)


def _not(reader: Reader) -> Condition:
    if reader.word() != "NOT":
        return _primary(reader)
    reader.take()
    inner = _not(reader)
    return lambda scope: not inner(scope)


def _primary(reader: Reader) -> Condition:
    if reader.here == "(":
        reader.take()
        inner = _or(reader)
        reader.expect(")")
        return inner
    if reader.here in _FUNCTIONS:
        return _FUNCTIONS[reader.take()](reader)
    left = _operand(reader)
    operator = reader.take().upper()
    if operator == "IN":
        return _in(reader, left)
    if operator == "BETWEEN":
        return _between(reader, left)
    if operator not in (*_COMPARISONS, "<>"):
        raise Invalid(f'Invalid expression: Syntax error; token: "{operator}", near: "{reader.text}"')
    right = _operand(reader)
    return lambda scope: compare(operator, left(scope), right(scope))


def _operand(reader: Reader) -> Operand:
    if reader.here != "size":
        return reader.operand()
    reader.take()
    (inner,) = _arguments(reader, 1)
    return lambda scope: _size(inner(scope))


def _size(value: Value | None) -> Value | None:
    if value is None:
        return None
    ((kind, inner),) = value.items()
    if kind in ("N", "BOOL", "NULL"):
        return None  # the condition does not hold
    return {"N": str(len(inner.encode() if kind == "S" else comparable(value)))}


def _in(reader: Reader, left: Operand) -> Condition:
    choices = reader.operands()
    return lambda scope: any(compare("=", left(scope), choice(scope)) for choice in choices)


def _between(reader: Reader, middle: Operand) -> Condition:
    low = _operand(reader)
    reader.expect("AND")
    high = _operand(reader)
    return lambda scope: compare(">=", middle(scope), low(scope)) and compare("<=", middle(scope), high(scope))


def _arguments(reader: Reader, count: int) -> list[Operand]:
    found = reader.operands()
    if len(found) != count:
        raise Invalid(f"Invalid expression: Incorrect number of operands for operator or function in {reader.text!r}")
    return found


def _existence(wanted: bool) -> Callable[[Reader], Condition]:
    def parse(reader: Reader) -> Condition:
        reader.expect("(")
        path = reader.path()
        reader.expect(")")
        return lambda scope: (named(scope, path) in scope.item) is wanted

    return parse


def _of_two(test: Callable[[Value, Value], bool]) -> Callable[[Reader], Condition]:
    """Return the parser of a function that is false if one of its two operands is missing."""

    def parse(reader: Reader) -> Condition:
        left, right = _arguments(reader, 2)

        def both(scope: Scope) -> bool:
            first, second = left(scope), right(scope)
            return first is not None and second is not None and test(first, second)

        return both

    return parse


def begins_with(value: Value, prefix: Value) -> bool:
    if not prefix.keys() <= {"S", "B"}:
        raise Invalid("Invalid expression: Incorrect operand type for operator or function; operator or function: begins_with")
    return value.keys() == prefix.keys() and comparable(value).startswith(comparable(prefix))


def _contains(value: Value, wanted: Value) -> bool:
    ((kind, inner),) = value.items()
    ((kind_wanted, part),) = wanted.items()
    if kind in ("S", "B"):
        return kind == kind_wanted and comparable(wanted) in comparable(value)
    if kind in ("SS", "NS", "BS"):
        return kind[0] == kind_wanted and part in inner
    return kind == "L" and any(compare("=", each, wanted) for each in inner)


def _attribute_type(value: Value, kind: Value) -> bool:
    return {*value} == {kind.get("S")}


_FUNCTIONS: dict[str, Callable[[Reader], Condition]] = {
    "attribute_exists": _existence(True),
    "attribute_not_exists": _existence(False),
    "attribute_type": _of_two(_attribute_type),
    "begins_with": _of_two(begins_with),
    "contains": _of_two(_contains),
}
