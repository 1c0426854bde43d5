"""`videos`: what an owner sees of every tenant's videos, and what they decide about a payment in doubt."""

import argparse
import re
import shlex
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from cliprelay.video.record import Video, iso
from cliprelay.video.states import Status
from cliprelay.video.table import UNCONFIRMED, VideoTable
from operate import stores
from operate.commands.keys import tenant_name
from operate.commands.resolve import declare_resolve
from operate.deployment import Deployment
from operate.parser import noun, verb
from operate.terminal import aligned, harmless
from operate.views.video import dossier, step_of

# `vid_` and a ULID in Crockford's alphabet.
ID = re.compile(r"vid_[0-9A-HJKMNP-TV-Z]{26}")
# Of the queue of doubtful payments all are wanted, whatever moment each of them waits for.
FAR_AHEAD = datetime.max.replace(tzinfo=UTC)
# Records of a few KB: a page of them is one answer of DynamoDB.
PAGE = 100


def add_to(nouns: Any) -> None:
    """Declare the commands of this noun."""
    verbs = noun(nouns, "videos", "list and show the videos of all tenants, and resolve payments in doubt")
    more = "The unconfirmed come first, then the newest. `--status unconfirmed` is quick and `--tenant` reads no more than theirs;\n"
    more += "without them the whole table is read. Example:\n  .venv/bin/python -m operate videos list --status unconfirmed"
    parser = verb(verbs, "list", show_list, purpose="show one line for each video", more=more)
    parser.add_argument("--status", choices=[status.value for status in Status], metavar="S", help=" ".join(Status))
    parser.add_argument("--tenant", type=tenant_name, metavar="T", help="only this tenant's videos")

    more = "example:\n  .venv/bin/python -m operate videos show vid_01M81CAQDM5W2E3ZK8E9F466RS"
    parser = verb(verbs, "show", show, purpose="show all that is known of one video", more=more)
    parser.add_argument("video", type=video_id, metavar="ID", help="the video's id")
    parser.add_argument("--prompt", action="store_true", help="show its prompt too")

    declare_resolve(verbs, video_id)


def show_list(given: argparse.Namespace, deployment: Deployment) -> None:
    status = Status(given.status) if given.status else None
    wanted = _wanted(stores.videos(deployment), status, given.tenant)
    found = sorted(wanted, key=lambda video: (video.status is Status.UNCONFIRMED, video.id), reverse=True)
    if found:
        print(table(found))
        return
    kind = f"{status.value} " if status else ""
    whose = f" of tenant {given.tenant}" if given.tenant else ""
    print(f"There is no {kind}video{whose} in {deployment}.", file=sys.stderr)


def show(given: argparse.Namespace, deployment: Deployment) -> None:
    video, now = stores.known(stores.videos(deployment), given.video, deployment), datetime.now(UTC)
    facts = dossier(video, now, with_prompt=given.prompt)
    arn, standing = _execution(video, deployment)
    facts += [("run", f"{video.run}, its execution: {standing}"), ("execution", arn)]
    search = deployment.log_search(step_of(video), video.id)
    if search:
        facts.append(("log", search))
    print(aligned(facts))
    if video.status is Status.UNCONFIRMED:
        print(f"\n{_advice(video, deployment)}")


def table(videos: Sequence[Video]) -> str:
    """Aligned columns; the first one is what `videos show` takes."""
    rows = [("id", "tenant", "status", "created", "error", "upstream id")]
    rows += [(each.id, each.tenant, each.status.value, each.created_at, _code(each), harmless(each.upstream_id or "-")) for each in videos]
    return aligned(rows)


def video_id(text: str) -> str:
    """A video's id, in whichever case it was typed."""
    found = text[:4].lower() + text[4:].upper()
    if not ID.fullmatch(found):
        raise argparse.ArgumentTypeError(f"a video's id is vid_ and 26 letters and digits, not {text!r}")
    return found


def _wanted(videos: VideoTable, status: Status | None, tenant: str | None) -> Iterator[Video]:
    for video in _cheapest(videos, status, tenant):
        if (status is None or video.status is status) and (tenant is None or video.tenant == tenant):
            yield video


def _cheapest(videos: VideoTable, status: Status | None, tenant: str | None) -> Iterator[Video]:
    """A superset of what is wanted, by the door that reads the least."""
    if status is Status.UNCONFIRMED:
        found = (videos.get(each) for each in videos.due(UNCONFIRMED, FAR_AHEAD))
        return (video for video in found if video)
    return _of_tenant(videos, tenant) if tenant else videos.every()


def _of_tenant(videos: VideoTable, tenant: str) -> Iterator[Video]:
    page, after = videos.page(tenant, after=None, newest_first=True, limit=PAGE)
    yield from page
    while after:
        page, after = videos.page(tenant, after=after, newest_first=True, limit=PAGE)
        yield from page


def _code(video: Video) -> str:
    return harmless((video.error or {}).get("code", "-"))


def _execution(video: Video, deployment: Deployment) -> tuple[str, str]:
    """The execution that keeps the video: its ARN, and how it stands."""
    arn = deployment.output("StateMachineArn").replace(":stateMachine:", ":execution:") + f":{video.execution}"
    client = deployment.client("stepfunctions")
    try:
        return arn, client.describe_execution(executionArn=arn)["status"]
    except client.exceptions.ExecutionDoesNotExist:
        return arn, "none (not started yet, or closed 90 days ago or more)"
    except ClientError as error:
        return arn, f"not known ({error.response['Error']['Code']})"


def _advice(video: Video, deployment: Deployment) -> str:
    """What the owner of an unconfirmed video does next."""
    command = f"videos resolve {video.id}"
    if video.upstream_id:
        adopt = deployment.command(f"{command} --adopt {shlex.quote(harmless(video.upstream_id))}")
        return f"The upstream's id is known, so nothing is left to find out. To go on with it now:\n  {adopt}"
    ways = {
        "--adopt UPSTREAM_ID": "The task is there: it is polled, and its film kept.",
        "--charged": "A charge is there, and no task: the video ends as failed.",
        "--not-charged": "Neither is there: the video is submitted again, which PAYS. (With --end it ends instead, unpaid.)",
    }
    lines = [f"Look at the upstream's list of tasks, and its bill, for one with these settings that began {_begun(video)}. Then:"]
    for way, meaning in ways.items():
        lines += [meaning, f"  {deployment.command(f'{command} {way}')}"]
    return "\n".join(lines)


def _begun(video: Video) -> str:
    """When the paid call was made; of a restored record nobody knows whether the claim that it shows was the last one."""
    if video.claimed_at is None or (video.error or {}).get("code") == "restored":
        return f"at or after {video.created_at}"
    return f"at {iso(datetime.fromtimestamp(video.claimed_at, UTC))}"
