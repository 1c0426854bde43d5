"""`python -m local simulator`: the upstream simulator alone, for any client."""

import argparse
import signal
import sys
from collections.abc import Sequence
from dataclasses import Field, fields
from threading import Event
from types import NoneType
from typing import Any, get_args

from local.simulator.contract.options import Options
from local.simulator.faults.catalogue import CATALOGUE, MODERATED_AT_CREATE, MODERATED_LATER, SETTINGS, Kind
from local.simulator.service import Simulator


def main(argv: Sequence[str] | None = None) -> int:
    arguments = vars(_parser().parse_args(argv))
    quiet = arguments.pop("quiet")
    try:
        simulator = Simulator(log=_silent if quiet else _say, **arguments)
        simulator.start()
    except (OSError, ValueError) as reason:
        print(f"simulator: {reason}", file=sys.stderr, flush=True)
        return 2
    _say(f"simulator listening on {simulator.url}")
    _say(f"key {simulator.key}; ledger {simulator.url}/_ledger; faults: --help")
    _wait_for_the_end()
    simulator.stop()
    _say(f"simulator stopped; {len(simulator.ledger())} tasks were accepted")
    return 0


def _say(line: str) -> None:
    print(line, flush=True)


def _silent(line: str) -> None:
    pass


def _wait_for_the_end() -> None:
    end = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: end.set())
    end.wait()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local simulator",
        description="The upstream video API on this machine: real answers, real videos, faults on demand.",
        epilog=faults_help(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes any free one")
    parser.add_argument("--key", default="simulator-key", help="the API key that clients must send (default %(default)s)")
    parser.add_argument("--quiet", action="store_true", help="no line per accepted task")
    for option in fields(Options):
        _add_option(parser, option)
    return parser


def _add_option(parser: argparse.ArgumentParser, option: Field[Any]) -> None:
    flag = "--" + option.name.replace("_", "-")
    text = option.metadata["help"]
    if option.type is bool:
        parser.add_argument(flag, action=argparse.BooleanOptionalAction, default=option.default, help=text)
        return
    kinds = [kind for kind in get_args(option.type) if kind is not NoneType] or [option.type]
    shown = "" if option.default is None else f" (default {option.default})"
    choices = option.metadata["choices"]
    metavar = None if choices else option.name.upper()
    parser.add_argument(flag, type=kinds[0], default=option.default, choices=choices, metavar=metavar, help=text + shown)


_GRAMMAR = """\
faults on demand:
  A prompt may hold directives, any number of them, anywhere:

      A lighthouse at dusk. [sim create=drop-after-accept]
      A lighthouse at dusk. [sim run=3 poll=404:2 poll=500-after-end video=cut:1000]

  Each is DOOR=NAME[:ARGUMENT][:COUNT], with create, poll or video as its door. COUNT says for how long: 3 (times),
  10s (simulated seconds), always. Without one it is what stands in brackets. An argument that contains spaces or
  colons stands in "quotes"; an empty one keeps the default, as in video=cut::2. A word that is no fault is a 400.
  create faults are counted per prompt and start over once a POST with this prompt was accepted; poll and video
  faults are counted per task. Among faults that replace the answer, the first that is not used up strikes; those
  marked + alter the true answer and go together.

  For prompts that are fixed:  POST /_faults  with a JSON list. Each string is for the next create and its task:
      ["create=429:2", "poll=lower-case video=403", ""]
  and {"all": "create=503 poll=503"} is an outage for every request, until {"all": ""}. DELETE forgets all, GET shows.
"""


def faults_help() -> str:
    """Every fault with its argument and usual count, from the table that the grammar reads."""
    sections = [_GRAMMAR]
    for door in ("create", "poll", "video"):
        sections += ["", *(_fault_line(kind) for kind in CATALOGUE if kind.door == door)]
    sections += ["", "of the whole task:"]
    sections += [f"  {name + '=…':<12} {text}" for name, (_, text) in SETTINGS.items()]
    sections += ["", "words in a prompt that the moderation refuses:"]
    sections += [f"  {word:<18} at create, {reason}" for word, reason in MODERATED_AT_CREATE.items()]
    sections += [f"  {word:<18} later, {code}" for word, code in MODERATED_LATER.items()]
    return "\n".join(sections)


def _fault_line(kind: Kind) -> str:
    name = f"{kind.door}={kind.name}" + (f"[:{kind.argument}]" if kind.argument else "")
    return f"  {name:<38} {'+ ' if kind.dressing else ''}{kind.help} [{kind.lasts}]"
