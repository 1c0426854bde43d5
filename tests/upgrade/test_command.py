"""The command line of the check; the check itself takes minutes and is run by hand."""

from collections import Counter
from pathlib import Path

import pytest

from tests.upgrade.__main__ import extract, main, show
from tests.upgrade.orders import KINDS, kind_of
from tests.upgrade.run import Findings


def test_without_a_tag_the_version_has_to_be_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("tests.upgrade.__main__.latest_tag", lambda: "")
    assert main([]) == 2
    assert "make upgrade-check FROM=" in capsys.readouterr().err


def test_an_unknown_revision_is_named(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no-such-tag is no tag or commit"):
        extract("no-such-tag", tmp_path)


@pytest.mark.parametrize(("wrong", "status"), [([], 0), (["paid twice"], 1)])
def test_whatever_is_wrong_fails_the_check(wrong: list[str], status: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert show(Findings(wrong=wrong, errors=Counter({"PollFunction: DeadLink": 2}))) == status
    assert ("WRONG: paid twice" in capsys.readouterr().out) is bool(wrong)


def test_every_wave_has_orders_of_several_ends() -> None:
    assert {kind_of(number) for number in range(12)} == set(KINDS)
    assert {kind.ends for kind in KINDS} == {"succeeded", "failed", "unconfirmed"}
