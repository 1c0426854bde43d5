"""What the command line asks for: a target, all checks, a report."""

import argparse
import signal
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from tests.cloud_check import drills, preflight
from tests.cloud_check.checks import files, payment, refusals, silence, tenants, units, waits, walk, webhooks
from tests.cloud_check.registry import CHECKS, Stage
from tests.cloud_check.report import line, markdown, redact, summary
from tests.cloud_check.run import Outcome, Run
from tests.cloud_check.target import Target

# Imported for their checks; in the order of the report.
MODULES = (preflight, refusals, walk, payment, files, webhooks, tenants, waits, drills, silence, units)
REPORT = Path("cloud-check.md")


def parse(argv: list[str]) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.cloud_check", description=__doc__, allow_abbrev=False)
    parser.add_argument(
        "--local", choices=("service", "ministack"), help="check the local service, or MiniStack, instead of an AWS account"
    )
    parser.add_argument("--region", metavar="R", help="AWS region to deploy into")
    parser.add_argument("--profile", metavar="P", help="AWS profile to use")
    parser.add_argument("--yes", action="store_true", help="deploy into the account that is shown; without it, nothing is created")
    parser.add_argument("--keep", action="store_true", help="leave everything running at the end, and say how to remove it")
    parser.add_argument("--long", action="store_true", help="also the checks that take an hour")
    parser.add_argument("--only", metavar="WORDS", help="only the checks whose name contains these words")
    parser.add_argument("--report", type=Path, default=REPORT, help="where to write the report (default %(default)s)")
    parser.add_argument("--remove", metavar="RUN", help="only remove what the run of this name has left")
    args = parser.parse_args(argv)
    if args.local and (args.region or args.profile or args.keep or args.remove):
        parser.error("--local selects the target: omit --region, --profile, --keep and --remove")
    if not args.local and not args.region:
        parser.error("--region is required, or --local")
    return args


def main(argv: list[str]) -> int:
    """Exit status: 0 all checks passed or were skipped, 1 one failed, 2 nothing was checked."""
    args, began = parse(argv), time.monotonic()
    if args.remove:
        from tests.cloud_check.targets.cloud import remove

        return remove(say, region=args.region, profile=args.profile, run=args.remove, yes=args.yes)
    # Without this, a terminated run would leave its stacks behind; Ctrl-C raises an exception anyway.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    with _target(args) as target:
        run = Run(target, long=args.long)
        outcomes = _check(run, args.only)
    text = markdown(run, outcomes, seconds=time.monotonic() - began, notes=target.notes)
    args.report.write_text(text, encoding="utf-8")
    say(f"{summary(outcomes)}; report: {args.report}")
    left = any(note.startswith("LEFT") for note in target.notes)
    return 1 if left or any(outcome.result == "failed" for outcome in outcomes) else 0


def _stop(number: int, _: object) -> None:
    """Leave the run through everything that removes what it has created."""
    raise SystemExit(128 + number)


def _check(run: Run, only: str | None) -> list[Outcome]:
    # Imports stand in alphabetical order, the report in that of MODULES.
    places = [module.__name__ for module in MODULES]
    ordered = sorted(CHECKS, key=lambda check: places.index(check.run.__module__))
    # Nothing is checked before it is deployed.
    checks = [check for check in ordered if not only or check.stage is Stage.DEPLOY or only.lower() in check.name.lower()]
    return run.all(checks, lambda outcome: say(redact(line(outcome), [*run.target.private, *run.secrets])))


def _target(args: argparse.Namespace) -> AbstractContextManager[Target]:
    # Each target is imported when it is asked for, because two of them need what the others do not.
    if args.local == "service":
        from tests.cloud_check.targets.service import local_service

        return local_service(say)
    if args.local == "ministack":
        from tests.cloud_check.targets.ministack import ministack

        return ministack(say)
    from tests.cloud_check.targets.cloud import cloud

    return cloud(say, region=args.region, profile=args.profile, yes=args.yes, keep=args.keep)


Say = Callable[[str], None]


def say(text: str) -> None:
    """Print one line at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
