"""The installation says each step, stops with one sentence, and can be continued."""

import ast
import os
import re
import signal
import subprocess
import sys
import textwrap
import tomllib
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tools.install import command
from tools.install.command import OLDEST, STEPS, main

MAKEFILE = (ROOT / "Makefile").read_text()


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[str]]]:
    """Return the steps that replace those of the group `service`."""
    replaced: list[tuple[str, list[str]]] = []
    monkeypatch.setitem(STEPS, "service", replaced)
    return replaced


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_each_step_is_a_line_with_its_number_and_seconds(steps: list[tuple[str, list[str]]], capsys: pytest.CaptureFixture[str]) -> None:
    steps += [("Doing one thing", python("print('noise')")), ("Doing another", python(""))]
    assert main(["service"]) == 0
    first, *lines = capsys.readouterr().out.splitlines()
    assert "into .venv" in first
    assert "a minute or two" in first
    assert [re.sub(r"\d+ s", "0 s", line) for line in lines] == ["  1/2  Doing one thing (0 s)", "  2/2  Doing another (0 s)"]


def test_a_step_that_fails_shows_what_it_said_and_ends_the_installation(
    steps: list[tuple[str, list[str]]], capsys: pytest.CaptureFixture[str]
) -> None:
    steps += [("Failing", python("import sys; sys.exit('no network')")), ("Never", python("print('never')"))]
    assert main(["service"]) == 1
    said = capsys.readouterr().out
    assert "no network" in said
    assert "the same command continues the installation" in said
    assert "Never" not in said


def test_an_old_python_is_told_how_to_name_another(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(command, "OLDEST", (9, 0))
    assert main(["service"]) == 1
    assert capsys.readouterr().out == "ClipRelay needs Python 9.0 or newer: make PYTHON=/path/to/python3\n"


WAITING = """
    import sys
    from tools.install.command import STEPS, main
    step = "import time; pipe = open(sys.argv[1], 'w', buffering=1); pipe.write('begun' + chr(10)); time.sleep(600)"
    STEPS["service"] = [("Waiting", [sys.executable, "-c", "import sys; " + step, sys.argv[1]])]
    sys.exit(main(["service"]))
"""


def test_an_interrupt_ends_the_step_with_one_sentence(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    words = [sys.executable, "-c", textwrap.dedent(WAITING), str(pipe)]
    process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # noqa: S603
    with pipe.open() as step:
        assert step.readline() == "begun\n"
        process.send_signal(signal.SIGINT)
        said = process.communicate()[0]
        assert step.read() == ""  # the step has ended, too
    assert process.returncode == 130
    assert said.splitlines()[-1] == "Stopped; the same command continues the installation."
    assert "Traceback" not in said


def test_the_oldest_version_is_that_of_the_project() -> None:
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    assert needed == f">={'.'.join(map(str, OLDEST))}"


def test_a_python_that_is_too_old_can_still_read_the_command() -> None:
    for name in ("__init__", "__main__", "command"):
        ast.parse((ROOT / f"tools/install/{name}.py").read_text(), feature_version=(3, 7))


@pytest.mark.parametrize("group", STEPS)
def test_every_requirements_file_of_a_group_renews_its_stamp(group: str) -> None:
    files = {word for _, words in STEPS[group] for word in words if word.endswith("requirements.txt")}
    (needed,) = re.findall(rf"^\.venv/installed\S*: (.*)\n\t@trap : INT; \$\(PYTHON\) -m tools\.install {group} &&", MAKEFILE, re.MULTILINE)
    assert {word for word in needed.split() if word.endswith(".txt")} == files


def test_the_demo_needs_no_test_tools() -> None:
    service = [word for _, words in STEPS["service"] for word in words]
    assert "tests/requirements.txt" not in service
    assert re.findall(r"^(demo|demo-real): (\S+)", MAKEFILE, re.MULTILINE) == [("demo", "setup"), ("demo-real", "setup")]
    assert re.search(r"^setup: \.venv/installed ##", MAKEFILE, re.MULTILINE)
