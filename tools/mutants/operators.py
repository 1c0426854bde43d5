"""The changes: every node of a module's syntax tree has a few, as a slip of the pen would make them.

Left alone are docstrings, annotations, imports, log lines, and prose: texts with a blank that is no pattern are not rules.
"""

import ast
import copy
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_CALCULATED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.LShift: ast.RShift,
}
_SWAPPED = {"min": "max", "max": "min", "any": "all", "all": "any"}


@dataclass(frozen=True)
class Mutant:
    """One changed module: the changed statement before and after, and the whole source."""

    line: int
    before: str
    after: str
    source: str


@dataclass(frozen=True)
class _Place:
    """Where a node stands: an attribute of its parent, perhaps at an index, inside a statement."""

    parent: ast.AST
    name: str
    index: int | None
    statement: ast.stmt

    def put(self, node: object) -> None:
        if self.index is None:
            setattr(self.parent, self.name, node)
        else:
            getattr(self.parent, self.name)[self.index] = node


def mutants(source: str) -> list[Mutant]:
    """Return every change of a module that leaves it compilable, in the order of its lines."""
    tree = ast.parse(source)
    found = []
    for node, place in list(_places(tree, tree)):
        for change in _changes(node):
            made = _made(tree, node, place, change)
            if made:
                found.append(made)
    return found


def _made(tree: ast.Module, node: ast.AST, place: _Place, change: Callable[[ast.AST], ast.AST | None]) -> Mutant | None:
    changed = change(copy.deepcopy(node))
    if changed is None:
        return None
    before = _shown(place.statement)
    place.put(changed)
    ast.fix_missing_locations(changed)
    # A statement that is replaced itself is its own parent's child: show what stands there now.
    after = _shown(changed if node is place.statement else place.statement)
    whole = ast.unparse(tree)
    place.put(node)
    return Mutant(place.statement.lineno, before, after, whole) if before != after else None


def _shown(statement: ast.AST) -> str:
    """Return a statement without the bodies of what it opens."""
    bare = copy.deepcopy(statement)
    for name in ("body", "orelse", "finalbody", "handlers", "cases"):
        if isinstance(getattr(bare, name, None), list) and getattr(bare, name):
            setattr(bare, name, [ast.Pass()] if name == "body" else [])
    if isinstance(bare, ast.Match):
        return f"match {ast.unparse(bare.subject)}:"
    if isinstance(bare, ast.Try):
        return "try:"
    return ast.unparse(bare)


def _places(node: ast.AST, tree: ast.AST, statement: ast.stmt | None = None) -> Iterator[tuple[ast.AST, _Place]]:
    for name, value in ast.iter_fields(node):
        for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(child, ast.AST) or _is_left_alone(node, name, child):
                continue
            inside = child if isinstance(child, ast.stmt) else statement
            if inside is not None:
                yield child, _Place(node, name, index, inside)
            yield from _places(child, tree, inside)


def _is_left_alone(parent: ast.AST, name: str, node: ast.AST) -> bool:
    if name in ("annotation", "returns", "decorator_list", "bases", "args") and not isinstance(parent, ast.Call):
        # The defaults of parameters are rules, their annotations are not.
        return not (name == "args" and isinstance(node, ast.arguments))
    if isinstance(node, ast.Import | ast.ImportFrom | ast.arg | ast.JoinedStr):
        return True
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return True
    if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "Literal":
        return True  # the type checker holds it against the code
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant) or ast.unparse(node.value).startswith("logger.")
    return isinstance(node, ast.Assign) and ast.unparse(node).startswith(("logger =", "__all__"))


def _changes(node: ast.AST) -> Iterator[Callable[[ast.AST], ast.AST | None]]:  # noqa: C901 - a table
    match node:
        case ast.Constant():
            yield from (_constant(value) for value in _values(node.value))
        case ast.Compare(ops=[op]):
            yield from (_set("ops", [other()]) for other in _COMPARED.get(type(op), ()))
        case ast.BoolOp(op=op, values=values):
            yield _set("op", ast.Or() if isinstance(op, ast.And) else ast.And())
            yield from (_without("values", index) for index in range(len(values)))
        case ast.UnaryOp(op=ast.Not()):
            yield lambda made: made.operand  # type: ignore[attr-defined]
        case ast.UnaryOp(op=ast.USub()):
            yield lambda made: made.operand  # type: ignore[attr-defined]
        case ast.BinOp(op=op) if type(op) in _CALCULATED:
            yield _set("op", _CALCULATED[type(op)]())
        case ast.IfExp():
            yield lambda made: ast.IfExp(made.test, made.orelse, made.body)  # type: ignore[attr-defined]
        case ast.If() | ast.While():
            yield lambda made: _tested(made, ast.UnaryOp(ast.Not(), made.test))  # type: ignore[attr-defined]
        case ast.match_case(guard=guard) if guard is not None:
            yield _set("guard", None)
        case ast.MatchOr(patterns=patterns):
            yield from (_without("patterns", index) for index in range(len(patterns)))
        case ast.Call():
            yield from _changes_of_call(node)
        case ast.Dict(keys=keys):
            yield from (_without_item(index) for index in range(len(keys)))
        case ast.Tuple(elts=elements, ctx=ast.Load()) | ast.Set(elts=elements) | ast.List(elts=elements, ctx=ast.Load()):
            yield from (_without("elts", index) for index in range(len(elements) if len(elements) > 1 else 0))
        case ast.Return(value=value) if value is not None and not isinstance(value, ast.Constant):
            yield _set("value", ast.Constant(None))
        case ast.Expr(value=ast.Call()) | ast.AugAssign() | ast.Raise() | ast.Continue() | ast.Break():
            yield lambda made: ast.Pass()


