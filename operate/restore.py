"""`restore`: after the table came back from an earlier moment, nobody may pay before a person has looked."""

import argparse
import sys
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cliprelay.resolving import distrust_restored
from cliprelay.states import TERMINAL, Status
from cliprelay.video import Video
from cliprelay.video_table import KEEPER_MARGIN, VideoTable
from operate import records
from operate.deployment import Deployment
from operate.grammar import filled, verb
from operate.terminal import aligned, span
from operate.trouble import Trouble

MORE = """\
Pauses, then makes every open video unconfirmed: a restored `queued` may have been paid in the time that was lost, and would be
paid again. Running it twice does no harm.

A point-in-time restore always makes a new table. Give its name with --table while nothing uses it yet, so that no function sees
the old records before they are marked; without it the stack's own table is meant."""


@dataclass
class Found:
    """What the table held: videos by their former status, and of those in doubt the ones that go on or end by themselves."""

    were: Counter[Status] = field(default_factory=Counter)
    with_task: int = 0
    late: int = 0

    def add(self, video: Video, now: datetime) -> None:
        self.were[video.status] += 1
        self.with_task += bool(video.upstream_id and not video.is_over)
        self.late += bool(not video.upstream_id and not video.is_over and video.deadline < now.timestamp())

    @property
    def doubtful(self) -> int:
        return sum(count for status, count in self.were.items() if status not in TERMINAL)


def add_to(nouns: Any) -> None:
    """Declare the command, which needs no noun."""
    purpose = "distrust every open video after a point-in-time restore of the table"
    parser = verb(nouns, "restore", restore, purpose=purpose, more=MORE)
    parser.add_argument("--yes", action="store_true", help="do not ask; for scripts")
    parser.add_argument("--table", type=filled, metavar="NAME", help="the restored table, if it is not the stack's own yet")


def restore(given: argparse.Namespace, deployment: Deployment) -> None:
    table = given.table or deployment.output("VideosTableName")
    if not given.yes:
        _ask(f"Pause {deployment}, and make every open video of the table {table} unconfirmed? Only a person can undo that, one by one.")
    controls, now = records.controls(deployment, table), datetime.now(UTC)
    if controls.read().paused_at is None:
        controls.pause(now)
    print(f"Paused: nothing of the table {table} is submitted before you resume.", flush=True)
    found = _distrust_all(records.videos(deployment, table))
    print(counts(found))
    print(advice(found, deployment))


def counts(found: Found) -> str:
    """One line per former status."""
    rows = [("was", "videos", "is now")]
    for status in Status:
        kept = status in TERMINAL or status is Status.UNCONFIRMED
        rows += [(status.value, str(found.were[status]), "as before" if kept else "unconfirmed")] if found.were[status] else []
    return aligned(rows) if len(rows) > 1 else "The table holds no video."


def advice(found: Found, deployment: Deployment) -> str:
    """What happens by itself, and what the owner does next."""
    soon = span(KEEPER_MARGIN.total_seconds() + 60)
    lines = []
    if found.with_task:
        lines.append(
            f"{found.with_task} of them hold the upstream's id: the sweep adopts these within {soon}, by itself, also while paused."
        )
    if found.late:
        lines.append(
            f"{found.late} are past their deadline: within {soon} they end as failed: outcome_unknown, unless you resolve them first."
        )
    if found.doubtful > found.with_task:
        lines.append("Resolve each of the others by what the upstream's list of tasks and its bill say; `videos show` prints how:")
        lines.append(f"  {deployment.command('videos list --status unconfirmed')}")
    lines.append("Videos that were ordered after the restored moment are not in the table; neither are their Idempotency-Keys.")
    lines.append("When nothing is left to resolve:")
    lines.append(f"  {deployment.command('resume')}")
    return "\n".join(lines)


def _distrust_all(videos: VideoTable) -> Found:
    found = Found()
    for each in videos.every():
        now = datetime.now(UTC)
        video: Video | None = each
        # A video that moves between the look and the mark is looked at again: one `queued` left out would be paid.
        while video and not (_settled(video) or distrust_restored(videos, video, now)):
            video = videos.get(video.id)
        if video:
            found.add(video, now)
    return found


def _settled(video: Video) -> bool:
    return video.status in TERMINAL or video.status is Status.UNCONFIRMED


def _ask(question: str) -> None:
    if not sys.stdin.isatty():
        raise Trouble("nothing was changed: this asks for confirmation at a terminal; scripts give --yes")
    print(f"{question} Type yes:", end=" ", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() != "yes":
        raise Trouble("nothing was changed")
