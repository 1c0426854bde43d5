"""`videos cancel`: cancel a video on behalf of its owner."""

import argparse
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from cliprelay.video.record import Video
from cliprelay.video.shown import billed
from cliprelay.workflow.cancellation import AlreadyEnded, Busy, cancel
from operate import stores
from operate.commands.resolve import PICKED_UP
from operate.deployment import Deployment
from operate.errors import CommandError
from operate.parser import add_command

EPILOG = """\
A queued video ends at once, unpaid. Any other goes on at the upstream, which cannot cancel a task: its owner sees `canceled`,
and hears of the end when the costs are known. What arrives all the same is kept; with --discard it is thrown away.

example:
  .venv/bin/python -m operate videos cancel vid_01M81CAQDM5W2E3ZK8E9F466RS"""


def add_cancel(commands: Any, video_id: Callable[[str], str]) -> None:
    """Register the command; `video_id` parses its argument."""
    parser = add_command(commands, "cancel", run, purpose="cancel a video, as its owner can", epilog=EPILOG)
    parser.add_argument("video", type=video_id, metavar="ID", help="the video's id")
    parser.add_argument("--discard", action="store_true", help="throw the file away, if the upstream makes one all the same")


def run(args: argparse.Namespace, deployment: Deployment) -> None:
    videos, now = stores.videos(deployment), datetime.now(UTC)
    video = stores.get_video(videos, args.video, deployment)
    try:
        print(_describe(cancel(videos, video, now, discard=args.discard, start=_leave_to_the_sweep)))
    except AlreadyEnded as refusal:
        raise CommandError(str(refusal)) from None
    except Busy:
        raise CommandError(f"{video.id} keeps changing its state: try again") from None


def _leave_to_the_sweep(video_id: str, run: int) -> None:
    """Start nothing: the sweep starts the run, and an operator needs no permission to do so."""


def _describe(video: Video) -> str:
    if video.is_over:
        return f"{video.id} is canceled; billed: {billed(video)}.\n{PICKED_UP} and notifies the tenant."
    return f"{video.id} is canceled, and still {video.status.value}: it may be charged, and the tenant is notified when that is known."
