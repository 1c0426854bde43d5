"""`watch`: wait for videos that were ordered before."""

from typing import TYPE_CHECKING, Any

import click

from cliprelay_client.api.errors import ClipRelayError, UsageError
from cliprelay_client.cli.options import common
from cliprelay_client.cli.output import readable, usd
from cliprelay_client.cli.progress import Progress
from cliprelay_client.cli.session import Session, session

if TYPE_CHECKING:
    from cliprelay_client.api.client import Video

# A person looks at the line; without one, the server may wait longer.
SEEN_POLL, UNSEEN_POLL = 4, 25


@click.command("watch")
@click.argument("video_ids", nargs=-1, required=True, metavar="ID...")
@click.option("--download", "downloads", is_flag=True, help="Download what was made.")
@click.option("--output", "-o", metavar="FILE", help="File or folder of the download.")
@common
@click.pass_context
def watch_command(ctx: click.Context, /, video_ids: tuple[str, ...], downloads: bool, output: str | None, **options: Any) -> int:
    """Wait for videos to end, and download them if asked."""
    from cliprelay_client.cli.videos import download_to

    current = session(ctx, options)
    if output and not downloads:
        raise click.UsageError("--output needs --download.")
    current.going_on = f"cliprelay watch {' '.join(video_ids)}"
    if len(video_ids) == 1:
        made = watch_one(current, video_ids[0])
        written = download_to(current, made, output) if downloads else None
        current.output.result({**made.raw, **({"file": str(written)} if written else {})}, [written or f"{made.id} succeeded"])
        return 0
    return _watch_many(current, video_ids, output, downloads=downloads)


def _watch_many(current: Session, video_ids: tuple[str, ...], output: str | None, *, downloads: bool) -> int:
    from cliprelay_client.api.video import outcome_error
    from cliprelay_client.cli.videos import download_to

    progress, documents, lines, codes = Progress(is_shown=not current.output.is_quiet), list[Any](), list[str](), [0]
    current.client.core.on_repeat = progress.trouble
    progress.show("waiting", 0)
    for video in current.client.videos.wait_many(video_ids):
        progress.show("waiting", len(documents) / len(video_ids))
        error: ClipRelayError | None = outcome_error(video)
        document, shown = dict(video.raw), readable(error or f"{video.id} succeeded")
        if error is None and downloads:
            shown = [str(download_to(current, video, output))]
            document["file"] = shown[0]
        documents.append(document)
        lines += shown
        codes.append(error.exit_code if error else 0)
        progress.show("waiting", len(documents) / len(video_ids))
    progress.clear()
    current.output.result(documents, lines)
    return max(codes)


def watch_one(current: Session, video_id: str) -> "Video":
    """Wait for one video, with a progress line; raise the error of one that was not made."""
    from cliprelay_client.api import waiting
    from cliprelay_client.api.client import Video
    from cliprelay_client.api.video import VideoData, or_error

    progress, client = Progress(is_shown=not current.output.is_quiet), current.client

    def update(raw: dict[str, Any]) -> None:
        video = VideoData(raw)
        progress.show(video.status, video.progress / 100, usd(video.cost_usd) if video.cost_usd is not None else "")

    client.core.on_repeat = progress.trouble
    progress.show("waiting", 0)
    poll = UNSEEN_POLL if current.output.is_quiet else SEEN_POLL
    try:
        raw = client.driver.run(waiting.wait(client.core, video_id, longest_poll=poll), update)
    finally:
        progress.clear()
    video = or_error(Video(raw, client.videos))
    if not raw.get("video"):
        raise UsageError(f"{video_id} has no file any more.")
    return video
