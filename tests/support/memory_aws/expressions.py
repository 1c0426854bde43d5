"""The DynamoDB expressions that the product uses, parsed once per text; everything else is an error.

Grammar: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
Paths are top-level attributes only; what is not here raises NotImplementedError, so that nobody believes in it by accident.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

Value = dict[str, Any]  # as on the wire: {"S": "text"}
Item = dict[str, Value]


class Invalid(Exception):
    """An invalid expression, for a ValidationException with DynamoDB's own text."""


@dataclass
class Scope:
    """The data against which an expression is evaluated."""

    item: Item
    names: dict[str, str]
    values: dict[str, Value]


Operand = Callable[[Scope], Value | None]
Condition = Callable[[Scope], bool]


@dataclass
class Parsed:
    """An expression with its placeholders."""

    names: set[str] = field(default_factory=set)
    values: set[str] = field(default_factory=set)
    test: Condition = lambda scope: True
    sets: list[tuple[str, Operand]] = field(default_factory=list)
    adds: list[tuple[str, Operand]] = field(default_factory=list)
    removes: list[str] = field(default_factory=list)


_TOKEN = re.compile(r"\s*(?:(<>|<=|>=|[=<>(),+\-])|([#:]?[A-Za-z0-9_]+)|(\S))")
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


@cache
def _reserved() -> frozenset[str]:
    """Return DynamoDB's reserved words, from moto's list."""
    found = find_spec("moto")
    assert found
    assert found.origin
    words = Path(found.origin).parent / "dynamodb" / "parsing" / "reserved_keywords.txt"
    return frozenset(words.read_text().upper().split())


def comparable(value: Value) -> Any:
    """Return a value that Python can compare; only scalars are ordered here."""
    ((kind, inner),) = value.items()
    if kind == "N":
        return int(inner) if inner.lstrip("-").isdigit() else Decimal(inner)
    return inner


def compare(operator: str, left: Value | None, right: Value | None) -> bool:
    """A comparison holds only between present values of one type."""
    if left is None or right is None:
        return False
    if left.keys() != right.keys():
        return False
    if operator != "=" and not left.keys() <= {"S", "N", "B"}:
        raise NotImplementedError(f"{operator} between {left} and {right}")
    return _COMPARISONS[operator](comparable(left), comparable(right))


