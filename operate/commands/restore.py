"""`restore`: after the table came back from an earlier moment, nobody may pay before a person has looked."""

import argparse
import sys
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
from operate.errors import Trouble
from operate.parser import filled, verb
from operate.terminal import aligned, span

MORE = """\
Pauses, then makes every open video unconfirmed: a restored `queued` may have been paid in the time that was lost, and would be
paid again. Those whose upstream id is known go on as running. Running it twice does no harm.

A point-in-time restore always makes a new table. Give its name with --table while nothing uses it yet, so that no function sees
the old records before they are marked; without it the stack's own table is meant."""

# By these the functions find videos; no other table of the stack has them all, nor has one that was restored without its indexes.
INDEXES = {"by_tenant", "by_due", "by_queue"}

# What became of a record.
DOUBTFUL, STILL_DOUBTFUL = "unconfirmed", "unconfirmed, as before"
ADOPTED = "running, as the upstream's task"
KEPT = "as before"


@dataclass
class Found:
    """What the table held: videos by their former status and what became of them, and those that the clock ends soon."""

    became: Counter[tuple[Status, str]] = field(default_factory=Counter)
    late: int = 0

    def add(self, was: Status, video: Video, now: datetime) -> None:
        self.became[was, _outcome(was, video)] += 1
        self.late += video.status is Status.UNCONFIRMED and video.deadline < now.timestamp()

    def count(self, *outcomes: str) -> int:
        """How many came to one of these."""
        return sum(number for (_, outcome), number in self.became.items() if outcome in outcomes)


def add_to(nouns: Any) -> None:
    """Declare the command, which needs no noun."""
    purpose = "distrust every open video after a point-in-time restore of the table"
    parser = verb(nouns, "restore", restore, purpose=purpose, more=MORE)
    parser.add_argument("--yes", action="store_true", help="do not ask; for scripts")
    parser.add_argument("--table", type=filled, metavar="NAME", help="the restored table, if it is not the stack's own yet")


def restore(given: argparse.Namespace, deployment: Deployment) -> None:
    table = given.table or deployment.output("VideosTableName")
    _check(deployment, table)
    if not given.yes:
        _ask(f"Pause {deployment}, and make every open video of the table {table} unconfirmed? Only a person can undo that, one by one.")
    controls, now = stores.controls(deployment, table), datetime.now(UTC)
    if controls.read().paused_at is None:
        controls.pause(now)
    print(f"Paused: nothing of the table {table} is submitted before you resume.", flush=True)
    found = _distrust_all(stores.videos(deployment, table))
    print(counts(found))
    print(advice(found, deployment))


def _check(deployment: Deployment, table: str) -> None:
    """Raise Trouble before anything is written to a table that holds no videos."""
    described = deployment.client("dynamodb").describe_table(TableName=table)["Table"]
    missing = INDEXES - {index.get("IndexName", "") for index in described.get("GlobalSecondaryIndexes", [])}
    if missing:
        names = ", ".join(sorted(missing))
        raise Trouble(f"nothing was changed: {table} is no table of videos, or was restored without its indexes ({names})")


def counts(found: Found) -> str:
    """One line for each former status and what became of it."""
    rows = [(was.value, str(number), outcome) for (was, outcome), number in sorted(found.became.items(), key=_by_walk)]
    return aligned([("was", "videos", "is now"), *rows]) if rows else "The table holds no video."


def advice(found: Found, deployment: Deployment) -> str:
    """What happens by itself, and what the owner does next."""
    lines = []
    if found.count(ADOPTED):
        lines.append("Where the upstream's id is known, the video goes on by itself, also while paused; nothing is paid again.")
    if found.late:
        soon = span(KEEPER_MARGIN.total_seconds() + 60)
        lines.append(
            f"Past their deadline: {found.late}. Within {soon} they end as failed: outcome_unknown, unless you resolve them first."
        )
    if found.count(DOUBTFUL, STILL_DOUBTFUL):
        lines.append("Resolve each unconfirmed one by what the upstream's list of tasks and its bill say; `videos show` prints how:")
        lines.append(f"  {deployment.command('videos list --status unconfirmed')}")
    lines.append("Videos that were ordered after the restored moment are not in the table; neither are their Idempotency-Keys.")
    lines.append("When nothing is left to resolve:")
    lines.append(f"  {deployment.command('resume')}")
    return "\n".join(lines)


def _distrust_all(videos: VideoTable) -> Found:
    found = Found()
    for each in videos.every():
        now = datetime.now(UTC)
        video = distrusted(videos, each, now)
        if video:
            found.add(each.status, video, now)
    return found


def distrusted(videos: VideoTable, found: Video, now: datetime) -> Video | None:
    """The video in doubt, or running again when there is proof of its payment; None when it is gone."""
    video: Video | None = found
    # One that moves between the look and the mark is looked at again: a `queued` left out would be paid.
    while video and not (video.is_over or video.status is Status.UNCONFIRMED):
        distrust_restored(videos, video, now)
        video = videos.get(video.id)
    if video is None or video.is_over or not video.upstream_id:
        return video
    with suppress(CannotResolve):  # the workflow did the same a moment before
        return adopt(videos, video.id, video.upstream_id, now)
    return videos.get(video.id)


def _outcome(was: Status, video: Video) -> str:
    if video.status is Status.UNCONFIRMED:
        return STILL_DOUBTFUL if was is Status.UNCONFIRMED else DOUBTFUL
    return KEPT if video.is_over else ADOPTED


def _by_walk(entry: tuple[tuple[Status, str], int]) -> tuple[int, str]:
    (was, outcome), _ = entry
    return list(Status).index(was), outcome


def _ask(question: str) -> None:
    if not sys.stdin.isatty():
        raise Trouble("nothing was changed: this asks for confirmation at a terminal; scripts give --yes")
    print(f"{question} Type yes:", end=" ", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() != "yes":
        raise Trouble("nothing was changed")
