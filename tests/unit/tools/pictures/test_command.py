"""The command says what it drew, and fails if a picture is missing or too large."""

from pathlib import Path

import pytest

from tools.pictures import command
from tools.pictures.link_page import photograph


def test_without_chromium_no_photograph_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not photograph(tmp_path / "picture.png")
    assert list(tmp_path.iterdir()) == []


def test_the_command_fails_and_says_so_without_chromium(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PATH", "")
    assert command.main(["--only", "link-page"]) == 1
    assert capsys.readouterr().out == "docs/pictures/link-page.png was not drawn: there is no Chromium on the PATH\n"


def test_another_picture_is_refused_with_those_that_exist(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["--only", "console"])
    refused = capsys.readouterr().err
    assert all(name in refused for name in ("demo", "link-page", "console"))
