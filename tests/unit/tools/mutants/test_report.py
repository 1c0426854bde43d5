"""The score counts what was noticed or explained; too little of a module is a failure."""

from datetime import datetime
from pathlib import Path

import pytest

from tests.support.makers import NOW
from tools.mutants.__main__ import Tried
from tools.mutants.modules import MODULES
from tools.mutants.operators import Mutant
from tools.mutants.report import explanations, is_good, note, noticed_before, page, survivors


def _tried(module: str, **fates: int) -> list[Tried]:
    mutant = Mutant(7, "a = 1", "a = 2", "a = 2")
    return [Tried(module, mutant, fate) for fate, number in fates.items() for _ in range(number)]


@pytest.mark.parametrize(
    ("one", "other", "good"),
    [
        ({"noticed": 95, "unnoticed": 5}, {}, True),
        ({"noticed": 94, "unnoticed": 6}, {}, False),
        ({"noticed": 90, "explained": 5, "unnoticed": 5}, {}, True),
        ({"noticed": 100}, {"noticed": 9, "unnoticed": 1}, True),
        ({"noticed": 100}, {"noticed": 8, "unnoticed": 1}, False),
    ],
)
def test_all_changes_and_those_of_each_module_are_counted(one: dict[str, int], other: dict[str, int], good: bool) -> None:
    assert is_good([*_tried("one", **one), *_tried("other", **other)]) is good


def test_the_page_has_a_row_for_each_module_and_says_how_it_was_made() -> None:
    text = page([*_tried("video/table", noticed=8, explained=1, unnoticed=1)], 440, 7, datetime.fromtimestamp(0, NOW.tzinfo), 130)
    assert "| video/table | 10 | 8 | 1 | 1 | 90% |" in text
    assert "--number 440 --seed 7`, 1970-01-01, 2 minutes" in text


def test_a_run_is_resumed_by_what_it_has_noticed(tmp_path: Path) -> None:
    file = tmp_path / "noticed"
    assert noticed_before(None) == noticed_before(file) == {}
    for module in ("video/table", "video/states"):
        note(file, *_tried(module, noticed=1))
    assert noticed_before(file) == {("video/table", "a = 1", "a = 2"): "noticed", ("video/states", "a = 1", "a = 2"): "noticed"}


def test_what_nobody_noticed_is_shown_as_a_change() -> None:
    shown = survivors(_tried("video/table", noticed=1, unnoticed=1))
    assert shown.count("video/table:7") == 1
    assert "- a = 1\n  + a = 2" in shown


def test_every_explanation_has_a_reason_and_names_a_module() -> None:
    assert [key for key, reason in explanations().items() if key[0] not in MODULES or len(reason) < 20] == []
