"""`make`, `submit` and `quote`: the price is said before the order, and an order that was cut off is continued."""

import os
import re
import shlex
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cliprelay_client.api.errors import ApiError, ClipRelayError, ServerTooOld, Unavailable, Unreachable, UsageError, VideoFailed
from cliprelay_client.cli.options import Usd, common, fields_of, order_settings
from cliprelay_client.cli.output import plain, usd
from cliprelay_client.cli.session import Session, session
from cliprelay_client.cli.watch import watch_one

if TYPE_CHECKING:
    from cliprelay_client.api.journal import Intent
    from cliprelay_client.api.orders import Order
    from cliprelay_client.api.video import Quote, VideoData

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
    video, intent = _order(current, picture, prompt, options, f" --download{_given(output)}")
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
    video, intent = _order(current, *split(words), options)
    if intent:
        intent.done()
        intent.release()
    current.output.result(video.raw, [video.id])
    current.output.note(f"Go on with: cliprelay watch {video.id}")
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
    current.output.result(dict(quoted.raw), [price(quoted), *(f"{each.code}: {each.message}" for each in quoted.warnings)])
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


def price(quoted: "Quote") -> str:
    """Say the price and what it buys in one line."""
    shape = quoted.raw.get("geometry") or {}
    about = "" if quoted.is_exact else "about "
    return f"{about}{usd(quoted.usd)} for {shape.get('duration', '?')} s of {shape.get('width', '?')}x{shape.get('height', '?')}"


def check_price(quoted: "Quote", most: Decimal) -> None:
    """Refuse an order before it is sent."""
    if quoted.usd > most:
        raise Refused(f"The price is {usd(quoted.usd)}, more than --max-usd {most}; nothing was ordered.")


class Refused(ClipRelayError):
    """The command itself refuses, because of a limit that its user gave."""

    exit_code = 3


def _order(
    current: Session, picture: str | None, prompt: str, options: dict[str, Any], then: str = ""
) -> "tuple[VideoData, Intent | None]":
    """Say the price, ask, and order under a key that is saved before."""
    from cliprelay_client.api.orders import order_of

    max_usd, yes, key, new = (options.pop(name) for name in ("max_usd", "yes", "key", "new"))
    fields = fields_of(options)
    if max_usd is not None:
        fields["max_cost_usd"] = str(max_usd)
    order = order_of(picture, prompt, fields)
    intent = None if key else claim(current, order, new=new)
    current.going_on = "the same command; it repeats the order under the same key, which pays at most once."
    try:
        video = send(current, order, key, intent, max_usd, yes=yes)
        current.going_on = f"cliprelay watch {video.id}{then}"
        current.output.note(f"{'Already ordered' if video.replayed else 'Ordered'}: {video.id}")
        return video, intent
    except (ApiError, ServerTooOld, Refused, UsageError, click.UsageError, click.Abort) as refused:
        if intent and not intent.resumed and not isinstance(refused, Unavailable):
            intent.done()
        raise
    except Unreachable as lost:
        current.going_on = ""  # the message says it
        if intent and not intent.resumed and not getattr(lost, "may_have_arrived", True):
            intent.done()
        raise
    except BaseException:
        if intent:
            intent.release()
        raise


def claim(current: Session, order: "Order", *, new: bool) -> "Intent":
    """Take up an equal order that is not finished, or save a fresh key."""
    fingerprint = order.fingerprint(current.client.core.base_url)
    intent = current.client.journal.claim(fingerprint)
    if intent.resumed and new:
        intent.done()
        intent = current.client.journal.claim(fingerprint)
    if intent.resumed:
        which = intent.video_id or "its answer never arrived"
        current.output.note(f"Continuing your order of {intent.created_at} ({which}); it is not paid again. --new orders another one.")
    return intent


def send(current: Session, order: "Order", key: str | None, intent: "Intent | None", max_usd: Decimal | None, *, yes: bool) -> "VideoData":
    """Order after the price was said; what was ordered before is continued without a question."""
    from cliprelay_client.api import orders
    from cliprelay_client.api.video import Quote, VideoData

    client = current.client
    quoted = None
    if not (intent and intent.resumed):
        without_limit = orders.Order(order.pictures, {name: value for name, value in order.settings.items() if name != "max_cost_usd"})
        quoted = Quote(client.driver.run(orders.quote(client.core, without_limit)))
        if max_usd is not None:
            check_price(quoted, max_usd)
        ask(
            current,
            price(quoted),
            [each.message for each in quoted.warnings if each.code != "no_idempotency_key"],
            yes=yes or max_usd is not None,
        )

    def ordered(what: "Order") -> "VideoData":
        raw, replayed = client.driver.run(orders.create(client.core, what, key, client.journal, intent))
        return VideoData(raw, replayed=replayed)

    try:
        video = ordered(order)
    except ServerTooOld:
        # An older server does not know the limit; the price that was checked is exact.
        if max_usd is None or quoted is None or not quoted.is_exact:
            raise
        video = ordered(without_limit)
    return video


def ask(current: Session, said: str, warnings: list[str], *, yes: bool) -> None:
    """Say the price before it is spent, and ask a person."""
    current.output.note(f"Price: {said}")
    for each in warnings:
        current.output.note(f"Note: {each}")
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(f"The price is {said}. Add --yes to order without a question, or --max-usd; nothing was ordered.")
    if not click.confirm("Order it?", err=True):
        raise Refused("Nothing was ordered.")


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
        sys.stderr.write(f"No program opens {plain(path)} here.\n")