def _changes_of_call(node: ast.Call) -> Iterator[Callable[[ast.AST], ast.AST | None]]:
    if isinstance(node.func, ast.Name) and node.func.id in _SWAPPED:
        yield _set("func", ast.Name(_SWAPPED[node.func.id], ast.Load()))
    if isinstance(node.func, ast.Attribute) and node.func.attr in ("strip", "rstrip", "lower", "upper", "removeprefix"):
        yield lambda made: made.func.value  # type: ignore[attr-defined]
    if not ast.unparse(node.func).endswith(("field", "logger.log")):
        yield from (_without("keywords", index) for index in range(len(node.keywords)))


def _values(value: object) -> Iterator[object]:
    match value:
        case bool():
            yield not value
        case int() | float():
            yield value + 1
            if value > 1:
                yield value - 1
        case str() if "|" in value and re.search(r"[\\()?*+]|\|", value):
            yield from _without_alternatives(value)
        case str() if value and not re.search(r"\s", value.strip()):
            yield value + "X"
        case str() if value.isupper() and re.fullmatch(r"[\w\s]+", value):
            words = value.split()
            yield from (" ".join(words[:index] + words[index + 1 :]) for index in range(len(words)))
        case str() if re.search(r"[=<>]|attribute_", value):
            yield from (re.sub(rf"\s*\b{joint}\b\s.*", "", value) for joint in ("AND", "OR") if f" {joint} " in value)


def _without_alternatives(pattern: str) -> Iterator[str]:
    """Return a pattern without one of its alternatives, at any depth, for each of them."""
    for start, end in _alternatives(pattern):
        is_last = end == len(pattern) or pattern[end] == ")"
        begins, ends = (start - 1, end) if is_last else (start, end + 1)
        left = pattern[:begins] + pattern[ends:]
        try:
            re.compile(left)
        except re.error:
            continue
        yield left


def _alternatives(pattern: str) -> Iterator[tuple[int, int]]:
    """Yield the ends of each alternative of a pattern that has several at its depth."""
    open_at, found, in_class = [0], [list[tuple[int, int]]()], False
    index = 0
    while index <= len(pattern):
        char = pattern[index] if index < len(pattern) else ")"
        if char == "\\":
            index += 2
            continue
        if in_class:
            in_class = char != "]"
        elif char == "[":
            in_class = True
        elif char == "(":
            start = re.match(r"\((\?(:|[=!]|<[=!]|[a-z]+:))?", pattern[index:])
            index += start.end() - 1 if start else 0
            open_at.append(index + 1)
            found.append([])
        elif char in "|)" and open_at:
            found[-1].append((open_at[-1], index))
            open_at[-1] = index + 1
            if char == ")":
                open_at.pop()
                group = found.pop()
                yield from group if len(group) > 1 else []
        index += 1


def _constant(value: object) -> Callable[[ast.AST], ast.AST]:
    return lambda made: ast.Constant(value)  # type: ignore[arg-type]


def _set(name: str, value: object) -> Callable[[ast.AST], ast.AST]:
    def change(made: ast.AST) -> ast.AST:
        setattr(made, name, value)
        return made

    return change


def _tested(made: ast.AST, test: ast.expr) -> ast.AST:
    made.test = test  # type: ignore[attr-defined]
    return made


def _without(name: str, index: int) -> Callable[[ast.AST], ast.AST]:
    def change(made: ast.AST) -> ast.AST:
        del getattr(made, name)[index]
        if isinstance(made, ast.BoolOp | ast.MatchOr) and len(getattr(made, name)) == 1:
            only: ast.AST = getattr(made, name)[0]
            return only
        return made

    return change


def _without_item(index: int) -> Callable[[ast.AST], ast.AST]:
    def change(made: ast.AST) -> ast.AST:
        del made.keys[index], made.values[index]  # type: ignore[attr-defined]
        return made

    return change
