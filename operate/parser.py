"""Declare command groups, commands and the options that select a deployment."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from operate.deployment import DEFAULT_STACK, Deployment

CommandFunction = Callable[[argparse.Namespace, Deployment], None]


class Parser(argparse.ArgumentParser):
    """An argument parser with one-line errors and no abbreviated options."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False, **settings)

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def add_deployment(parser: argparse.ArgumentParser, default: Any = argparse.SUPPRESS) -> None:
    """Add the options that select a deployment, which may stand before or after each word of a command."""
    where = parser.add_argument_group("deployment")
    stack = f"name of a deployed stack (default: {DEFAULT_STACK})"
    where.add_argument("--stack", type=non_empty, default=default, metavar="NAME", help=stack)
    where.add_argument("--region", type=non_empty, default=default, metavar="REGION", help="AWS region of the stack, if not your default")
    where.add_argument("--profile", type=non_empty, default=default, metavar="NAME", help="AWS profile to use")
    local = "use the local service described by this ready file instead"
    where.add_argument("--local", type=Path, default=default, metavar="READY_FILE", help=local)


def add_group(subparsers: Any, name: str, purpose: str) -> Any:
    """Add a command group and return the object that its commands are added to."""
    parser = subparsers.add_parser(name, help=purpose, description=f"{name}: {purpose}.")
    add_deployment(parser)
    return parser.add_subparsers(title="commands", metavar="COMMAND", required=True)


def add_command(
    commands: Any, name: str, run: CommandFunction, *, purpose: str, epilog: str, extra_arguments_error: str | None = None
) -> Parser:
    """Add a command; `extra_arguments_error` replaces the message for unrecognized arguments."""
    parser: Parser = commands.add_parser(name, help=purpose, description=f"{purpose[0].upper()}{purpose[1:]}.", epilog=epilog)
    parser.set_defaults(run=run, parser=parser, extra_arguments_error=extra_arguments_error)
    add_deployment(parser)
    return parser


def non_empty(text: str) -> str:
    """Reject an empty option value, so that an unset shell variable does not select the default."""
    if not text.strip():
        raise argparse.ArgumentTypeError("is empty")
    return text
