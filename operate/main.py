"""Run one command from the command line and turn errors into one line and an exit status."""

import argparse
import os
import sys

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from operate.commands import budgets, keys, pause, resend, restore, secret, usage, videos, webhooks
from operate.deployment import find
from operate.errors import CommandError, describe
from operate.parser import Parser, add_deployment

COMMANDS = (keys, budgets, usage, secret, videos, webhooks, resend, pause, restore)
EXAMPLES = """\
examples:
  .venv/bin/python -m operate secret set --stack cliprelay
  .venv/bin/python -m operate keys create --tenant acme --stack cliprelay --region eu-west-1
  .venv/bin/python -m operate videos list --status unconfirmed --stack cliprelay
  .venv/bin/python -m operate --local ready.json status

The options of the deployment may stand before or after the command.

Exit status: 0 success, 1 error, 2 invalid command line."""

# The shell convention for a command ended by Ctrl-C: 128 + SIGINT.
INTERRUPTED = 130


def main(argv: list[str]) -> int:
    """Run one command; print errors that the operator can fix as one line, without a traceback."""
    args = _parse(argv)
    if None in (sys.stdin, sys.stdout):
        return _fail("standard input and output must be open")
    deployment = None
    try:
        deployment = find(args)
        args.run(args, deployment)
        sys.stdout.flush()
    except (CommandError, BotoCoreError, ClientError, ResponseParserError) as error:
        return _fail(describe(error, is_local=bool(deployment and deployment.is_local)))
    except OSError as error:
        return _cannot_write(error)
    except KeyboardInterrupt:
        if sys.stderr.isatty():
            print(file=sys.stderr)  # after the terminal's ^C
        _fail("stopped")
        return INTERRUPTED
    return 0


def _parse(argv: list[str]) -> argparse.Namespace:
    top = Parser(prog="python -m operate", description="Commands for the operator of a ClipRelay deployment.", epilog=EXAMPLES)
    add_deployment(top, default=None)
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in COMMANDS:
        module.register(commands)
    args, extra = top.parse_known_args(argv)
    if extra:
        args.parser.error(args.extra_arguments_error or f"unrecognized arguments: {' '.join(extra)}")
    if args.local and (args.stack or args.region or args.profile):
        args.parser.error("--local already selects the deployment: omit --stack, --region and --profile")
    return args


def _cannot_write(error: OSError) -> int:
    # Otherwise the interpreter flushes again at exit and prints its own error.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    # A closed pipe, as in `keys list | head -1`, is not an error worth a message.
    return 1 if isinstance(error, BrokenPipeError) else _fail(f"cannot write the output: {error.strerror}")


def _fail(line: str) -> int:
    print(f"python -m operate: {line}", file=sys.stderr)
    return 1
