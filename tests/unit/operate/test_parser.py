"""The grammar of commands: no option is guessed, none is empty, and a complaint is one line."""

import argparse

import pytest

from operate.parser import Parser, add_command, add_deployment, add_group, non_empty


def _parser() -> Parser:
    parser = Parser(prog="operate")
    add_deployment(parser, default=None)
    add_command(
        add_group(parser.add_subparsers(), "keys", "API keys"), "create", lambda given, deployment: None, purpose="create a key", epilog=""
    )
    return parser


def _complaint(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ended:
        _parser().parse_args(words)
    assert ended.value.code == 2
    return capsys.readouterr().err


def test_every_command_takes_the_options_that_say_where() -> None:
    given = _parser().parse_args(["keys", "create", "--stack", "a", "--region", "b", "--profile", "c", "--local", "ready.json"])
    assert (given.stack, given.region, given.profile, str(given.local)) == ("a", "b", "c", "ready.json")
    assert given.run is not None


@pytest.mark.parametrize("words", [["keys"], ["keys", "create", "--stac", "a"], ["keys", "create", "--stack", " "], ["nothing"]])
def test_what_is_no_command_is_one_line_that_names_the_help(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    complaint = _complaint(words, capsys)
    assert complaint.count("\n") == 1
    assert complaint.rstrip().endswith("--help)")


@pytest.mark.parametrize("text", ["", " ", "\t"])
def test_an_empty_shell_variable_stands_for_no_value(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="is empty"):
        non_empty(text)
    assert non_empty("a") == "a"
