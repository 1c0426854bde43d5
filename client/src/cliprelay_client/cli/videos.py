"""Commands about videos that exist."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cliprelay_client.cli.options import common
from cliprelay_client.cli.output import facts, usd
from cliprelay_client.cli.session import Session, session

if TYPE_CHECKING:
    from cliprelay_client.api.video import VideoData

ID = click.argument("video_id", metavar="ID")


@click.command("get")
@ID
@common
@click.pass_context
def get_command(ctx: click.Context, /, video_id: str, **options: Any) -> int:
    """Show one video."""
    current = session(ctx, options)
    raw = current.client.videos.get(video_id).raw
    current.output.result(raw, facts(raw))
    return 0


@click.command("list")
@click.option("--status", metavar="STATUS", help="One of queued, submitting, running, archiving, succeeded, failed, expired, canceled.")
@click.option("--limit", type=click.IntRange(1, 100), default=20, show_default=True)
@click.option("--after", metavar="ID", help="The next page: the last id of this one.")
@click.option("--oldest-first", is_flag=True, help="The other way round.")
@click.option("--from", "since", metavar="DATE", help="Ordered on this day or later.")
@click.option("--to", metavar="DATE", help="Ordered on this day or earlier.")
@click.option("--model", metavar="MODEL", help="Only those of this model.")
@common
@click.pass_context
def list_command(ctx: click.Context, /, limit: int, oldest_first: bool, since: str | None, **options: Any) -> int:
    """List your videos, newest first."""
    current = session(ctx, options)
    filters = {"from": since, "order": "asc" if oldest_first else None, **options}
    page = current.client.videos.list(limit=limit, **filters)
    rows = [
        (each.id, each.status, each.created_at, _cost(each), (each.raw.get("request") or {}).get("prompt", "")[:60]) for each in page.data
    ]
    document = {"data": [each.raw for each in page.data], "next": page.next}
    current.output.table(document, ("ID", "STATUS", "CREATED", "USD", "PROMPT"), rows)
    if page.next:
        current.output.note("More:", f"cliprelay list --after {page.next}")
    return 0


def _cost(video: "VideoData") -> str:
    return usd(video.cost_usd) if video.cost_usd is not None else ""


@click.command("download")
@ID
@click.option("--output", "-o", metavar="FILE", help="File or folder; by default ID.mp4 in this folder.")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@common
@click.pass_context
def download_command(ctx: click.Context, /, video_id: str, output: str | None, force: bool, **options: Any) -> int:
    """Download a video. It is resumed after a break, checked, and never half."""
    current = session(ctx, options)
    current.going_on = "the same command; what has arrived is kept."
    video = current.client.videos.get(video_id)
    written = download_to(current, video, output, overwrite=force)
    current.output.result({**video.raw, "file": str(written)}, [written])
    return 0


def download_to(current: Session, video: "VideoData", output: str | None, *, overwrite: bool = False) -> Path:
    """Download with a progress line."""
    from cliprelay_client.cli.progress import Progress

    progress, size = Progress(is_shown=not current.output.is_quiet), video.bytes or 0
    target = output if output is not None else f"{video.id}.mp4"
    try:
        return current.client.videos.download(
            video, target, overwrite=overwrite, on_bytes=lambda got: progress.show("download", got / size if size else 0)
        )
    finally:
        progress.clear()


@click.command("cancel")
@ID
@click.option("--discard", is_flag=True, help="Throw away a video that arrives anyway.")
@common
@click.pass_context
def cancel_command(ctx: click.Context, /, video_id: str, discard: bool, **options: Any) -> int:
    """Cancel a video, and say whether it may still be billed."""
    current = session(ctx, options)
    raw = current.client.videos.cancel(video_id, discard=discard).raw
    billed = f", billed: {raw['billed']}" if "billed" in raw else ""
    current.output.result(raw, [f"{raw['id']} {raw.get('status')}{billed}"])
    return 0


@click.command("delete")
@ID
@click.option("--yes", "-y", is_flag=True, help="Delete without a question.")
@common
@click.pass_context
def delete_command(ctx: click.Context, /, video_id: str, yes: bool, **options: Any) -> int:
    """Delete an ended video. Its file, link, prompt and metadata are gone for ever."""
    current = session(ctx, options)
    if not yes:
        click.confirm(f"Delete {video_id} for ever?", abort=True, err=True)
    current.client.videos.delete(video_id)
    current.output.result({"id": video_id, "deleted": True}, [f"{video_id} deleted"])
    return 0


@click.command("link")
@ID
@click.option("--renew", is_flag=True, help="Revoke the link and print a new one.")
@common
@click.pass_context
def link_command(ctx: click.Context, /, video_id: str, renew: bool, **options: Any) -> int:
    """Print the durable link. It needs no key: treat it like a password."""
    from cliprelay_client.api.errors import UsageError

    current = session(ctx, options)
    videos = current.client.videos
    video = videos.new_link(video_id) if renew else videos.get(video_id)
    if not video.link:
        raise UsageError(f"{video_id} has no link: it is {video.status}.")
    current.output.result({"id": video.id, "link": video.link}, [video.link])
    return 0


@click.command("deliveries")
@ID
@common
@click.pass_context
def deliveries_command(ctx: click.Context, /, video_id: str, **options: Any) -> int:
    """List the webhook deliveries of a video, newest first."""
    current = session(ctx, options)
    found = current.client.videos.deliveries(video_id)
    rows = [
        (each.get("id", ""), each.get("status", ""), each.get("type", ""), len(each.get("attempts", [])), each.get("next_attempt_at") or "")
        for each in found
    ]
    current.output.table({"data": list(found)}, ("ID", "STATUS", "EVENT", "ATTEMPTS", "NEXT"), rows)
    return 0


@click.command("resend")
@ID
@click.option("--event", metavar="EVENT", help="An earlier event; by default the newest.")
@common
@click.pass_context
def resend_command(ctx: click.Context, /, video_id: str, event: str | None, **options: Any) -> int:
    """Send a webhook event again, under the same event id."""
    current = session(ctx, options)
    sent = current.client.videos.resend(video_id, event=event)
    current.output.result(dict(sent), [f"{sent.get('id', video_id)} {sent.get('status', 'sent')}"])
    return 0
