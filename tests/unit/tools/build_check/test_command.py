"""The command says which tool is missing, builds without the outer make's settings, and counts its complaints."""

import sys
from pathlib import Path

import pytest

from tools.build_check import layers
from tools.build_check.command import ToolMissing, build, check_layers, find_python, main, report
from tools.build_check.functions import Build, BuiltFunction


def tool(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the only folder of the PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def test_the_functions_python_is_taken_from_the_path(path: Path) -> None:
    (path / "python3.13").symlink_to(sys.executable)
    assert find_python("python3.13") == str(path / "python3.13")


@pytest.mark.parametrize("script", [None, "exit 127"], ids=["absent", "not selected"])
def test_a_missing_python_is_named_with_its_reason(path: Path, script: str | None) -> None:
    if script:
        tool(path, "python3.13", script)
    with pytest.raises(ToolMissing, match=r"^python3\.13 is not on the PATH\. The functions run on it"):
        find_python("python3.13")


def test_a_missing_sam_is_named_with_how_to_get_it(path: Path) -> None:
    with pytest.raises(ToolMissing, match=r"^sam is not on the PATH\. .*pip install aws-sam-cli"):
        build()


def test_a_missing_tool_ends_the_check_with_status_2(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert capsys.readouterr().out.count("\n") == 1


def test_a_build_that_fails_ends_the_check(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tool(path, "python3.13", "exit 0")
    tool(path, "sam", "exit 3")
    assert main([]) == 1
    assert "`sam build` failed with status 3" in capsys.readouterr().out


def test_sam_gets_nothing_of_the_make_around_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAKEFLAGS", "-- PYTHON=python3.9")
    monkeypatch.setenv("AWS_PROFILE", "mine")
    tool(path, "sam", f'echo "$1 $MAKEFLAGS $AWS_PROFILE" > {path}/said')
    build()
    assert (path / "said").read_text() == "build  mine\n"


def test_layers_that_are_too_large_are_a_complaint(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parts = {name: tmp_path / name for name in ("One", "Two")}
    for folder in parts.values():
        (folder / "python").mkdir(parents=True)
        with (folder / "python/data").open("wb") as file:
            file.truncate(layers.LARGEST // 2 + 1)
    (complaint,) = check_layers(Build(parts, [], "python3.13"), sys.executable)
    assert "85.0 MB unpacked, more than 85 MB" in complaint
    assert complaint in capsys.readouterr().out


def test_a_function_that_is_too_large_with_its_layers_is_a_complaint(tmp_path: Path) -> None:
    shared, own, code = (tmp_path / name for name in ("Shared", "Own", "code"))
    for folder, size in ((shared, layers.LARGEST), (own, layers.LARGEST_FUNCTION - layers.LARGEST), (code, 1)):
        (folder / "python").mkdir(parents=True)
        with (folder / "python/data").open("wb") as file:
            file.truncate(size)
    small = BuiltFunction("PollFunction", code, [shared], "app.handler")
    large = BuiltFunction("ThumbnailFunction", code, [shared, own], "app.handler")
    (complaint,) = check_layers(Build({"Shared": shared, "Own": own}, [small, large], "python3.13"), sys.executable)
    assert complaint == "ThumbnailFunction has 250.0 MB unpacked with its layers, more than Lambda's 250 MB"


def test_only_the_first_complaints_of_a_part_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    report("Layer", [f"file {number} has no bytecode" for number in range(1000)], "fine")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "  Layer"
    assert lines[-1] == "    and 995 more"
    assert len(lines) == 7
