"""docs/operating.md explains every alarm, code and command that there is."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from cliprelay.tenants.api_keys import CACHE_SECONDS as KEY_SECONDS
from cliprelay.upstream.credentials import CACHE_SECONDS as UPSTREAM_SECONDS
from cliprelay.video.states import TERMINAL, Status
from cliprelay.webhooks.secrets import CACHE_SECONDS as MASTER_SECONDS
from cliprelay.webhooks.secrets import MASTER_OVERLAP, SHOWN_AFTER
from cliprelay.webhooks.settings import MOST_VERSIONS, OVERLAP
from cliprelay.workflow.decisions import LOST, MISSES_ALLOWED
from operate import main
from operate.parser import Parser
from tests.support.documents import TEXTS, names, table
from tests.support.paths import ROOT
from tests.support.product_template import product_template

OPERATING = TEXTS["docs/operating.md"]
TEMPLATE = (ROOT / "template.yaml").read_text()
SOURCE = "\n".join(path.read_text() for path in (ROOT / "layers/cliprelay/python").rglob("*.py"))


def _resources(kind: str) -> dict[str, Any]:
    return {name: part["Properties"] for name, part in product_template()["Resources"].items() if part["Type"] == kind}


ALARMS = _resources("AWS::CloudWatch::Alarm")


@pytest.mark.parametrize("alarm", sorted(ALARMS))
def test_every_alarm_has_a_section_that_says_what_it_means_what_to_do_and_when_it_is_over(alarm: str) -> None:
    sections = re.findall(rf"^### {alarm}\n+(.*?)^#", OPERATING, re.MULTILINE | re.DOTALL)
    assert len(sections) == 1, f"docs/operating.md needs one section `### {alarm}`"
    labels = re.findall(r"^- \*\*(.+?):\*\* \S.{15,}$", sections[0], re.MULTILINE)
    assert labels == ["Means", "Do", "Over when"], f"the section {alarm} needs a line for each of these"


@pytest.mark.parametrize("alarm", sorted(ALARMS))
def test_the_description_of_an_alarm_names_its_section(alarm: str) -> None:
    wanted = f'See docs/operating.md, "{alarm}".'
    assert wanted in " ".join(ALARMS[alarm]["AlarmDescription"].split()), f"the AlarmDescription of {alarm} must say: {wanted}"


def test_every_section_of_an_alarm_is_about_an_alarm_of_the_template() -> None:
    assert set(re.findall(r"^### (\w+Alarm)$", OPERATING, re.MULTILINE)) == set(ALARMS)


def test_every_table_that_a_restore_loses_the_settings_of_gets_them_back() -> None:
    settings = _resources("AWS::DynamoDB::Table").values()
    attributes = {table["TimeToLiveSpecification"]["AttributeName"] for table in settings if "TimeToLiveSpecification" in table}
    assert {f"Enabled=true,AttributeName={name}" for name in attributes} == set(re.findall(r"Enabled=true,\S+", OPERATING))
    assert all(table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] for table in settings)


def test_the_times_of_the_rotations_are_those_of_the_code() -> None:
    assert (timedelta(hours=24), 4, timedelta(days=7)) == (OVERLAP, MOST_VERSIONS, MASTER_OVERLAP), "see the section Rotations"
    assert (300, 300, timedelta(minutes=10)) == (UPSTREAM_SECONDS, MASTER_SECONDS, SHOWN_AFTER)
    assert KEY_SECONDS == 60


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
            words = re.findall(r"^(?:operate )?((?:[a-z]+(?:-[a-z]+)* ?)+)", command)[0].strip()
            noun = re.findall(r"^`operate ([a-z]+)", row[0])[0] + " " if not command.startswith("operate") else ""
            shown.add(noun + words)
    top = Parser(prog="any")
    nouns = top.add_subparsers()
    for module in main.COMMANDS:
        module.register(nouns)
    assert shown == set(_commands(top))
