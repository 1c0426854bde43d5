"""Every name in the documents stands for something that exists: files, headings, commands, versions."""

import contextlib
import io
import os
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

from cliprelay.version import VERSION
from local.__main__ import COMMANDS
from operate import main
from tests.support.documents import TEXTS, WRITTEN, anchors, code, examples
from tests.support.paths import ROOT

EVERY = pytest.mark.parametrize("document", TEXTS)
FOLDERS = ("layers", "client", "local", "operate", "functions", "tests", "tools")
# A path in the documents may start in one of these.
PLACES = [
    ROOT / place for place in ("", "layers/cliprelay/python/cliprelay", "client/src/cliprelay_client", "local", "operate", "tests", "docs")
]
TARGETS = set((re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE) or [""])[0].split())


@cache
def module_names() -> set[str]:
    return {path.name for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")}


@cache
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
    folders = "functions|layers|client|local|operate|tests|tools|docs|events|statemachine|\\.ci"
    named = re.findall(rf"(?<![\w/.~-])((?:{folders})/[\w./-]*[\w/])", code(TEXTS[document]))
    # A path with a placeholder, as functions/<step>/app.py, is named by its first part alone.
    assert [path for path in named if not (ROOT / path).exists()] == []


@EVERY
def test_every_module_named_alone_exists(document: str) -> None:
    assert set(re.findall(r"(?<![\w/.>])(\w+\.py)\b", code(TEXTS[document]))) - module_names() == set()


@EVERY
def test_every_module_named_with_its_folder_is_there(document: str) -> None:
    named = set(re.findall(r"(?<![\w/.<>])((?:\w+/)+\w+\.py)\b", code(TEXTS[document])))
    assert [path for path in named if not any((place / path).exists() for place in PLACES)] == []


@EVERY
def test_every_room_of_the_package_that_is_named_exists(document: str) -> None:
    named = set(re.findall(r"`([a-z_]+/(?:[a-z_0-9]+/)*)`", TEXTS[document])) if document != "docs/decisions/0059-layout.md" else set()
    bucket = {"inputs/", "uploads/", "videos/", "posters/", "unverified/"}
    state_folder = {"objects/", "simulator/", "mail/", "logs/", "tmp/"}
    assert [path for path in named - bucket - state_folder if not any((place / path).is_dir() for place in PLACES)] == []


@EVERY
def test_every_link_leads_somewhere(document: str) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", TEXTS[document]):
        if target.startswith("https://"):
            continue
        name, _, anchor = target.partition("#")
        path = (ROOT / document).parent / name if name else ROOT / document
        assert path.exists(), target
        assert not anchor or anchor in anchors(path.read_text()), target


@EVERY
def test_every_command_exists(document: str) -> None:
    words = code(TEXTS[document])
    assert set(re.findall(r"(?<!cliprelay )\bmake (?:PYTHON=\S+ )?([a-z-]+)", words)) <= TARGETS
    assert set(re.findall(r"python -m local (\w+)", words)) <= set(COMMANDS)
    commands = set(re.findall(r"\boperate ((?:budgets|keys|secret|videos|webhooks) [a-z]+|[a-z]+)", words))
    assert [each for each in commands if not is_operate(each)] == []


def test_every_target_of_the_makefile_is_described() -> None:
    assert set(re.findall(r"^\| `make ([a-z-]+)", TEXTS["CONTRIBUTING.md"], re.MULTILINE)) == TARGETS


@EVERY
def test_every_option_of_an_operators_command_exists(document: str) -> None:
    lines = re.findall(r"^\S*python -m operate (.+)$|`(?:\S*python -m )?operate ([^`]+)`", code(TEXTS[document]), re.MULTILINE)
    # The options of the deployment may stand before the command.
    bare = [re.sub(r"^(?:--\w+ \S+ )+", "", first or second) for first, second in lines]
    for line in filter(None, bare):
        for option in re.findall(r"(--[a-z-]+)", line):
            words = re.match(r"(?:budgets|keys|secret|videos|webhooks) [a-z]+|[a-z]+", line)
            assert words is not None, line
            assert option in _help_of(words[0]), line


def _help_of(words: str) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as output, contextlib.suppress(SystemExit):
        main._parse([*words.split(), "--help"])
    return output.getvalue()


@EVERY
def test_every_json_example_parses(document: str) -> None:
    examples(TEXTS[document])


@EVERY
def test_no_machine_of_an_author_shows(document: str) -> None:
    # Absolute paths are those of the API, of the simulator, of a log group, temporary, of an example's base path, or of a systemd unit.
    allowed = r"/(v1|v3|openai/v1|api/v3|clips|health|docs|console|openapi\.json|content|_ledger|_faults|tmp|dev/stdout|path/to)\b"
    unit = r"/(etc/cliprelay\.env|etc/systemd/system|(opt|srv|run|var/lib)/cliprelay)\b"
    paths = re.findall(r"(?<![\w.…/}>:*-])/[a-z_][\w.-]*(?:/[\w.-]+)*", code(TEXTS[document]))
    assert [path for path in paths if not re.match(f"{allowed}|{unit}", path)] == []
    assert re.findall(r"clr_[\w-]{43}|(?<!&)#\d+\b|file://(?!events/)", TEXTS[document]) == []


@pytest.mark.parametrize("document", WRITTEN)
def test_no_address_of_an_authors_machine_shows(document: str) -> None:
    assert "localhost/" not in TEXTS[document]


def test_the_changelog_has_the_version_that_the_code_says() -> None:
    newest = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$", TEXTS["CHANGELOG.md"], re.MULTILINE)[0]
    assert newest == VERSION


def test_the_licence_is_the_one_that_the_project_names() -> None:
    text = (ROOT / "LICENSE").read_text()
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["license"] == "Apache-2.0"
    assert "Apache License\n                           Version 2.0, January 2004" in text
    assert "Copyright 2026 The ClipRelay authors\n" in text


def _called() -> set[str]:
    """Modules of the repository that a document or the Makefile calls as commands, other than packages, which are run elsewhere."""
    texts = (*TEXTS.values(), (ROOT / "Makefile").read_text())
    return {name for text in texts for name in re.findall(r"python -m ((?:tests|tools)(?:\.\w+)+)", text)}


def test_every_module_that_is_called_as_a_command_exists() -> None:
    assert "tools.docs" in _called()
    paths = [ROOT / Path(*name.split(".")) for name in _called()]
    assert [path for path in paths if not (path.with_suffix(".py").exists() or (path / "__main__.py").exists())] == []


@pytest.mark.parametrize("module", sorted(name for name in _called() if (ROOT / Path(*name.split("."))).with_suffix(".py").exists()))
def test_a_command_of_the_tests_finds_the_product_by_itself(module: str) -> None:
    bare = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run([sys.executable, "-c", f"import {module}"], env=bare, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
