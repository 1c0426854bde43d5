"""`restore --copy`: copy what a live table has lost from a restored one."""

import argparse
import re
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from cliprelay import ids
from cliprelay.aws.table import Table
from cliprelay.video.spend import KEYS as SPEND_KEYS
from operate import stores
from operate.deployment import Deployment
from operate.errors import CommandError
from operate.recovery.keys import KeyCopier
from operate.recovery.report import AGAIN, CopyReport, Outcome
from operate.recovery.spend import SpendCopier
from operate.recovery.tables import WORDS, FoundTable, Kind, recognise
from operate.recovery.videos import VideoCopier
from operate.recovery.webhooks import WebhookCopier
from operate.terminal import confirm, format_columns

# How often a line says how far a copy has come; 1,000 items take about ten seconds.
PROGRESS = 1_000
# As in `keys revoke`: a mistyped id must not match a key.
_KEY_ID = re.compile(r"[0-9a-f]{4,64}")


def key_names(text: str) -> tuple[str, ...] | None:
    """Parse the ids of keys, separated by commas; None means all."""
    if text.strip().lower() == "all":
        return None
    names = tuple(name.strip().lower() for name in text.split(","))
    wrong = [name for name in names if not _KEY_ID.fullmatch(name)]
    if wrong:
        raise argparse.ArgumentTypeError("enter `all`, or ids of at least 4 digits from `keys list`, separated by commas")
    return names


def copy_restored(args: argparse.Namespace, deployment: Deployment) -> None:
    """Show what would be copied, ask, pause if videos are copied, and copy."""
    restored, live = _tables(args, deployment)
    if not args.yes or args.dry_run:
        print(f"What {restored.name} ({restored.origin or 'not known as a restored table'}) has that {live} lacks:")
        print(_format(_run(args, deployment, restored, live, dry_run=True)))
    if args.dry_run:
        print("Nothing was changed.")
        return
    if not args.yes:
        pause = f"Pause {deployment} and copy" if restored.kind is Kind.VIDEOS else "Copy"
        confirm(f"{pause} what {live} has lost from {restored.name}?")
    if restored.kind is Kind.VIDEOS:
        _pause(deployment)
    report = _run(args, deployment, restored, live, dry_run=False)
    print(_format(report))
    _conclude(report, restored.kind, deployment)


def _tables(args: argparse.Namespace, deployment: Deployment) -> tuple[FoundTable, str]:
    if not args.table:
        raise CommandError("nothing was changed: name the restored table with --table")
    restored = recognise(deployment, args.table)
    live = deployment.output(restored.kind)
    if live == args.table:
        raise CommandError(f"nothing was changed: {live} is the live table itself; name the restored one with --table")
    recognise(deployment, live)
    if args.valid_keys != () and restored.kind is not Kind.KEYS:
        raise CommandError(f"nothing was changed: --valid-keys is for a table of API keys; {args.table} is one of {WORDS[restored.kind]}")
    return restored, live


def _pause(deployment: Deployment) -> None:
    stores.controls(deployment).pause(datetime.now(UTC))
    print(f"Paused: {deployment} submits nothing until you resume.", flush=True)


def _run(args: argparse.Namespace, deployment: Deployment, restored: FoundTable, live: str, *, dry_run: bool) -> CopyReport:
    report = CopyReport()
    for outcome in _with_progress(_copy(args, deployment, restored, live, dry_run)):
        report.add(outcome)
    return report


def _copy(args: argparse.Namespace, deployment: Deployment, restored: FoundTable, live: str, dry_run: bool) -> Iterator[Outcome]:
    client = deployment.client("dynamodb")
    if restored.kind is Kind.KEYS:
        return KeyCopier(client, restored.name, live, args.valid_keys, dry_run).copy()
    if restored.kind is Kind.SPEND:
        return SpendCopier(Table(client, restored.name, keys=SPEND_KEYS), Table(client, live, keys=SPEND_KEYS), dry_run).copy()
    tables = Table(client, restored.name), Table(client, live)
    if restored.kind is Kind.WEBHOOKS:
        return WebhookCopier(*tables, _now, dry_run).copy()
    videos = stores.videos(deployment, restored.name), stores.videos(deployment)
    return VideoCopier(*tables, *videos, ids.event_id, _now, dry_run).copy()


def _with_progress(outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
    for number, outcome in enumerate(outcomes, start=1):
        if number % PROGRESS == 0:
            print(f"... {number} items examined", file=sys.stderr, flush=True)
        yield outcome


def _format(report: CopyReport) -> str:
    if not report.seen:
        return "The restored table is empty."
    return "\n".join([format_columns([("item", "number", "result"), *report.rows()]), *report.notes])


def _conclude(report: CopyReport, kind: Kind, deployment: Deployment) -> None:
    """Say what follows; raise CommandError if some items must be examined again."""
    if any(result == AGAIN for _, result in report.counts):
        raise CommandError("some items changed while they were copied; repeat the command: what is copied already stays")
    if kind is Kind.VIDEOS:
        print("Copied videos with a known task continue automatically, even while paused. Resolve each unconfirmed one:")
        print(f"  {deployment.command('videos list --status unconfirmed')}")
        print(f"Then:\n  {deployment.command('resume')}")
    elif kind is Kind.KEYS:
        print(f"Check the keys with:\n  {deployment.command('keys list')}")


def _now() -> datetime:
    return datetime.now(UTC)
