"""No foreign API knows of money: what is paid is decided by the core alone."""

from pathlib import Path

import pytest

from tools.faces import main, money_in, size_of


def test_every_foreign_api_is_measured_and_none_knows_of_money(capsys: pytest.CaptureFixture[str]) -> None:
    assert main() == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["openai", "ark", "myrouter"]
    assert all(line.endswith("money: none") for line in lines)


@pytest.mark.parametrize(
    "text",
    [
        "from cliprelay.tenants.budgets import BudgetTable",
        "from cliprelay import tenants",
        "import cliprelay.video.spend",
        "def price():\n    from cliprelay.catalog import pricing",
    ],
)
def test_an_import_of_money_is_found_wherever_it_stands(text: str) -> None:
    assert len(money_in(text)) == 1


@pytest.mark.parametrize("text", ["from cliprelay.video.record import Video", "import cliprelay.tenantsish"])
def test_other_imports_are_not(text: str) -> None:
    assert money_in(text) == []


def test_modules_of_routes_and_of_words_are_counted(tmp_path: Path) -> None:
    (tmp_path / "api/ark").mkdir(parents=True)
    (tmp_path / "faces").mkdir()
    (tmp_path / "api/ark/routes.py").write_text("a = 1\nfrom cliprelay.video.spend import SpendTable\n")
    (tmp_path / "faces/ark.py").write_text("b = 2\n")
    (tmp_path / "faces/openai.py").write_text("c = 3\n")
    found = size_of("ark", tmp_path)
    assert (found.modules, found.lines) == (2, 3)
    assert found.money == ["api/ark/routes.py imports cliprelay.video.spend.SpendTable"]
