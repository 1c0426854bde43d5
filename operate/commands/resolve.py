"""`videos resolve`: the owner says what became of a payment in doubt, and the video goes on from there."""

import argparse
import shlex
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from cliprelay.upstream.myrouter.answers import LONGEST_ID, created_id
from cliprelay.video.record import Video, iso
from cliprelay.video.states import Status
from cliprelay.video.table import VideoTable
from cliprelay.workflow import resolution
from operate import stores
from operate.deployment import Deployment
from operate.errors import Trouble
from operate.parser import verb
from operate.terminal import harmless

MORE = """\
--adopt        the upstream has the task: it is polled and its film kept, like any other
--charged      the upstream charged, and has no task: the video ends as failed: charged_without_video
--not-charged  the upstream neither charged nor has a task: the video goes back into the queue and is submitted again, which PAYS;
               with --end it ends as failed: not_submitted instead

Only an unconfirmed video can be resolved. Look at the upstream's list of tasks and its bill first: nobody can take this back."""
TAKEN_UP = "The sweep takes it up within a minute, by itself"


def declare_resolve(verbs: Any, video_id: Callable[[str], str]) -> None:
    """Declare the command; `video_id` reads its argument."""
    parser = verb(verbs, "resolve", resolve, purpose="say what became of a payment in doubt", more=MORE)
    parser.add_argument("video", type=video_id, metavar="ID", help="the video's id")
    found = parser.add_mutually_exclusive_group(required=True)
    found.add_argument("--adopt", type=upstream_id, metavar="UPSTREAM_ID", help="the task is there, and this is its id")
    found.add_argument("--charged", action="store_true", help="a charge is there, and no task")
    found.add_argument("--not-charged", action="store_true", help="no charge is there, and no task")
    parser.add_argument("--end", action="store_true", help="with --not-charged: end the video instead of paying for it again")


def resolve(given: argparse.Namespace, deployment: Deployment) -> None:
    if given.end and not given.not_charged:
        given.parser.error("--end goes with --not-charged")
    videos, now = stores.videos(deployment), datetime.now(UTC)
    _refuse_what_is_known(stores.known(videos, given.video, deployment), given.adopt, deployment)
    if given.adopt:
        _refuse_anothers(videos, given.video, given.adopt)
    try:
        print(_resolved(given, videos, deployment, now))
    except resolution.CannotResolve as refusal:
        raise Trouble(str(refusal)) from None


def upstream_id(text: str) -> str:
    """An id as the upstream may give one, and not the word that stands for it in our own advice."""
    found = created_id({"id": text})
    if found is None:
        raise argparse.ArgumentTypeError(f"an upstream's id is 1 to {LONGEST_ID} printable characters")
    if found == "UPSTREAM_ID" or found.startswith("vid_"):
        raise argparse.ArgumentTypeError(f"the id that the upstream gave the task is wanted, not {found!r}")
    return found


def _refuse_what_is_known(video: Video, task: str | None, deployment: Deployment) -> None:
    # A stored id is the proof of a payment: whoever says otherwise would have the video paid twice.
    if video.status is Status.UNCONFIRMED and video.upstream_id and video.upstream_id != task:
        command = deployment.command(f"videos resolve {video.id} --adopt {shlex.quote(harmless(video.upstream_id))}")
        raise Trouble(f"{video.id} is no longer in doubt, because the upstream's id is known; to go on with it: {command}")


def _refuse_anothers(videos: VideoTable, video_id: str, task: str) -> None:
    # A slip in the upstream's list would hand one tenant's film to another, so it is worth reading the table.
    other = next((each for each in videos.every() if each.upstream_id == task and each.id != video_id), None)
    if other:
        raise Trouble(f"{task} is the task of {other.id} already (tenant {other.tenant}, {other.status.value}): look for another one")


def _resolved(given: argparse.Namespace, videos: VideoTable, deployment: Deployment, now: datetime) -> str:
    if given.adopt:
        resolution.adopt(videos, given.video, given.adopt, now)
        return f"{given.video} is running as the upstream's task {given.adopt}.\n{TAKEN_UP}: it polls the task and copies its film."
    if given.charged:
        resolution.charged(videos, given.video, now)
        return f"{given.video} has failed: charged_without_video.\n{TAKEN_UP}, and tells its owner."
    video = resolution.not_charged(videos, given.video, now, end=given.end)
    if given.end:
        return f"{given.video} has failed: not_submitted; nothing was paid.\n{TAKEN_UP}, and tells its owner."
    return _queued(video, deployment, now)


def _queued(video: Video, deployment: Deployment, now: datetime) -> str:
    """What the queue does with the video, which is not always to pay."""
    back = f"{video.id} is back in the queue."
    if video.deadline < now.timestamp():
        return f"{back}\nIts time there was over at {iso(datetime.fromtimestamp(video.deadline, UTC))}: the sweep ends it, unpaid."
    controls = stores.controls(deployment).read()
    if controls.paused_at is not None:
        return f"{back} It will be submitted again and PAID once you resume: `{deployment.command('resume')}`."
    if controls.is_open:
        return f"{back} It will be submitted again and PAID once the upstream takes the account again ({controls.refusal})."
    return f"{back} It will be submitted again and PAID.\n{TAKEN_UP}."
