"""`videos`: list, show, resolve and delete the videos of all tenants."""

import argparse
import re
import shlex
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from cliprelay.video.charge import ChargeKind, charge_of
from cliprelay.video.record import Video, iso
from cliprelay.video.shown import shown
from cliprelay.video.states import Status
from cliprelay.video.table import UNCONFIRMED, VideoTable
from operate import stores
from operate.commands.cancel import add_cancel
from operate.commands.delete import add_delete
from operate.commands.deliver import advise
from operate.commands.keys import tenant_name
from operate.commands.reindex import add_reindex
from operate.commands.resolve import add_resolve, named_call
from operate.deployment import Deployment
from operate.parser import add_command, add_group
from operate.terminal import format_columns, sanitize
from operate.views.video import step_of, video_facts

# `vid_` and a ULID in Crockford's alphabet.
ID = re.compile(r"vid_[0-9A-HJKMNP-TV-Z]{26}")
# Lists the whole queue of unconfirmed videos, whatever their due time.
FAR_AHEAD = datetime.max.replace(tzinfo=UTC)
# Records of a few KB: one page fits into one DynamoDB response.
PAGE = 100


def register(subparsers: Any) -> None:
    """Register the `videos` commands."""
    commands = add_group(subparsers, "videos", "list, show and delete the videos of all tenants, and resolve payments and files in doubt")
    epilog = "Unconfirmed videos come first, then the newest. `--status unconfirmed` and `--tenant` use an index;\n"
    epilog += "without them the whole table is read. Example:\n  .venv/bin/python -m operate videos list --status unconfirmed"
    parser = add_command(commands, "list", show_list, purpose="show one line per video", epilog=epilog)
    parser.add_argument("--status", choices=[status.value for status in Status], metavar="S", help=" ".join(Status))
    parser.add_argument("--tenant", type=tenant_name, metavar="T", help="only this tenant's videos")
    parser.add_argument("--in-doubt", action="store_true", help="only videos that ended, and may have been charged")

    epilog = "example:\n  .venv/bin/python -m operate videos show vid_01M81CAQDM5W2E3ZK8E9F466RS"
    parser = add_command(commands, "show", show, purpose="show everything known about one video", epilog=epilog)
    parser.add_argument("video", type=video_id, metavar="ID", help="the video's id")
    parser.add_argument("--prompt", action="store_true", help="also show its prompt")

    add_resolve(commands, video_id)
    add_delete(commands)
    add_cancel(commands, video_id)
    add_reindex(commands)


def show_list(args: argparse.Namespace, deployment: Deployment) -> None:
    status = Status(args.status) if args.status else None
    wanted = _matching(stores.videos(deployment), status, args.tenant)
    wanted = (video for video in wanted if not args.in_doubt or charge_of(video).kind is ChargeKind.DOUBTFUL)
    found = sorted(wanted, key=lambda video: (video.status is Status.UNCONFIRMED, video.id), reverse=True)
    if found:
        print(table(found))
        return
    kind = f"{status.value} " if status else ""
    whose = f" of tenant {args.tenant}" if args.tenant else ""
    doubt = " in doubt" if args.in_doubt else ""
    print(f"There is no {kind}video{whose}{doubt} in {deployment}.", file=sys.stderr)


def show(args: argparse.Namespace, deployment: Deployment) -> None:
    video, now = stores.get_video(stores.videos(deployment), args.video, deployment), datetime.now(UTC)
    facts = video_facts(video, now, with_prompt=args.prompt)
    arn, standing = _execution(video, deployment)
    facts += [("run", f"{video.run}, execution {standing}"), ("execution", arn)]
    search = deployment.log_search(step_of(video), video.id)
    if search:
        facts.append(("log", search))
    print(format_columns(facts))
    advice = _advice(video, deployment) if video.status is Status.UNCONFIRMED else advise(video, deployment) or _of_doubt(video, deployment)
    if advice:
        print(f"\n{advice}")


def table(videos: Sequence[Video]) -> str:
    """Format videos in columns; the first one is the argument of `videos show`."""
    rows = [("id", "tenant", "status", "created", "error", "upstream id")]
    rows += [(each.id, each.tenant, _standing(each), each.created_at, _code(each), sanitize(each.upstream_id or "-")) for each in videos]
    return format_columns(rows)


