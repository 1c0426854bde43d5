"""The changes are those of a slip of the pen; what is no rule is left alone."""

import ast

import pytest

from tools.mutants.operators import mutants


def _after(source: str) -> set[str]:
    return {mutant.after for mutant in mutants(source)}


@pytest.mark.parametrize(
    ("source", "changed"),
    [
        ("a = b < c", {"a = b <= c", "a = b >= c"}),
        ("a = b and c", {"a = b or c", "a = b", "a = c"}),
        ("a = not b", {"a = b"}),
        ("a = b + 2", {"a = b - 2", "a = b + 3", "a = b + 1"}),
        ("a = True", {"a = False"}),
        ("a = 'word'", {"a = 'wordX'"}),
        ("a = 'ONE TWO'", {"a = 'ONE'", "a = 'TWO'"}),
        ("a = b if c else d", {"a = d if c else b"}),
        ("f(a=1)", {"f()", "f(a=2)", "pass"}),
        ("a = min(b, c)", {"a = max(b, c)"}),
        ("a = {b: c, d: e}", {"a = {d: e}", "a = {b: c}"}),
        ("a = b.strip()", {"a = b"}),
        ("def f():\n    return a", {"return None"}),
        ("def f(a=1):\n    pass", {"def f(a=2):\n    pass"}),
        ("raise a", {"pass"}),
        ("if a:\n    b", {"if not a:\n    pass"}),
        ("a = 'x = :y AND z = :w'", {"a = 'x = :y'"}),
    ],
)
def test_every_part_of_a_statement_has_its_changes(source: str, changed: set[str]) -> None:
    assert _after(source) == changed


@pytest.mark.parametrize(
    ("pattern", "changed"),
    [
        ("a|b", {"a", "b"}),
        ("(?:a|b)c", {"(?:a)c", "(?:b)c"}),
        ("a|(b|c)", {"(b|c)", "a", "a|(c)", "a|(b)"}),
        (r"[|]a\||b", {r"[|]a\|", "b"}),
    ],
)
def test_a_pattern_loses_each_of_its_alternatives(pattern: str, changed: set[str]) -> None:
    assert _after(f"a = {pattern!r}") == {f"a = {each!r}" for each in changed}


@pytest.mark.parametrize(
    "source",
    [
        '"""A docstring."""',
        "import a",
        "def f(a: 'word') -> 'word':\n    pass",
        "logger.info('word', extra={'b': c})",
        "a = 'Prose is no rule.'",
        "if TYPE_CHECKING:\n    a = 1",
        "def f():\n    return None",
        "a = f'word {b}'",
        "a = Literal['one', 'two']",
    ],
)
def test_what_is_no_rule_is_left_alone(source: str) -> None:
    assert mutants(source) == []


def test_each_mutant_is_the_whole_module_with_one_change() -> None:
    source = "a = 1\n\ndef f(b):\n    return b < a\n"
    made = mutants(source)
    assert [mutant.line for mutant in made] == [1, 4, 4, 4]
    for mutant in made:
        lines = ast.unparse(ast.parse(source)).splitlines()
        assert sum(one != other for one, other in zip(lines, mutant.source.splitlines(), strict=True)) == 1
