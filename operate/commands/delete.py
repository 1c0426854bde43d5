"""`videos delete`: delete a tenant's ended videos that were created before a date."""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from cliprelay.ids import first_video_id
from cliprelay.video.erasure import AGAIN_AFTER
from cliprelay.video.listing import Window
from cliprelay.video.record import Video, iso
from cliprelay.video.table import VideoTable
from cliprelay.workflow.deletion import Deletion, KeepsChanging, NotEnded
from operate import stores
from operate.commands.keys import tenant_name
from operate.commands.resend import timestamp
from operate.deployment import Deployment
from operate.errors import CommandError
from operate.parser import add_command
from operate.terminal import confirm

EPILOG = f"""\
What is left of a deleted video is its id, its times and its cost. The next sweep deletes its objects, and once more after
{int(AGAIN_AFTER.total_seconds() / 60)} minutes. This cannot be undone. Videos that have not ended stay. The command can be
stopped and repeated.

example:
  .venv/bin/python -m operate videos delete --tenant acme --before 2026-11-01"""

# Records of a few KB: one page fits into one DynamoDB response.
PAGE = 100
# So many videos between two lines of progress.
TELLS_EVERY = 1_000


def add_delete(commands: Any) -> None:
    """Register `videos delete`."""
    parser = add_command(
        commands, "delete", delete, purpose="delete a tenant's ended videos that were created before a date", epilog=EPILOG
    )
    parser.add_argument("--tenant", type=tenant_name, required=True, metavar="T", help="the tenant whose videos are deleted")
    parser.add_argument("--before", type=timestamp, required=True, metavar="DATE", help="a date or a time, UTC unless it has an offset")
    parser.add_argument("--yes", action="store_true", help="skip the confirmation; for scripts")


def delete(args: argparse.Namespace, deployment: Deployment) -> None:
    videos, before = stores.videos(deployment), args.before.astimezone(UTC)
    found = Counter(_kind(video) for video in _created(videos, args.tenant, before))
    if not found["ended"]:
        print(f"There is nothing to delete.{_rest(found)}")
        return
    if not args.yes:
        which = f"{found['ended']} ended {_plural(found['ended'])} of tenant {args.tenant} created before {iso(before)}"
        confirm(f"Delete {which} in {deployment}, for good?")
    deletion = Deletion(videos, stores.dispatch(deployment).deliveries, lambda: datetime.now(UTC))
    done = delete_videos(_created(videos, args.tenant, before), deletion)
    print(f"Deleted {done['deleted']} {_plural(done['deleted'])}; the next sweep deletes their objects.{_rest(done)}")
    if done["changing"]:
        raise CommandError(f"{done['changing']} changed at every try: repeat the command")


def delete_videos(videos: Iterator[Video], deletion: Deletion) -> Counter[str]:
    """Delete those that have ended, and count the results."""
    done: Counter[str] = Counter()
    for video in videos:
        done[_outcome(video, deletion)] += 1
        if done["deleted"] and done["deleted"] % TELLS_EVERY == 0:
            print(f"Deleted {done['deleted']} so far.", file=sys.stderr, flush=True)
    return done


def _outcome(video: Video, deletion: Deletion) -> str:
    if _kind(video) != "ended":
        return _kind(video)
    try:
        deleted = deletion.delete(video.id)
    except NotEnded:
        return "open"
    except KeepsChanging:
        return "changing"
    return "deleted" if deleted and deleted.won else "before"


def _kind(video: Video) -> str:
    return "before" if video.deleted_at else "ended" if video.is_over else "open"


def _created(videos: VideoTable, tenant: str, before: datetime) -> Iterator[Video]:
    """Yield a tenant's videos that were created before a time, the oldest first."""
    after, within = None, Window(high=first_video_id(before))
    while True:
        page, after = videos.page(tenant, after=after, newest_first=False, limit=PAGE, within=within)
        yield from page
        if after is None:
            return


def _rest(found: Counter[str]) -> str:
    """Say what was left alone."""
    parts = [f"{found['before']} deleted before"] if found["before"] else []
    parts += [f"{found['open']} not ended (cancel them first)"] if found["open"] else []
    return f" Left alone: {', '.join(parts)}." if parts else ""


def _plural(count: int) -> str:
    return "video" if count == 1 else "videos"
