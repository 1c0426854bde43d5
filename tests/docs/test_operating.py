"""docs/operating.md explains every alarm, code and command that there is."""

import re
from collections.abc import Iterator
from typing import Any

from samtranslator.yaml_helper import yaml_parse

from cliprelay.video.states import TERMINAL, Status
from cliprelay.workflow.decisions import LOST, MISSES_ALLOWED
from operate import main
from operate.parser import Parser
from tests.support.documents import TEXTS, anchors, names, table
from tests.support.paths import ROOT

OPERATING = TEXTS["docs/operating.md"]
TEMPLATE = (ROOT / "template.yaml").read_text()
SOURCE = "\n".join(path.read_text() for path in (ROOT / "layers/cliprelay/python").rglob("*.py"))


def test_every_alarm_is_explained_with_what_to_do_and_when_it_is_over() -> None:
    alarms = {name for name, part in yaml_parse(TEMPLATE)["Resources"].items() if part["Type"] == "AWS::CloudWatch::Alarm"}
    rows = table(OPERATING, "alarm | meaning | what to do | it is over when |")
    assert len(rows) == len(alarms)
    assert {names(row[0])[0] for row in rows} == alarms
    assert [row[0] for row in rows if len(row) != 4 or not all(cell.strip("| ") for cell in row)] == []


def test_every_section_that_an_alarm_names_exists() -> None:
    named = re.findall(r'operating\.md,\s+"([^"]+)"', TEMPLATE)
    assert named
    assert {name.replace(" ", "-") for name in named} <= anchors(OPERATING)


def test_every_code_of_an_unsuccessful_video_is_one_of_the_source() -> None:
    codes = [names(row[0])[0] for row in table(OPERATING, "`error.code`")]
    assert len(codes) > 10
    assert [each for each in codes if f'"{each}"' not in SOURCE] == []
    assert set(codes) >= LOST


def test_the_codes_of_a_lost_video_are_those_that_ring() -> None:
    (sentence,) = re.findall(r"^The video ended as (.*?)\.", OPERATING, re.MULTILINE)
    assert set(names(sentence)) == LOST


def test_every_state_in_which_a_video_waits_is_explained() -> None:
    assert [names(row[0])[0] for row in table(OPERATING, "status | waits for")] == [each.value for each in Status if each not in TERMINAL]


def test_the_number_of_unusable_answers_is_that_of_the_code() -> None:
    assert MISSES_ALLOWED + 1 == 9, "docs/operating.md, docs/architecture.md and docs/deploy.md say: the ninth"
    assert "The ninth such answer in a row" in OPERATING


def _commands(parser: Any, words: tuple[str, ...] = ()) -> Iterator[str]:
    """Every command that a parser knows, by its words."""
    nested = [action for action in parser._actions if action.nargs == "A..."]
    for action in nested:
        for word, child in action.choices.items():
            yield from _commands(child, (*words, word))
    if not nested:
        yield " ".join(words)


def test_the_commands_are_those_of_the_command_line() -> None:
    shown = set()
    for row in table(OPERATING, "command | what it does"):
        for command in names(row[0]):
            words = re.findall(r"^(?:operate )?((?:[a-z]+ ?)+)", command)[0].strip()
            noun = "webhooks " if not command.startswith("operate") else ""
            shown.add(noun + words)
    top = Parser(prog="any")
    nouns = top.add_subparsers()
    for module in main.COMMANDS:
        module.register(nouns)
    assert shown == set(_commands(top))
