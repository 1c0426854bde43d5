"""Calculate the cost of a video from its record: estimated on acceptance, settled at its end."""

from decimal import Decimal
from typing import Any

from cliprelay.catalog.pricing import dollars
from cliprelay.video.charge import ChargeKind, billed_tokens, charge_of
from cliprelay.video.record import Video


def cost_of(video: Video) -> dict[str, Any] | None:
    """Return tokens and US dollars; None for a record older than quotes.

    `settled`: the cost is final. `estimated`: it is calculated from published prices, not reported by the upstream.
    """
    if video.quote is None:
        return None
    kind, per_million = charge_of(video).kind, Decimal(video.quote["usd_per_million"])
    if kind is ChargeKind.RELEASED:
        return _cost(0, per_million, estimated=False, settled=True)
    billed = billed_tokens(video)
    return _cost(billed or int(video.quote["tokens"]), per_million, estimated=billed is None, settled=kind is ChargeKind.SETTLED)


def _cost(tokens: int, per_million: Decimal, *, estimated: bool, settled: bool) -> dict[str, Any]:
    return {"tokens": tokens, "usd": str(dollars(tokens, per_million)), "estimated": estimated, "settled": settled}
