"""`restore`: after a point-in-time restore of the table, prevent payments until a person has checked."""

import argparse
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cliprelay.video.record import Video
from cliprelay.video.states import Status
from cliprelay.video.table import KEEPER_MARGIN, VideoTable
from cliprelay.workflow.resolution import CannotResolve, adopt, distrust_restored
from operate import stores
from operate.deployment import Deployment
from operate.errors import CommandError
from operate.parser import add_command, non_empty
from operate.terminal import confirm, format_columns, format_duration

EPILOG = """\
Pauses, then makes every open video unconfirmed: a restored `queued` video may have been paid after the restore point, and would
be paid again. Videos whose upstream id is known continue as running. The command can safely be repeated.

A point-in-time restore creates a new table. Name it with --table before anything uses it, so that no function sees
the old records before they are marked. The default is the stack's own table."""

# The functions find videos by these; other tables, and a table restored without its indexes, lack some of them.
INDEXES = {"by_tenant", "by_due", "by_queue"}

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


def restore(args: argparse.Namespace, deployment: Deployment) -> None:
    table = args.table or deployment.output("VideosTableName")
    _check(deployment, table)
    if not args.yes:
        confirm(f"Pause {deployment} and make every open video in table {table} unconfirmed? Undoing this takes one decision per video.")
    controls, now = stores.controls(deployment, table), datetime.now(UTC)
    if controls.read().paused_at is None:
        controls.pause(now)
    print(f"Paused: nothing in table {table} is submitted until you resume.", flush=True)
    found = _mark_all(stores.videos(deployment, table))
    print(format_counts(found))
    print(next_steps(found, deployment))


def _check(deployment: Deployment, table: str) -> None:
    """Raise CommandError, before any write, if the table is not a videos table."""
    described = deployment.client("dynamodb").describe_table(TableName=table)["Table"]
    missing = INDEXES - {index.get("IndexName", "") for index in described.get("GlobalSecondaryIndexes", [])}
    if missing:
        names = ", ".join(sorted(missing))
        raise CommandError(f"nothing was changed: {table} is not a videos table, or was restored without its indexes ({names})")


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


def mark_unconfirmed(videos: VideoTable, found: Video, now: datetime) -> Video | None:
    """Mark a video unconfirmed, or running if its payment is proven; return None if it no longer exists."""
    video: Video | None = found
    # Check a video that moved in between again: one that is `queued` by now would be paid.
    while video and not (video.is_over or video.status is Status.UNCONFIRMED):
        distrust_restored(videos, video, now)
        video = videos.get(video.id)
    if video is None or video.is_over or not video.upstream_id:
        return video
    with suppress(CannotResolve):  # the workflow was faster
        return adopt(videos, video.id, video.upstream_id, now)
    return videos.get(video.id)


def _outcome(was: Status, video: Video) -> str:
    if video.status is Status.UNCONFIRMED:
        return STILL_UNCONFIRMED if was is Status.UNCONFIRMED else UNCONFIRMED
    return UNCHANGED if video.is_over else ADOPTED


def _by_state_order(entry: tuple[tuple[Status, str], int]) -> tuple[int, str]:
    (was, outcome), _ = entry
    return list(Status).index(was), outcome
