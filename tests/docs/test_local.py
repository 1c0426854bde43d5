"""docs/local.md names the flags, files and functions of the local service."""

import argparse
import re
from pathlib import Path
from typing import Any

from local.serve import options
from tests.support.documents import TEXTS, table
from tests.support.product_template import product_template

LOCAL = TEXTS["docs/local.md"]
TEMPLATE: dict[str, Any] = product_template()
PARSER: argparse.ArgumentParser = options._parser()
FLAGS = [option for action in PARSER._actions for option in action.option_strings if option not in ("-h", "--help")]


def test_the_flags_of_the_local_service_are_those_of_its_command_line() -> None:
    assert [re.findall(r"--[\w-]+", row[0])[0] for row in table(LOCAL, "flag | meaning")] == FLAGS


def test_every_flag_that_a_document_gives_the_local_service_exists() -> None:
    lines = [line for text in TEXTS.values() for line in re.findall(r"python -m local serve(.*)$", text, re.MULTILINE)]
    given = {flag for line in lines for flag in re.findall(r" (--[\w-]+)", line.split("`")[0])}
    assert given
    assert given <= set(FLAGS)


def test_each_function_can_be_invoked_with_its_event() -> None:
    invoked = re.findall(r"^sam local invoke (\w+) -e (\S+) --env-vars", LOCAL, re.MULTILINE)
    real = [name for name, part in TEMPLATE["Resources"].items() if part["Type"] == "AWS::Serverless::Function"]
    assert sorted(name for name, _ in invoked) == sorted(real)
    assert all(Path(event).stem == name.removesuffix("Function").lower() for name, event in invoked)
