"""`restore`: after a point-in-time restore of a table, prevent payments until a person has checked, and copy what was lost."""

import argparse
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cliprelay.video.record import Video
from cliprelay.video.states import Status
from cliprelay.video.table import KEEPER_MARGIN, VideoTable
from operate import stores
from operate.commands.restore_copy import copy_restored, key_names
from operate.deployment import Deployment
from operate.errors import CommandError
from operate.parser import add_command, non_empty
from operate.recovery.marking import mark_unconfirmed
from operate.recovery.tables import WORDS, Kind, recognise
from operate.terminal import confirm, format_columns, format_duration

EPILOG = """\
Pauses, then makes every open video unconfirmed: a restored `queued` video may have been paid after the restore point, and would
be paid again. Videos whose upstream id is known continue as running. The command can safely be repeated.

A point-in-time restore creates a new table. Name it with --table before anything uses it, so that no function sees
the old records before they are marked. The default is the stack's own table.

With --copy, the items that the live table has lost are copied from the restored table, which may be that of the videos, of the
API keys, of the webhooks, or of budgets and usage. What the live table has is newer and stays. Lost videos are marked first. A
lost API key that was valid at the restore point may have been revoked since: it is copied only if --valid-keys names it.

examples:
  .venv/bin/python -m operate restore --table cliprelay-restored --copy --dry-run
  .venv/bin/python -m operate restore --table cliprelay-restored --copy
  .venv/bin/python -m operate restore --table cliprelay-keys-restored --copy --valid-keys 3f9c21d07a44,c1e217cf8fc3

Exit status: 0 all items are examined, 1 error, or some must be examined again: repeat the command."""

# The outcomes for a record.
UNCONFIRMED, STILL_UNCONFIRMED = "unconfirmed", "unconfirmed, as before"
ADOPTED = "running, as the upstream's task"
UNCHANGED = "as before"


@dataclass
class RestoreReport:
    """Videos by former status and outcome, and how many are past their deadline."""

    outcomes: Counter[tuple[Status, str]] = field(default_factory=Counter)
    late: int = 0

    def add(self, was: Status, video: Video, now: datetime) -> None:
        self.outcomes[was, _outcome(was, video)] += 1
        self.late += video.status is Status.UNCONFIRMED and video.deadline < now.timestamp()

    def count(self, *outcomes: str) -> int:
        """Count the videos with one of these outcomes."""
        return sum(number for (_, outcome), number in self.outcomes.items() if outcome in outcomes)


def register(subparsers: Any) -> None:
    """Register the command."""
    purpose = "make every open video unconfirmed after a point-in-time restore of the table"
    parser = add_command(subparsers, "restore", restore, purpose=purpose, epilog=EPILOG)
    parser.add_argument("--yes", action="store_true", help="skip the confirmation; for scripts")
    parser.add_argument("--table", type=non_empty, metavar="NAME", help="the restored table, if the stack does not use it yet")
    parser.add_argument("--copy", action="store_true", help="copy what the live table has lost from the restored table")
    parser.add_argument("--dry-run", action="store_true", help="with --copy: show what would be copied, and change nothing")
    valid = "with --copy, for API keys: the lost keys that are valid again, by id or `all`"
    parser.add_argument("--valid-keys", type=key_names, default=(), metavar="ID,ID|all", help=valid)


def restore(args: argparse.Namespace, deployment: Deployment) -> None:
    if args.copy:
        copy_restored(args, deployment)
        return
    if args.dry_run or args.valid_keys != ():
        args.parser.error("--dry-run and --valid-keys need --copy")
    table = args.table or deployment.output("VideosTableName")
    _check(deployment, table)
    if not args.yes:
        confirm(f"Pause {deployment} and make every open video in table {table} unconfirmed? Undoing this takes one decision per video.")
    stores.controls(deployment, table).pause(datetime.now(UTC))
    print(f"Paused: nothing in table {table} is submitted until you resume.", flush=True)
    found = _mark_all(stores.videos(deployment, table))
    print(format_counts(found))
    print(next_steps(found, deployment))


def _check(deployment: Deployment, table: str) -> None:
    """Raise CommandError, before any write, if the table is not a videos table."""
    kind = recognise(deployment, table).kind
    if kind is not Kind.VIDEOS:
        advice = f"add --copy to copy from it what the live table of {WORDS[kind]} has lost"
        raise CommandError(f"nothing was changed: {table} is not a videos table but one of {WORDS[kind]}; {advice}")


def format_counts(found: RestoreReport) -> str:
    """Format one line per former status and outcome."""
    rows = [(was.value, str(number), outcome) for (was, outcome), number in sorted(found.outcomes.items(), key=_by_state_order)]
    return format_columns([("was", "videos", "is now"), *rows]) if rows else "The table contains no videos."


def next_steps(found: RestoreReport, deployment: Deployment) -> str:
    """Say what happens automatically and what the operator does next."""
    lines = []
    if found.count(ADOPTED):
        lines.append("Videos with a known upstream id continue automatically, even while paused; nothing is paid again.")
    if found.late:
        soon = format_duration(KEEPER_MARGIN.total_seconds() + 60)
        lines.append(
            f"Past their deadline: {found.late}. Within {soon} they end as failed: outcome_unknown, unless you resolve them first."
        )
    if found.count(UNCONFIRMED, STILL_UNCONFIRMED):
        lines.append("Resolve each unconfirmed video from the upstream's task list and bill; `videos show` prints how:")
        lines.append(f"  {deployment.command('videos list --status unconfirmed')}")
    lines.append("Videos ordered after the restore point are not in the table; neither are their Idempotency-Keys.")
    lines.append("When all are resolved:")
    lines.append(f"  {deployment.command('resume')}")
    return "\n".join(lines)


def _mark_all(videos: VideoTable) -> RestoreReport:
    found = RestoreReport()
    for each in videos.every():
        now = datetime.now(UTC)
        video = mark_unconfirmed(videos, each, now)
        if video:
            found.add(each.status, video, now)
    return found


def _outcome(was: Status, video: Video) -> str:
    if video.status is Status.UNCONFIRMED:
        return STILL_UNCONFIRMED if was is Status.UNCONFIRMED else UNCONFIRMED
    return UNCHANGED if video.is_over else ADOPTED


def _by_state_order(entry: tuple[tuple[Status, str], int]) -> tuple[int, str]:
    (was, outcome), _ = entry
    return list(Status).index(was), outcome
