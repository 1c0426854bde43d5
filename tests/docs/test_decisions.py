"""docs/decisions has one numbered file per decision, all of one form, and an index of them."""

import re
from pathlib import Path

import pytest

from tests.support.documents import TEXTS, table

DECISIONS = {name: text for name, text in TEXTS.items() if re.match(r"docs/decisions/\d", name)}
INDEX = TEXTS["docs/decisions/README.md"]


def test_the_numbers_have_no_gap() -> None:
    assert [int(Path(name).name[:4]) for name in sorted(DECISIONS)] == list(range(1, len(DECISIONS) + 1))


@pytest.mark.parametrize("name", sorted(DECISIONS))
def test_a_decision_has_its_number_its_date_options_choice_and_undo(name: str) -> None:
    lines = DECISIONS[name].splitlines()
    assert re.fullmatch(r"docs/decisions/\d{4}(-[a-z0-9]+)+\.md", name)
    assert re.match(rf"# {int(Path(name).name[:4])}\. \S", lines[0])
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", lines[2])
    # An early note on what is left out is no choice between options.
    needed = [] if "not-built-yet" in name else ["Options", "Choice", "Reason", "Undo"]
    assert [word for word in needed if f"- **{word}:** " not in DECISIONS[name]] == []


def test_the_index_lists_every_decision_with_its_date_and_title() -> None:
    real = []
    for name, text in sorted(DECISIONS.items()):
        file, lines = Path(name).name, text.splitlines()
        real.append([f"[{file[:4]}]({file})", lines[2], lines[0].split(". ", 1)[1]])
    assert [[cell.strip("| ") for cell in row] for row in table(INDEX, "number | date | decision")] == real
