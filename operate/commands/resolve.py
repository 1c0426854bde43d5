"""`videos resolve`: record what the operator found out about a payment, or about a file, and let the video continue accordingly."""

import argparse
import shlex
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from cliprelay.catalog.micros import usd
from cliprelay.upstream.myrouter.answers import LONGEST_ID, created_id
from cliprelay.video.charge import CHARGED, NOT_CHARGED, charge_of
from cliprelay.video.record import Video, iso
from cliprelay.video.states import Status
from cliprelay.video.table import VideoTable
from cliprelay.workflow import resolution
from operate import stores
from operate.commands.deliver import deliver, sha256_prefix
from operate.deployment import Deployment
from operate.errors import CommandError
from operate.parser import add_command
from operate.terminal import confirm, sanitize

EPILOG = """\
--adopt        the upstream has the task: the video is polled and copied like any other
--charged      the upstream charged, but has no task: the video ends as failed: charged_without_video
--not-charged  no charge and no task: the video is queued and submitted again, which PAYS;
               asks first, unless --yes is given; with --end it ends as failed: not_submitted instead;
               a video that its owner has canceled ends as that

--call         which paid call you looked for; needed from the second one on, as `videos show` prints it, so that
               a command that is run again says nothing about a later call

--deliver      of a video whose file could not be verified, a copy that was kept aside is what its owner
               gets, with the warning unverified_media; --sha256 says which, if several are kept

Of a video that ended in doubt (`videos list --in-doubt`), --charged and --not-charged say what the bill says: its
amount is settled or released, and it stays as it is.

Otherwise, only an unconfirmed video can be resolved. Check the upstream's task list and bill first: a resolution is final."""
PICKED_UP = "The sweep picks it up within a minute"


def add_resolve(commands: Any, video_id: Callable[[str], str]) -> None:
    """Register the command; `video_id` parses its argument."""
    parser = add_command(commands, "resolve", resolve, purpose="resolve an unconfirmed payment or an unverified file", epilog=EPILOG)
    parser.add_argument("video", type=video_id, metavar="ID", help="the video's id")
    found = parser.add_mutually_exclusive_group(required=True)
    found.add_argument("--adopt", type=upstream_id, metavar="UPSTREAM_ID", help="the upstream has the task, under this id")
    found.add_argument("--charged", action="store_true", help="the upstream charged, but has no task")
    found.add_argument("--not-charged", action="store_true", help="the upstream has neither charge nor task")
    found.add_argument("--deliver", action="store_true", help="deliver a copy that was kept aside, although it failed a check")
    parser.add_argument("--sha256", type=sha256_prefix, metavar="HEX", help="with --deliver: how the copy's SHA-256 begins")
    parser.add_argument("--call", type=_number, metavar="N", help="with --charged or --not-charged: the paid call that was looked for")
    parser.add_argument("--yes", action="store_true", help="with --not-charged: skip the confirmation of the payment; for scripts")
    parser.add_argument("--end", action="store_true", help="with --not-charged: end the video instead of paying for it again")


def resolve(args: argparse.Namespace, deployment: Deployment) -> None:
    if args.end and not args.not_charged:
        args.parser.error("--end requires --not-charged")
    if args.call and not (args.charged or args.not_charged):
        args.parser.error("--call requires --charged or --not-charged")
    if args.sha256 and not args.deliver:
        args.parser.error("--sha256 requires --deliver")
    videos, now = stores.videos(deployment), datetime.now(UTC)
    video = stores.get_video(videos, args.video, deployment)
    _reject_known_payment(video, args.adopt, deployment)
    if args.adopt:
        _reject_task_of_another_video(videos, args.video, args.adopt)
    try:
        if video.status is Status.UNCONFIRMED and (args.charged or args.not_charged):
            resolution.check_call(video, args.call)
        if args.not_charged and not args.end and not args.yes and _may_be_paid(video, now):
            _ask_to_pay(video, deployment)
        print(_settle(args, videos, now) if _says_what_the_bill_says(args, video) else _apply(args, videos, deployment, now))
    except resolution.CannotResolve as refusal:
        raise CommandError(str(refusal)) from None


def _says_what_the_bill_says(args: argparse.Namespace, video: Video) -> bool:
    return video.is_over and (args.charged or (args.not_charged and not args.end))