def video_id(text: str) -> str:
    """Accept a video id, ignoring case."""
    found = text[:4].lower() + text[4:].upper()
    if not ID.fullmatch(found):
        raise argparse.ArgumentTypeError(f"a video id is vid_ and 26 letters and digits, not {text!r}")
    return found


def _matching(videos: VideoTable, status: Status | None, tenant: str | None) -> Iterator[Video]:
    for video in _candidates(videos, status, tenant):
        if (status is None or status is _listed_as(video, status)) and (tenant is None or video.tenant == tenant):
            yield video


def _listed_as(video: Video, wanted: Status) -> Status:
    """Return the state that clients see; who asks for unconfirmed payments wants those of canceled videos, too."""
    return video.status if wanted is Status.UNCONFIRMED else shown(video)


def _standing(video: Video) -> str:
    """Return the state that clients see, and the one behind it if that differs."""
    return shown(video).value if shown(video) is video.status else f"{shown(video).value} ({video.status.value})"


def _candidates(videos: VideoTable, status: Status | None, tenant: str | None) -> Iterator[Video]:
    """Return a superset of the matching videos from the cheapest index."""
    if status is Status.UNCONFIRMED:
        found = (videos.get(each) for each in videos.due(UNCONFIRMED, FAR_AHEAD))
        return (video for video in found if video)
    return _of_tenant(videos, tenant, status) if tenant else videos.every()


def _of_tenant(videos: VideoTable, tenant: str, status: Status | None) -> Iterator[Video]:
    page, after = videos.page(tenant, after=None, newest_first=True, limit=PAGE, status=status)
    yield from page
    while after:
        page, after = videos.page(tenant, after=after, newest_first=True, limit=PAGE, status=status)
        yield from page


def _code(video: Video) -> str:
    return sanitize((video.error or {}).get("code", "-"))


def _execution(video: Video, deployment: Deployment) -> tuple[str, str]:
    """Return the ARN and the status of the video's execution."""
    arn = deployment.output("StateMachineArn").replace(":stateMachine:", ":execution:") + f":{video.execution}"
    client = deployment.client("stepfunctions")
    try:
        return arn, client.describe_execution(executionArn=arn)["status"]
    except client.exceptions.ExecutionDoesNotExist:
        return arn, "none (not started yet, or closed at least 90 days ago)"
    except ClientError as error:
        return arn, f"unknown ({error.response['Error']['Code']})"


def _advice(video: Video, deployment: Deployment) -> str:
    """Say how the operator can resolve an unconfirmed video."""
    command = f"videos resolve {video.id}"
    if video.upstream_id:
        adopt = deployment.command(f"{command} --adopt {shlex.quote(sanitize(video.upstream_id))}")
        return f"The upstream's id is known, so nothing is left to find out. To continue with it now:\n  {adopt}"
    charged, not_charged = (f"{way}{named_call(video)}" for way in ("--charged", "--not-charged"))
    ways = {
        "--adopt UPSTREAM_ID": "The task exists: it is polled, and its video copied.",
        charged: "There is a charge, but no task: the video ends as failed.",
        not_charged: "There is neither: the video is submitted again, which PAYS. (With --end it ends instead, unpaid.)",
    }
    if video.cancel_requested_at:
        ways[not_charged] = "There is neither: the video ends as canceled, unpaid, because its owner has canceled it."
    lines = [f"Check the upstream's task list and bill for a task with these settings that began {_paid_call_time(video)}. Then:"]
    for way, meaning in ways.items():
        lines += [meaning, f"  {deployment.command(f'{command} {way}')}"]
    return "\n".join(lines)


def _of_doubt(video: Video, deployment: Deployment) -> str | None:
    """Say how the operator can settle the amount of a video that ended in doubt."""
    if charge_of(video).kind is not ChargeKind.DOUBTFUL:
        return None
    ways = (f"videos resolve {video.id} {way}{named_call(video)}" for way in ("--charged", "--not-charged"))
    commands = "".join(f"\n  {deployment.command(way)}" for way in ways)
    return f"It counts against the budgets of its tenant until you say what the bill says:{commands}"


def _paid_call_time(video: Video) -> str:
    """Return when the paid call was made; in a restored record, the stored claim may not be the last one."""
    if video.claimed_at is None or (video.error or {}).get("code") == "restored":
        return f"at or after {video.created_at}"
    return f"at {iso(datetime.fromtimestamp(video.claimed_at, UTC))}"
