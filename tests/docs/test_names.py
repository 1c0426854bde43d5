"""Every name in the documents stands for something that exists: files, headings, commands, alarms, codes, versions."""

import contextlib
import io
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from samtranslator.yaml_helper import yaml_parse

from cliprelay.version import VERSION
from local.__main__ import COMMANDS
from operate import main

_ROOT = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")
DOCUMENTS = [Path(name) for name in (*_ROOT, "docs/decisions.md", "docs/operating.md", "docs/reference/simulation.md")]
TEXTS = {str(path): path.read_text() for path in DOCUMENTS}
OPERATING = TEXTS["docs/operating.md"]
SOURCE = "\n".join(path.read_text() for path in Path("layers/cliprelay/python").rglob("*.py"))
EVERY = pytest.mark.parametrize("document", TEXTS)


def code(text: str) -> str:
    """What is written as code, in lines or in blocks."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    return "\n".join([*blocks, *re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE))])


def anchors(text: str) -> set[str]:
    """The anchors that a code host makes of the headings."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def is_operate(words: str) -> bool:
    """Whether `python -m operate` followed by these words is a command."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            main._parse([*words.split(), "--help"])
        except SystemExit as end:
            return end.code == 0
    return False


@EVERY
def test_every_path_of_the_repository_exists(document: str) -> None:
    folders = "functions|layers|local|operate|tests|tools|docs|events|statemachine|\\.ci"
    named = re.findall(rf"(?<![\w/.~-])((?:{folders})/[\w./-]*[\w/])", code(TEXTS[document]))
    # A path with a placeholder, as functions/<step>/app.py, is named by its first part alone.
    assert [path for path in named if not Path(path).exists()] == []


@EVERY
def test_every_module_named_alone_exists(document: str) -> None:
    known = {path.name for folder in ("layers", "local", "operate", "functions", "tests", "tools") for path in Path(folder).rglob("*.py")}
    assert set(re.findall(r"(?<![\w/.])(\w+\.py)\b", code(TEXTS[document]))) - known == set()


@EVERY
def test_every_link_leads_somewhere(document: str) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", TEXTS[document]):
        if target.startswith("https://"):
            continue
        name, _, anchor = target.partition("#")
        path = Path(document).parent / name if name else Path(document)
        assert path.exists(), target
        assert not anchor or anchor in anchors(path.read_text()), target


@EVERY
def test_every_command_exists(document: str) -> None:
    words = code(TEXTS[document])
    targets = re.search(r"^\.PHONY: (.*)$", Path("Makefile").read_text(), re.MULTILINE)
    assert targets
    assert set(re.findall(r"\bmake (?:PYTHON=\S+ )?([a-z-]+)", words)) <= set(targets[1].split())
    assert set(re.findall(r"python -m local (\w+)", words)) <= set(COMMANDS)
    commands = set(re.findall(r"\boperate ((?:keys|secret|videos) [a-z]+|[a-z]+)", words))
    assert [each for each in commands if not is_operate(each)] == []


def test_every_alarm_is_explained() -> None:
    resources = yaml_parse(Path("template.yaml").read_text())["Resources"]
    alarms = {name for name, part in resources.items() if part["Type"] == "AWS::CloudWatch::Alarm"}
    assert set(re.findall(r"^\| `(\w+Alarm)` \|", OPERATING, re.MULTILINE)) == alarms


def test_every_section_that_an_alarm_names_exists() -> None:
    named = re.findall(r'operating\.md,\s+"([^"]+)"', Path("template.yaml").read_text())
    assert named
    assert {name.replace(" ", "-") for name in named} <= anchors(OPERATING)


def test_every_code_of_an_unsuccessful_video_is_one_of_the_sources() -> None:
    (table,) = re.findall(r"^\| `error\.code`.*\n\|[ |-]+\n((?:\|.*\n)+)", OPERATING, re.MULTILINE)
    codes = re.findall(r"^\| `(\w+)`", table, re.MULTILINE)
    assert len(codes) > 10
    assert [each for each in codes if f'"{each}"' not in SOURCE] == []


@EVERY
def test_every_json_example_parses(document: str) -> None:
    for text in re.findall(r"^```json\n(.*?)^```", TEXTS[document], re.DOTALL | re.MULTILINE):
        json.loads(text)


@EVERY
def test_no_machine_of_an_author_shows(document: str) -> None:
    # Absolute paths are those of the API, of the simulator, of a log group, or temporary.
    allowed = r"/(v1|v3|health|docs|openapi\.json|content|_ledger|_faults|tmp|dev/stdout|path/to)\b"
    paths = re.findall(r"(?<![\w.…/}>:*-])/[a-z_][\w.-]*(?:/[\w.-]+)*", code(TEXTS[document]))
    assert [path for path in paths if not re.match(allowed, path)] == []
    assert re.findall(r"clr_[\w-]{43}|(?<!&)#\d+\b|localhost/|file://(?!events/)", TEXTS[document]) == []


def test_the_changelog_has_the_version_that_the_code_says() -> None:
    newest = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$", TEXTS["CHANGELOG.md"], re.MULTILINE)[0]
    assert newest == VERSION


def test_the_licence_is_the_one_that_the_project_names() -> None:
    text = Path("LICENSE").read_text()
    assert tomllib.loads(Path("pyproject.toml").read_text())["project"]["license"] == "Apache-2.0"
    assert "Apache License\n                           Version 2.0, January 2004" in text
    assert "Copyright 2026 The ClipRelay authors\n" in text


def _written_by() -> set[str]:
    """Modules of the tests that a document calls as commands, other than packages, which are run elsewhere."""
    texts = (path.read_text() for path in (*DOCUMENTS, *Path("docs").glob("*.md")))
    return {name for text in texts for name in re.findall(r"python -m (tests\.\w+\.\w+)", text)}


@pytest.mark.parametrize("module", sorted(_written_by()))
def test_a_command_of_the_tests_finds_the_product_by_itself(module: str) -> None:
    bare = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run([sys.executable, "-c", f"import {module}"], env=bare, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
