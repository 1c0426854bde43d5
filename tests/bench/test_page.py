"""The table of figures, the page, and what the exit status says."""

import pytest

from tests.bench import __main__ as command
from tests.bench.checkouts import Checkout, PartFailed
from tests.bench.page import comparison, performance_page, table
from tests.bench.part import PARTS
from tests.bench.rows import Row
from tests.support.paths import ROOT

REACHED = Row("calls", "calls", "the least", 25, 26, anchor_figure=20)
MISSED = Row("cold", "api", "import boto3", 1.634, 1.6, "ratio")


@pytest.mark.parametrize(
    ("row", "reached"),
    [
        (REACHED, True),
        (MISSED, False),
        (Row("cold", "api", "", 1.604, 1.6, "ratio"), True),
        (Row("capacity", "videos", "", 999, 1_000, least=True), False),
        (Row("capacity", "videos", "", 1_000, 1_000, least=True), True),
        (Row("calls", "polls", "", 8), True),
    ],
)
def test_a_goal_is_reached_by_the_figure_as_printed(row: Row, reached: bool) -> None:
    assert row.is_reached is reached


def test_the_table_shows_anchor_figure_ratio_and_goal_and_marks_what_is_missed() -> None:
    dollars = Row("calls", "cost", "their price", 19.876, 5, unit="$", anchor_figure=30)
    assert table([REACHED, MISSED, dollars]).splitlines()[2:] == [
        "| calls | the least | 25 | x1.25 | ≤ 26 |",
        "| api | import boto3 | x1.63 |  | ≤ 1.6 **missed** |",
        "| cost | their price | $19.88 | x0.66 | ≤ $5 **missed** |",
    ]


def test_a_comparison_shows_the_same_measure_of_both_checkouts() -> None:
    learned, fixed = Row("policies", "late, after 100 videos", "", 1.2, 1.3, "ratio"), Row("policies", "late", "", 2.1, 1.3, "ratio")
    assert comparison([REACHED, learned], [Row("calls", "calls", "", 37, 26), fixed]).splitlines()[2:] == [
        "| calls | 25 | 37 | ≤ 26 |",
        "| late, after 100 videos | x1.20 | x2.10 | ≤ 1.3 |",
    ]


def test_the_page_rounds_ratios_and_counts_one_video_itself() -> None:
    page = performance_page([REACHED, MISSED], seed=3)
    assert "| api | import boto3 | x1.6 | ≤ 1.6 |" in page
    assert "| calls | the least | 25 |" not in page
    assert " --seed 3 " in page
    assert "| AWS calls of a 60 s video, POST included |" in page


def test_the_committed_page_names_every_measure_and_goal() -> None:
    text = (ROOT / "docs/reference/performance.md").read_text(encoding="utf-8")
    assert [part for part in PARTS if f"| {part} |" not in text] == []


def run(monkeypatch: pytest.MonkeyPatch, rows: list[Row], *arguments: str) -> int:
    """Run the command over a checkout whose every part has these rows; None are a part that does not run."""

    def measured(self: Checkout, part: str, *options: str) -> list[Row]:
        if not rows:
            raise PartFailed("ImportError: no such module")
        return rows

    monkeypatch.setattr(Checkout, "rows", measured)
    return command.main(list(arguments))


def test_the_exit_status_says_whether_all_goals_are_reached(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, [REACHED], "calls") == 0
    assert "All goals are reached." in capsys.readouterr().out
    assert run(monkeypatch, [REACHED, MISSED], "calls") == 1
    assert "Not reached: api." in capsys.readouterr().out


def test_a_part_that_does_not_run_is_named_and_is_a_failure(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, [], "calls", "warm") == 1
    assert "warm does not run: ImportError: no such module" in capsys.readouterr().out


def test_an_unknown_part_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["nothing"])
    assert "no such part: nothing" in capsys.readouterr().err


def test_a_comparison_measures_both_and_writes_nothing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, [MISSED], "calls", "--compare", str(ROOT)) == 0
    assert "| api | x1.63 | x1.63 | ≤ 1.6 |" in capsys.readouterr().out