class _Reader:
    """A cursor over the tokens of one expression."""

    def __init__(self, text: str) -> None:
        self.text, self.parsed = text, Parsed()
        self._tokens = [match.group(0).strip() for match in _TOKEN.finditer(text.strip())]
        odd = [match.group(3) for match in _TOKEN.finditer(text) if match.group(3)]
        if odd:
            raise NotImplementedError(f"{odd[0]!r} in {text!r}")
        self._at = 0

    @property
    def here(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def word(self) -> str:
        return self.here.upper()

    def take(self) -> str:
        token = self.here
        if not token:
            raise Invalid(f'Syntax error; token: "<EOF>", near: "{self.text[-20:]}"')
        self._at += 1
        return token

    def expect(self, token: str) -> None:
        if self.take().upper() != token:
            raise Invalid(f'Syntax error; token: "{self._tokens[self._at - 1]}", near: "{self.text}"')

    def path(self) -> str:
        """Read an attribute's name or placeholder, to be resolved later."""
        token = self.take()
        if token.startswith("#"):
            self.parsed.names.add(token)
        elif token.upper() in _reserved():
            raise Invalid(f"Attribute name is a reserved keyword; reserved keyword: {token}")
        elif not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", token):
            raise NotImplementedError(f"the path {token!r} in {self.text!r}")
        return token

    def operand(self) -> Operand:
        if self.here.startswith(":"):
            name = self.take()
            self.parsed.values.add(name)
            return lambda scope: scope.values[name]
        path = self.path()
        return lambda scope: scope.item.get(scope.names.get(path, path))


def named(scope: Scope, path: str) -> str:
    """Return the attribute of a path."""
    return scope.names[path] if path.startswith("#") else path


@cache
def condition(text: str) -> Parsed:
    """Parse a ConditionExpression, FilterExpression or KeyConditionExpression."""
    reader = _Reader(text)
    reader.parsed.test = _or(reader)
    if reader.here:
        raise Invalid(f'Syntax error; token: "{reader.here}", near: "{text}"')
    return reader.parsed


def _or(reader: _Reader) -> Condition:
    parts = [_and(reader)]
    while reader.word() == "OR":
        reader.take()
        parts.append(_and(reader))
    return parts[0] if len(parts) == 1 else lambda scope: any(part(scope) for part in parts)


def _and(reader: _Reader) -> Condition:
    parts = [_not(reader)]
    while reader.word() == "AND":
        reader.take()
        parts.append(_not(reader))
    return parts[0] if len(parts) == 1 else lambda scope: all(part(scope) for part in parts)


def _not(reader: _Reader) -> Condition:
    if reader.word() != "NOT":
        return _primary(reader)
    reader.take()
    inner = _not(reader)
    return lambda scope: not inner(scope)


def _primary(reader: _Reader) -> Condition:
    if reader.here == "(":
        reader.take()
        inner = _or(reader)
        reader.expect(")")
        return inner
    if reader.here in _FUNCTIONS:
        return _FUNCTIONS[reader.take()](reader)
    left = reader.operand()
    operator = reader.take().upper()
    if operator == "IN":
        return _in(reader, left)
    if operator not in _COMPARISONS:
        raise NotImplementedError(f"{operator!r} in {reader.text!r}")
    right = reader.operand()
    return lambda scope: compare(operator, left(scope), right(scope))


def _in(reader: _Reader, left: Operand) -> Condition:
    choices = _list(reader)
    return lambda scope: any(compare("=", left(scope), choice(scope)) for choice in choices)


def _list(reader: _Reader) -> list[Operand]:
    reader.expect("(")
    found = [reader.operand()]
    while reader.here == ",":
        reader.take()
        found.append(reader.operand())
    reader.expect(")")
    return found


def _existence(wanted: bool) -> Callable[[_Reader], Condition]:
    def parse(reader: _Reader) -> Condition:
        reader.expect("(")
        path = reader.path()
        reader.expect(")")
        return lambda scope: (named(scope, path) in scope.item) is wanted

    return parse


def _begins_with(reader: _Reader) -> Condition:
    left, right = _list(reader)

    def test(scope: Scope) -> bool:
        value, prefix = left(scope), right(scope)
        return bool(value and prefix and "S" in value and value["S"].startswith(prefix["S"]))

    return test


_FUNCTIONS: dict[str, Callable[[_Reader], Condition]] = {
    "attribute_exists": _existence(True),
    "attribute_not_exists": _existence(False),
    "begins_with": _begins_with,
}


@dataclass(frozen=True)
class KeyRange:
    """Parse a KeyConditionExpression: the partition's value, and at most one bound of the sort key on each side."""

    partition: Operand
    paths: frozenset[str]
    bounds: tuple[tuple[str, Operand], ...]
    parsed: Parsed


@cache
def key_range(text: str, hash_key: str) -> KeyRange:
    """Parse a KeyConditionExpression with plain attribute names: `hash = :a`, and with AND one comparison of the sort key."""
    reader = _Reader(text)
    comparisons = [_comparison(reader)]
    while reader.word() == "AND":
        reader.take()
        comparisons.append(_comparison(reader))
    partitions = [operand for path, operator, operand in comparisons if path == hash_key and operator == "="]
    rest = [each for each in comparisons if each[0] != hash_key]
    if reader.here or len(partitions) != 1 or len(rest) > 1:
        raise Invalid("Query condition missed key schema element" if not partitions else "Invalid KeyConditionExpression")
    bounds = tuple((operator, operand) for _, operator, operand in rest)
    return KeyRange(partitions[0], frozenset(path for path, _, _ in comparisons), bounds, reader.parsed)


def _comparison(reader: _Reader) -> tuple[str, str, Operand]:
    path, operator = reader.path(), reader.take()
    if path.startswith("#") or operator not in _COMPARISONS:
        raise NotImplementedError(f"the key condition {reader.text!r}")
    return path, operator, reader.operand()


@cache
def update(text: str) -> Parsed:
    """Parse an UpdateExpression with SET, REMOVE and ADD clauses, each at most once."""
    reader = _Reader(text)
    seen: set[str] = set()
    while reader.here:
        clause = reader.take().upper()
        if clause in seen or clause not in _CLAUSES:
            raise Invalid(f'Invalid UpdateExpression: Syntax error; token: "{clause}", near: "{text}"')
        seen.add(clause)
        _CLAUSES[clause](reader)
        while reader.here == ",":
            reader.take()
            _CLAUSES[clause](reader)
    return reader.parsed


def _set(reader: _Reader) -> None:
    path = reader.path()
    reader.expect("=")
    value = _sum(reader)
    reader.parsed.sets.append((path, value))


def _sum(reader: _Reader) -> Operand:
    left = _term(reader)
    if reader.here not in ("+", "-"):
        return left
    sign = 1 if reader.take() == "+" else -1
    right = _term(reader)
    return lambda scope: add(left(scope), right(scope), sign)


def _term(reader: _Reader) -> Operand:
    if reader.here != "if_not_exists":
        return reader.operand()
    reader.take()
    present, otherwise = _list(reader)
    return lambda scope: value if (value := present(scope)) is not None else otherwise(scope)


def _remove(reader: _Reader) -> None:
    reader.parsed.removes.append(reader.path())


def _add(reader: _Reader) -> None:
    reader.parsed.adds.append((reader.path(), reader.operand()))


_CLAUSES = {"SET": _set, "REMOVE": _remove, "ADD": _add}


def add(left: Value | None, right: Value | None, sign: int = 1) -> Value:
    """Add two numbers."""
    if left is None or right is None:
        raise Invalid("The provided expression refers to an attribute that does not exist in the item")
    if "N" not in left or "N" not in right:
        raise Invalid("An operand in the update expression has an incorrect data type")
    return {"N": str(comparable(left) + sign * comparable(right))}
