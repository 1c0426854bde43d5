"""`python -m local state`: what lies there, and how to remove it."""

import io
import json
import sys
from pathlib import Path

import pytest

from local import __main__ as entry_point
from local.paths import ROOT
from local.state.command import _parser, main
from local.state.folder import StateFolder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    StateFolder(tmp_path / "state", tmp_path).release()
    return tmp_path / "state"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_folder_is_shown_as_text_and_as_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "--state-dir", str(folder)]) == 0
    assert capsys.readouterr().out.startswith(f"State folder {folder}\n")
    assert main(["show", "--json", "--state-dir", str(folder)]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["folder"], shown["videos"], shown["problems"]) == (str(folder), {}, [])


def test_a_folder_with_a_problem_is_shown_with_status_1(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "state.sqlite").write_bytes(b"x" * 10000)
    assert main(["show", "--state-dir", str(folder)]) == 1
    assert ".recover" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["show", "clear"])
def test_a_folder_that_is_missing_or_not_ours_is_one_sentence(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine").write_text("any")
    for folder, words in ((tmp_path / "gone", "there is no state folder"), (tmp_path, "is not a state folder: it holds other files")):
        assert main([command, "--state-dir", str(folder)]) == 1
        said = capsys.readouterr().err
        assert words in said
        assert said.count("\n") == 1


def test_without_a_terminal_nothing_is_removed_unless_it_is_confirmed(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("remove\n"))
    assert main(["clear", "--state-dir", str(folder)]) == 1
    assert "without a terminal, confirm with --yes" in capsys.readouterr().err
    assert (folder / "state.sqlite").exists()
    assert main(["clear", "--yes", "--state-dir", str(folder)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "Removed."
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(("answer", "status"), [("remove\n", 0), ("yes\n", 1), ("\n", 1), ("", 1)])
def test_in_a_terminal_it_asks(folder: Path, answer: str, status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    assert main(["clear", "--state-dir", str(folder)]) == status
    assert (folder / "state.sqlite").exists() == (status == 1)


def test_what_remains_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "notes.txt").write_text("mine")
    assert main(["clear", "--yes", "--state-dir", str(folder)]) == 0
    assert capsys.readouterr().out.endswith("Removed. What is not the service's remains: notes.txt\n")


def test_the_folder_of_a_running_service_is_not_cleared(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state = StateFolder(folder, folder)
    assert main(["clear", "--yes", "--state-dir", str(folder)]) == 1
    assert "belongs to a running service" in capsys.readouterr().err
    state.release()


def test_the_default_is_the_folder_of_a_service_without_flags(capsys: pytest.CaptureFixture[str]) -> None:
    assert _parser().parse_args(["show"]).state_dir == ROOT / ".local" / "state"
    entry_point.main(["--help"])
    assert "state      show or remove what a service has stored" in capsys.readouterr().out
