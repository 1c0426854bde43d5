"""From the command line to one command, and from what went wrong to one line and an exit status."""

import argparse
import os
import sys

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from operate.commands import keys, pause, resend, restore, secret, videos, webhooks
from operate.deployment import find
from operate.errors import Trouble, in_words
from operate.parser import Parser

NOUNS = (keys, secret, videos, webhooks, resend, pause, restore)
EXAMPLES = """\
examples:
  .venv/bin/python -m operate secret set --stack cliprelay
  .venv/bin/python -m operate keys create --tenant acme --stack cliprelay --region eu-west-1
  .venv/bin/python -m operate videos list --status unconfirmed --stack cliprelay
  .venv/bin/python -m operate status --local /tmp/ready.json

Exit status: 0 done, 1 something went wrong, 2 the command line was wrong."""

# What a shell reports of a command that Ctrl-C ended: 128 + SIGINT.
INTERRUPTED = 130


def main(argv: list[str]) -> int:
    """Run one command; nothing that an owner can mend ends in a traceback."""
    given = _parse(argv)
    if None in (sys.stdin, sys.stdout):
        return _complain("standard input and output must be open")
    deployment = None
    try:
        deployment = find(given)
        given.run(given, deployment)
        sys.stdout.flush()
    except (Trouble, BotoCoreError, ClientError, ResponseParserError) as error:
        return _complain(in_words(error, deployment))
    except OSError as error:
        return _cannot_write(error)
    except KeyboardInterrupt:
        _complain("stopped")
        return INTERRUPTED
    return 0


def _parse(argv: list[str]) -> argparse.Namespace:
    top = Parser(prog="python -m operate", description="The owner's commands of a ClipRelay deployment.", epilog=EXAMPLES)
    nouns = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in NOUNS:
        module.add_to(nouns)
    given, surplus = top.parse_known_args(argv)
    if surplus:
        given.parser.error(given.no_surplus or f"unrecognized arguments: {' '.join(surplus)}")
    if given.local and (given.stack or given.region or given.profile):
        given.parser.error("--local names the place already: leave out --stack, --region and --profile")
    return given


def _cannot_write(error: OSError) -> int:
    # The interpreter would try again at its end, and complain in its own way.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    # `keys list | head -1`: the rest is not wanted, and that is nobody's trouble.
    return 1 if isinstance(error, BrokenPipeError) else _complain(f"cannot write the answer: {error.strerror}")


def _complain(line: str) -> int:
    print(f"python -m operate: {line}", file=sys.stderr)
    return 1
