"""A cursor over the tokens of an expression, and what an expression becomes.

Grammar: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
Paths are top-level attributes only; what is not known raises NotModelled, so that nobody believes in it by accident.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from local.aws.dynamodb.errors import Invalid, NotModelled
from local.aws.dynamodb.expressions.reserved_words import reserved_words
from local.aws.dynamodb.values import Item, Value

LONGEST = 4_096


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
    deletes: list[tuple[str, Operand]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)


_TOKEN = re.compile(r"\s*(?:(<>|<=|>=|[=<>(),+\-])|([#:]?[A-Za-z0-9_]+(?:(?:\.|\[)[A-Za-z0-9_#.\[\]]*)?)|(\S))")


class Reader:
    """Reads one expression; whatever it meets is noted in `parsed`."""

    def __init__(self, text: str) -> None:
        if not text or len(text) > LONGEST:
            raise Invalid("Invalid expression: The expression can not be empty, and has at most 4096 characters")
        self.text, self.parsed = text, Parsed()
        self._tokens = [match.group(0).strip() for match in _TOKEN.finditer(text.strip())]
        odd = [match.group(3) for match in _TOKEN.finditer(text) if match.group(3)]
        if odd:
            raise Invalid(f'Invalid expression: Syntax error; token: "{odd[0]}", near: "{text}"')
        self._at = 0

    @property
    def here(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def word(self) -> str:
        return self.here.upper()

    def take(self) -> str:
        token = self.here
        if not token:
            raise Invalid(f'Invalid expression: Syntax error; token: "<EOF>", near: "{self.text[-20:]}"')
        self._at += 1
        return token

    def expect(self, token: str) -> None:
        if self.take().upper() != token:
            raise Invalid(f'Invalid expression: Syntax error; token: "{self._tokens[self._at - 1]}", near: "{self.text}"')

    def end(self) -> None:
        if self.here:
            raise Invalid(f'Invalid expression: Syntax error; token: "{self.here}", near: "{self.text}"')

    def path(self) -> str:
        """Read an attribute's name or placeholder, to be resolved later."""
        token = self.take()
        if "." in token or "[" in token:
            raise NotModelled(f"a path below an attribute, such as {token}")
        if token.startswith("#"):
            self.parsed.names.add(token)
        elif token.upper() in reserved_words():
            raise Invalid(f"Invalid expression: Attribute name is a reserved keyword; reserved keyword: {token}")
        elif not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", token):
            raise Invalid(f'Invalid expression: Syntax error; token: "{token}", near: "{self.text}"')
        self.parsed.paths.append(token)
        return token

    def operand(self) -> Operand:
        if self.here.startswith(":"):
            name = self.take()
            self.parsed.values.add(name)
            return lambda scope: scope.values[name]
        path = self.path()
        return lambda scope: scope.item.get(scope.names.get(path, path))

    def operands(self) -> list[Operand]:
        """Read a list in parentheses."""
        self.expect("(")
        found = [self.operand()]
        while self.here == ",":
            self.take()
            found.append(self.operand())
        self.expect(")")
        return found


def named(scope: Scope, path: str) -> str:
    """Return the attribute of a path."""
    return scope.names[path] if path.startswith("#") else path
