"""How a module of commands declares them: one noun, its verbs, and the options that say where."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from operate.deployment import DEFAULT_STACK, Deployment

Run = Callable[[argparse.Namespace, Deployment], None]


class Parser(argparse.ArgumentParser):
    """Complains in one line, and never guesses an option from its beginning."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False, **settings)

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def noun(nouns: Any, name: str, purpose: str) -> Any:
    """Declare what the commands are about; returns the place for its verbs."""
    parser = nouns.add_parser(name, help=purpose, description=f"{name}: {purpose}.")
    return parser.add_subparsers(title="commands", metavar="COMMAND", required=True)


def verb(verbs: Any, name: str, run: Run, *, purpose: str, more: str, no_surplus: str | None = None) -> Parser:
    """Declare a command; `no_surplus` is the complaint about arguments that it does not take."""
    parser: Parser = verbs.add_parser(name, help=purpose, description=f"{purpose[0].upper()}{purpose[1:]}.", epilog=more)
    parser.set_defaults(run=run, parser=parser, no_surplus=no_surplus)
    where = parser.add_argument_group("where")
    where.add_argument("--stack", type=filled, metavar="NAME", help=f"a deployed stack (default: {DEFAULT_STACK})")
    where.add_argument("--region", type=filled, metavar="REGION", help="its region, if it is not your default one")
    where.add_argument("--profile", type=filled, metavar="NAME", help="the AWS profile to use")
    where.add_argument("--local", type=Path, metavar="READY_FILE", help="the service on this machine instead, by its ready file")
    return parser


def filled(text: str) -> str:
    """An option's value; an empty shell variable must not stand for the default."""
    if not text.strip():
        raise argparse.ArgumentTypeError("is empty")
    return text
