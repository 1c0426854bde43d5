"""UpdateExpression: SET, REMOVE, ADD and DELETE, each at most once."""

from collections.abc import Callable
from functools import lru_cache

from local.aws.dynamodb import numbers
from local.aws.dynamodb.errors import Invalid
from local.aws.dynamodb.expressions.conditions import MOST_TEXTS
from local.aws.dynamodb.expressions.reader import Operand, Parsed, Reader, Scope, named
from local.aws.dynamodb.values import Item, Value

_MISSING = "The provided expression refers to an attribute that does not exist in the item"
_WRONG_TYPE = "An operand in the update expression has an incorrect data type"
_SETS = ("SS", "NS", "BS")


@lru_cache(MOST_TEXTS)
def update(text: str) -> Parsed:
    """Parse an update; raises Invalid."""
    reader = Reader(text)
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


def changed_names(change: Parsed, scope: Scope) -> list[str]:
    """Return the attributes that an update writes."""
    written = (*change.sets, *change.adds, *change.deletes)
    return [named(scope, path) for path in (*(path for path, _ in written), *change.removes)]


def changed(change: Parsed, scope: Scope) -> Item:
    """Return the item after the update, whose clauses all read the old item."""
    old = scope.item
    new = dict(old)
    for path, operand in change.sets:
        new[named(scope, path)] = _present(operand(scope))
    for path, operand in change.adds:
        new[named(scope, path)] = _with(old.get(named(scope, path)), _present(operand(scope)))
    for path, operand in change.deletes:
        _set_or_remove(new, named(scope, path), _without(old.get(named(scope, path)), _present(operand(scope))))
    for path in change.removes:
        new.pop(named(scope, path), None)
    return new


def _set_or_remove(item: Item, name: str, value: Value | None) -> None:
    if value is None:
        item.pop(name, None)
    else:
        item[name] = value


def _present(value: Value | None) -> Value:
    if value is None:
        raise Invalid(_MISSING)
    return value


def _set(reader: Reader) -> None:
    path = reader.path()
    reader.expect("=")
    reader.parsed.sets.append((path, _sum(reader)))


def _sum(reader: Reader) -> Operand:
    left = _term(reader)
    if reader.here not in ("+", "-"):
        return left
    sign = 1 if reader.take() == "+" else -1
    right = _term(reader)
    return lambda scope: _added(left(scope), right(scope), sign)


def _term(reader: Reader) -> Operand:
    if reader.here not in _FUNCTIONS:
        return reader.operand()
    join = _FUNCTIONS[reader.take()]
    reader.expect("(")
    first = _term(reader)
    reader.expect(",")
    second = _term(reader)
    reader.expect(")")
    return lambda scope: join(first(scope), second(scope))


def _appended(left: Value | None, right: Value | None) -> Value:
    first, second = _present(left), _present(right)
    if "L" not in first or "L" not in second:
        raise Invalid(_WRONG_TYPE)
    return {"L": [*first["L"], *second["L"]]}


_FUNCTIONS: dict[str, Callable[[Value | None, Value | None], Value | None]] = {
    "if_not_exists": lambda present, otherwise: otherwise if present is None else present,
    "list_append": _appended,
}


def _remove(reader: Reader) -> None:
    reader.parsed.removes.append(reader.path())


def _add(reader: Reader) -> None:
    reader.parsed.adds.append((reader.path(), reader.operand()))


def _delete(reader: Reader) -> None:
    reader.parsed.deletes.append((reader.path(), reader.operand()))


_CLAUSES = {"SET": _set, "REMOVE": _remove, "ADD": _add, "DELETE": _delete}


def _added(left: Value | None, right: Value | None, sign: int = 1) -> Value:
    first, second = _present(left), _present(right)
    if "N" not in first or "N" not in second:
        raise Invalid(_WRONG_TYPE)
    return {"N": numbers.add(first["N"], second["N"], sign)}


def _with(old: Value | None, more: Value) -> Value:
    """ADD a number to a number, or members to a set."""
    ((kind, members),) = more.items()
    if kind in _SETS:
        kept = _members(old, kind)
        return {kind: [*kept, *(each for each in members if each not in kept)]}
    return _added({"N": "0"} if old is None else old, more)


def _without(old: Value | None, less: Value) -> Value | None:
    """DELETE members from a set; an empty set does not stay."""
    ((kind, members),) = less.items()
    if kind not in _SETS:
        raise Invalid(f"Invalid UpdateExpression: Incorrect operand type for operator or function; operator: DELETE, operand type: {kind}")
    rest = [each for each in _members(old, kind) if each not in members]
    return {kind: rest} if rest else None


def _members(old: Value | None, kind: str) -> list[str]:
    if old is None:
        return []
    if kind not in old:
        raise Invalid(_WRONG_TYPE)
    members: list[str] = old[kind]
    return members