def _settle(args: argparse.Namespace, videos: VideoTable, now: datetime) -> str:
    """Record what the bill says about a video that has ended."""
    video = resolution.settle(videos, args.video, CHARGED if args.charged else NOT_CHARGED, now, call=args.call)
    if args.not_charged:
        return f"{video.id} stays {video.status.value} and costs nothing: its amount is released."
    return f"{video.id} stays {video.status.value} and costs ${usd(charge_of(video).micros)}: its amount is settled."


def _may_be_paid(video: Video, now: datetime) -> bool:
    """Return whether the video, once it is back in the queue, may be paid before its deadline."""
    is_open = video.status is Status.UNCONFIRMED and not video.cancel_requested_at
    return is_open and min(video.deadline, video.submit_by) >= now.timestamp()


def _ask_to_pay(video: Video, deployment: Deployment) -> None:
    end = f"to end it unpaid instead: {deployment.command(f'videos resolve {video.id} --not-charged --end{named_call(video)}')}"
    confirm(f"{video.id} goes back to the queue and is PAID when it is submitted again ({end}). Continue?")


def named_call(video: Video) -> str:
    """Return the option that names the paid call in doubt; "" for the first one, which needs no name."""
    return f" --call {video.calls}" if video.calls > 1 else ""


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 0 < int(text) < 1_000):
        raise argparse.ArgumentTypeError(f"the number of a paid call is 1 or more, not {text!r}: `videos show` says which one is in doubt")
    return int(text)


def upstream_id(text: str) -> str:
    """Accept an id in the upstream's form, but not the placeholder from our own advice."""
    found = created_id({"id": text})
    if found is None:
        raise argparse.ArgumentTypeError(f"an upstream id is 1 to {LONGEST_ID} printable characters")
    if found == "UPSTREAM_ID" or found.startswith("vid_"):
        raise argparse.ArgumentTypeError(f"enter the id that the upstream gave the task, not {found!r}")
    return found


def _reject_known_payment(video: Video, task: str | None, deployment: Deployment) -> None:
    # A stored id proves a payment; any other resolution would pay for the video twice.
    if video.status is Status.UNCONFIRMED and video.upstream_id and video.upstream_id != task:
        command = deployment.command(f"videos resolve {video.id} --adopt {shlex.quote(sanitize(video.upstream_id))}")
        raise CommandError(f"{video.id} is already confirmed: its upstream id is known; to continue with it: {command}")


def _reject_task_of_another_video(videos: VideoTable, video_id: str, task: str) -> None:
    # A mistake here would give one tenant's video to another, so a read of the whole table is justified.
    other = next((each for each in videos.every() if each.upstream_id == task and each.id != video_id), None)
    if other:
        raise CommandError(f"{task} already belongs to {other.id} (tenant {other.tenant}, {other.status.value}): check the id")


def _apply(args: argparse.Namespace, videos: VideoTable, deployment: Deployment, now: datetime) -> str:
    if args.deliver:
        return deliver(args.video, args.sha256 or "", deployment, now)
    if args.adopt:
        resolution.adopt(videos, args.video, args.adopt, now)
        return f"{args.video} is running as the upstream's task {args.adopt}.\n{PICKED_UP}, polls the task and copies the video."
    if args.charged:
        resolution.charged(videos, args.video, now, call=args.call)
        return f"{args.video} has failed: charged_without_video.\n{PICKED_UP} and notifies the tenant."
    video = resolution.not_charged(videos, args.video, now, call=args.call, end=args.end)
    if args.end:
        return f"{args.video} has failed: not_submitted; nothing was paid.\n{PICKED_UP} and notifies the tenant."
    return _describe_requeued(video, deployment, now)


def _describe_requeued(video: Video, deployment: Deployment, now: datetime) -> str:
    """Say what happens to a requeued video, including whether it will be paid."""
    if video.status is Status.CANCELED:
        return f"{video.id} is canceled, as its owner asked; nothing was paid.\n{PICKED_UP} and notifies the tenant."
    back = f"{video.id} is back in the queue."
    if video.deadline < now.timestamp():
        return f"{back}\nIts deadline was {iso(datetime.fromtimestamp(video.deadline, UTC))}: the sweep ends it, unpaid."
    controls = stores.controls(deployment).read()
    if controls.paused_at is not None:
        return f"{back} It will be submitted again and PAID once you resume: `{deployment.command('resume')}`."
    if controls.is_open:
        return f"{back} It will be submitted again and PAID once the upstream accepts the account again ({controls.refusal})."
    return f"{back} It will be submitted again and PAID.\n{PICKED_UP}."
