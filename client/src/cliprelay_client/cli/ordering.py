"""How every order is made: the price is said before, the key is saved before, and an order that was cut off is continued."""

import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click

from cliprelay_client.api.errors import ApiError, ClipRelayError, ServerTooOld, Unavailable, Unreachable, UsageError
from cliprelay_client.cli.options import fields_of
from cliprelay_client.cli.output import usd
from cliprelay_client.cli.session import Session

if TYPE_CHECKING:
    from cliprelay_client.api.journal import Intent
    from cliprelay_client.api.orders import Order
    from cliprelay_client.api.video import Quote, VideoData


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


def order(current: Session, picture: str | None, prompt: str, options: dict[str, Any], then: str = "") -> "tuple[VideoData, Intent | None]":
    """Say the price, ask, and order under a key that is saved before."""
    from cliprelay_client.api.orders import order_of

    max_usd, yes, key, new = (options.pop(name) for name in ("max_usd", "yes", "key", "new"))
    fields = fields_of(options)
    if max_usd is not None:
        fields["max_cost_usd"] = str(max_usd)
    wanted = order_of(picture, prompt, fields)
    intent = None if key else claim(current, wanted, new=new)
    current.going_on = "the same command; it repeats the order under the same key, which pays at most once."
    try:
        video = send(current, wanted, key, intent, max_usd, yes=yes)
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
    current.going_on, going_on = "", current.going_on  # nothing was ordered yet
    if not click.confirm("Order it?", err=True):
        raise Refused("Nothing was ordered.")
    current.going_on = going_on
