"""`python -m local simulator`: run only the upstream simulator, for any client."""

import argparse
import sys
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import Field, fields
from pathlib import Path
from types import NoneType
from typing import Any, get_args

from local.interruption import Stopping
from local.simulator.contract.options import Options
from local.simulator.faults.catalogue import CATALOGUE, MODERATED_AT_CREATE, MODERATED_LATER, SETTINGS, FaultKind
from local.simulator.service import Simulator
from local.state.database import Database, StorageError
from local.state.folder import _given_folder


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until a signal; exit status 2: could not start, 130: Ctrl-C."""
    arguments = vars(_parser().parse_args(argv))
    stopping = Stopping()
    with ExitStack() as cleanup:
        try:
            simulator = _start(arguments.pop("state_dir"), cleanup, **arguments)
        except (OSError, ValueError, StorageError) as reason:
            print(f"simulator: {reason}", file=sys.stderr, flush=True)
            return 2
        status = stopping.wait()
        simulator.stop()
        _print_line(f"simulator stopped; {simulator.accepted} tasks were accepted")
    return status


def _start(path: Path | None, cleanup: ExitStack, *, quiet: bool, **arguments: Any) -> Simulator:
    storage = _open_storage(path, cleanup) if path else {}
    simulator = Simulator(log=_silent if quiet else _print_line, **storage, **arguments)
    simulator.start()
    _print_line(f"simulator listening on {simulator.url}")
    _print_line(f"key {simulator.key}; ledger {simulator.url}/_ledger; faults: --help")
    _print_line(
        f"{simulator.accepted} tasks so far, stored in {path}" if path else "everything is in memory; --state-dir DIR keeps it on disk"
    )
    return simulator


def _open_storage(path: Path, cleanup: ExitStack) -> dict[str, Any]:
    """Lock the folder, so that no other process accepts tasks in it."""
    path, lock = _given_folder(path)
    cleanup.enter_context(lock)
    folder = path / "simulator"
    folder.mkdir(exist_ok=True)
    return {"database": cleanup.enter_context(closing(Database(path / "state.sqlite"))), "folder": folder}


def _print_line(line: str) -> None:
    print(line, flush=True)


def _silent(line: str) -> None:
    pass


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local simulator",
        description="A local simulator of the upstream video API, with real videos and faults on demand.",
        epilog=faults_help(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    parser.add_argument(
        "--port", type=int, default=0, help="port to listen on; 0 selects a free one, and with --state-dir the same one again (default 0)"
    )
    parser.add_argument("--key", default="simulator-key", help="the API key that clients must send (default %(default)s)")
    parser.add_argument("--state-dir", type=Path, metavar="DIR", help="folder that keeps everything (default: in memory)")
    parser.add_argument("--quiet", action="store_true", help="do not print accepted tasks")
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
  A prompt can contain any number of directives, anywhere:

      A lighthouse at dusk. [sim create=drop-after-accept]
      A lighthouse at dusk. [sim run=3 poll=404:2 poll=500-after-end video=cut:1000]

  Each is ENDPOINT=NAME[:ARGUMENT][:COUNT], where ENDPOINT is create, poll or video. COUNT is a duration: 3 (times),
  10s (simulated seconds) or always. The default COUNT is in brackets below. Put an argument that contains spaces or
  colons in "quotes"; an empty one selects the default, as in video=cut::2. An unknown fault causes a 400.
  create faults are counted per prompt, and restart after a POST with this prompt is accepted; poll and video
  faults are counted per task. Of several faults that replace the response, the first one not used up applies; those
  marked + modify the normal response and can be combined.

  For fixed prompts, POST a JSON list to /_faults. Each string applies to the next create and its task:
      ["create=429:2", "poll=lower-case video=403", ""]
  {"all": "create=503 poll=503"} is an outage for all requests, until {"all": ""}. DELETE clears all, GET shows them.
"""


def faults_help() -> str:
    """Describe every fault with its argument and default count, from the table that defines the directives."""
    sections = [_GRAMMAR]
    for endpoint in ("create", "poll", "video"):
        sections += ["", *(_fault_line(kind) for kind in CATALOGUE if kind.endpoint == endpoint)]
    sections += ["", "settings of the whole task:"]
    sections += [f"  {name + '=…':<12} {text}" for name, (_, text) in SETTINGS.items()]
    sections += ["", "words in a prompt that the moderation rejects:"]
    sections += [f"  {word:<18} at create, {reason}" for word, reason in MODERATED_AT_CREATE.items()]
    sections += [f"  {word:<18} later, {code}" for word, code in MODERATED_LATER.items()]
    return "\n".join(sections)


def _fault_line(kind: FaultKind) -> str:
    name = f"{kind.endpoint}={kind.name}" + (f"[:{kind.argument}]" if kind.argument else "")
    return f"  {name:<38} {'+ ' if kind.is_modifier else ''}{kind.help} [{kind.default_count}]"
