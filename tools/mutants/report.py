"""The score of each module, the changes that nobody noticed, and those that change nothing that matters."""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from tools.mutants.operators import Mutant

HERE = Path(__file__).resolve().parent
PAGE = HERE.parents[1] / "docs" / "reference" / "mutants.md"
# The shares of changes that have to be noticed or explained.
OF_ALL, OF_A_MODULE = 0.95, 0.90

_HEAD = """\
<!-- Written by `make mutants`, by hand; do not edit. -->

# Changes that the tests notice

`make mutants` makes small changes to the modules of the money path, one at a time: a comparison, a number, an operand, an argument, an
alternative of a pattern, an entry of a table, a statement. Then it runs the tests that reach the module. A change is *noticed* if a test
fails, *explained* if `tools/mutants/explained.json` says why it changes nothing that matters, and *unnoticed* otherwise.
Left alone are docstrings, annotations, imports, log lines, f-strings and prose.

"""


class Tried(Protocol):
    """One change of a module, and what became of it."""

    @property
    def module(self) -> str: ...
    @property
    def mutant(self) -> Mutant: ...
    @property
    def fate(self) -> str: ...


def explanations() -> dict[tuple[str, str, str], str]:
    """Read why some changes matter to nobody: by module, statement before and after."""
    entries = json.loads((HERE / "explained.json").read_text())
    return {(entry["module"], entry["before"], entry["after"]): entry["reason"] for entry in entries}


def noticed_before(path: Path | None) -> dict[tuple[str, str, str], str]:
    """Read what an earlier run has noticed."""
    lines = path.read_text().splitlines() if path and path.exists() else []
    return {tuple(json.loads(line)): "noticed" for line in lines}


def note(path: Path | None, tried: Tried) -> None:
    """Add a noticed change to the file of a run that may be resumed."""
    if path:
        with path.open("a") as file:
            file.write(json.dumps([tried.module, tried.mutant.before, tried.mutant.after]) + "\n")


def _share(tried: Sequence[Tried]) -> float:
    return sum(each.fate != "unnoticed" for each in tried) / len(tried) if tried else 1.0


def _by_module(tried: Sequence[Tried]) -> dict[str, list[Tried]]:
    return {name: [each for each in tried if each.module == name] for name in dict.fromkeys(each.module for each in tried)}


def is_good(tried: Sequence[Tried]) -> bool:
    """Report whether enough changes were noticed or explained, of all and of each module."""
    return _share(tried) >= OF_ALL and all(_share(part) >= OF_A_MODULE for part in _by_module(tried).values())


def survivors(tried: Sequence[Tried]) -> str:
    """Show every change that nobody noticed."""
    lines = [f"{t.module}:{t.mutant.line}\n  - {t.mutant.before}\n  + {t.mutant.after}\n" for t in tried if t.fate == "unnoticed"]
    return "\n" + "\n".join(lines) + "\n"


def page(tried: Sequence[Tried], number: int, seed: int, now: datetime, seconds: int, *, is_resumed: bool = False) -> str:
    """Return the page with the score of each module."""
    rows = [_row(name, part) for name, part in _by_module(tried).items()]
    took = "in parts: what an earlier part had noticed was not tried again" if is_resumed else f"{seconds // 60} minutes"
    command = f"`python -m tools.mutants --number {number} --seed {seed}`, {now:%Y-%m-%d}, {took}"
    table = ["| module | changes | noticed | explained | unnoticed | score |", "| --- | ---: | ---: | ---: | ---: | ---: |"]
    return _HEAD + "\n".join([command, "", *table, *rows, _row("**together**", tried)]) + "\n"


def _row(name: str, part: Sequence[Tried]) -> str:
    fates = Counter(each.fate if each.fate in ("explained", "unnoticed") else "noticed" for each in part)
    cells = (len(part), fates["noticed"], fates["explained"], fates["unnoticed"], f"{_share(part):.0%}")
    return f"| {name} | {' | '.join(map(str, cells))} |"
