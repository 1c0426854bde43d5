"""`python -m local state`: show or remove what a service has stored on this machine."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from local.paths import ROOT
from local.state.clear import clear, losses
from local.state.contents import Contents, read_contents
from local.state.folder import DEFAULT, check_ours
from local.state.lock import FolderInUse
from local.state.problems import UnusableFolder, explained
from local.state.show import lines

CONFIRMATION = "remove"


def main(argv: list[str]) -> int:
    """Run one of the two; exit status 1: it could not, the folder has a problem, or nothing was removed."""
    args = _parser().parse_args(argv)
    folder: Path = args.state_dir
    try:
        with explained(folder):
            _check(folder)
            return _clear(folder, yes=args.yes) if args.command == "clear" else _show(folder, as_json=args.json)
    except (UnusableFolder, FolderInUse) as error:
        print(f"python -m local state: {error}", file=sys.stderr)
        return 1


def _check(folder: Path) -> None:
    if not folder.is_dir():
        raise UnusableFolder(f"there is no state folder {folder}; --state-dir names another one")
    check_ours(folder)


def _show(folder: Path, *, as_json: bool) -> int:
    found = read_contents(folder)
    print(json.dumps(asdict(found), indent=2, default=str) if as_json else "\n".join(lines(found)))
    return 1 if found.problems else 0


def _clear(folder: Path, *, yes: bool) -> int:
    left = clear(folder, lambda found: _agrees(found, yes=yes))
    if left is None:
        print("python -m local state: nothing was removed", file=sys.stderr)
        return 1
    print(f"Removed. What is not the service's remains: {', '.join(left)}" if left else "Removed.")
    return 0


def _agrees(found: Contents, *, yes: bool) -> bool:
    """Say what would be lost, and ask."""
    print("\n".join([f"This removes all data of {found.folder}:", *(f"  {line}" for line in losses(found))]), flush=True)
    if yes:
        return True
    if not sys.stdin.isatty():
        print("python -m local state: without a terminal, confirm with --yes", file=sys.stderr)
        return False
    try:
        return input(f"Type {CONFIRMATION} to go on: ").strip() == CONFIRMATION
    except EOFError:
        return False


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local state", description="Show or remove what a service has stored on this machine.", allow_abbrev=False
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    show = commands.add_parser("show", help="what lies in the folder; a running service is not disturbed", allow_abbrev=False)
    show.add_argument("--json", action="store_true", help="print one JSON object")
    remove = commands.add_parser("clear", help="remove the service's files, and nothing else", allow_abbrev=False)
    remove.add_argument("--yes", action="store_true", help="do not ask; needed without a terminal")
    for each in (show, remove):
        each.add_argument("--state-dir", type=Path, default=ROOT / DEFAULT, metavar="DIR", help="the folder (default: .local/state)")
    return parser
