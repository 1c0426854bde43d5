"""`make`, `submit` and `quote`."""

import os
import re
import shlex
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cliprelay_client.api.errors import VideoFailed
from cliprelay_client.cli.options import Usd, common, fields_of, order_settings
from cliprelay_client.cli.ordering import check_price, order, price
from cliprelay_client.cli.output import plain, readable, say
from cliprelay_client.cli.session import Session, session
from cliprelay_client.cli.watch import watch_one

if TYPE_CHECKING:
    from cliprelay_client.api.video import VideoData

PRICED = click.option("--max-usd", type=Usd(), help="Refuse an order that may cost more.")
YES = click.option("--yes", "-y", is_flag=True, help="Order without a question.")
KEY = click.option(
    "--key", metavar="KEY", help="Your own idempotency key, such as an order number, or `content`: same content, same video."
)
NEW = click.option("--new", is_flag=True, help="Order another one, even if an equal order is not finished.")
WORDS = click.argument("words", nargs=-1, metavar="[PICTURE] PROMPT")


@click.command("make")
@WORDS
@click.option("--output", "-o", metavar="FILE", help="File or folder; by default the picture's name, in this folder.")
@click.option("--open", "opens", is_flag=True, help="Open the video when it is there.")
@PRICED
@YES
@KEY
@NEW
@order_settings
@common
@click.pass_context
def make_command(ctx: click.Context, /, words: tuple[str, ...], output: str | None, opens: bool, **options: Any) -> int:
    """Order a video, watch it, and download it. PICTURE is a file or an https:// URL."""
    current = session(ctx, options)
    picture, prompt = split(words)
    target = _target(output, picture)
    video, intent = order(current, picture, prompt, options, f" --download{_given(output)}")
    try:
        made = watch_one(current, video.id)
        target = target or Path(f"{made.id}.mp4")
        written = download(current, made, target, is_chosen=output is not None)
    except VideoFailed:
        if intent:
            intent.done()
        raise
    finally:
        if intent:
            intent.release()
    if intent:
        intent.done()
    current.output.result({**made.raw, "file": str(written)}, [written])
    if opens:
        open_file(written)
    return 0


@click.command("submit")
@WORDS
@PRICED
@YES
@KEY
@NEW
@order_settings
@common
@click.pass_context
def submit_command(ctx: click.Context, /, words: tuple[str, ...], **options: Any) -> int:
    """Order a video and print its id at once."""
    current = session(ctx, options)
    video, intent = order(current, *split(words), options)
    if intent:
        intent.done()
        intent.release()
    current.output.result(video.raw, [video.id])
    current.output.note("Go on with:", f"cliprelay watch {video.id}")
    return 0


@click.command("quote")
@WORDS
@PRICED
@order_settings
@common
@click.pass_context
def quote_command(ctx: click.Context, /, words: tuple[str, ...], max_usd: Decimal | None, **options: Any) -> int:
    """Say what an order would produce and cost, without ordering."""
    current = session(ctx, options)
    picture, prompt = split(words)
    quoted = current.client.videos.quote(picture, prompt, **fields_of(options))
    warnings = (line for each in quoted.warnings for line in readable(f"{each.code}: {each.message}"))
    current.output.result(dict(quoted.raw), [price(quoted), *warnings])
    if max_usd is not None:
        check_price(quoted, max_usd)
    return 0


def split(words: tuple[str, ...]) -> tuple[str | None, str]:
    """Tell picture and prompt apart; a prompt alone is for models without pictures."""
    if len(words) == 2:
        return words[0], words[1]
    if len(words) == 1 and not Path(words[0]).is_file():
        return None, words[0]
    raise click.UsageError("Give a picture and a prompt in quotes, such as: beach.png 'The waves roll in.'")


def _target(output: str | None, picture: str | None) -> Path | None:
    """Return where the video goes, and find a missing folder before anything is paid."""
    from cliprelay_client.api.downloads import target_of

    if output is not None:
        return target_of(output, stem(picture))
    return Path(f"{stem(picture)}.mp4") if picture else None


def stem(picture: str | None) -> str:
    """Name a video after its picture."""
    name = re.sub(r"[?#].*", "", picture or "").rstrip("/").rpartition("/")[2] if picture and "://" in picture else Path(picture or "").name
    return plain(Path(name).stem) or "video"


def _given(output: str | None) -> str:
    return f" -o {shlex.quote(output)}" if output else ""


def download(current: Session, video: "VideoData", target: Path, *, is_chosen: bool) -> Path:
    """Download with a progress line; a name that the user did not choose gives way to a file that is there."""
    from cliprelay_client.api.downloads import is_whole
    from cliprelay_client.cli.progress import Progress

    size = video.bytes or 0
    if not is_chosen and target.exists() and not is_whole(target, size, video.sha256 or ""):
        target = target.with_name(f"{target.stem}-{video.id[-6:]}{target.suffix}")
    progress = Progress(is_shown=not current.output.is_quiet)
    try:
        return current.client.videos.download(video, target, on_bytes=lambda got: progress.show("download", got / size if size else 0))
    finally:
        progress.clear()


def open_file(path: Path) -> None:
    """Open a file with the program that the desktop has for it."""
    opener = "open" if sys.platform == "darwin" else "xdg-open"
    try:
        subprocess.Popen([opener, os.fspath(path)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603 - the desktop's own
    except OSError:
        say(f"No program opens {path} here.")
