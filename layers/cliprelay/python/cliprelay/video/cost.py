"""Calculate the cost of a video from its record: estimated on acceptance, settled at its end."""

from decimal import Decimal
from typing import Any

from cliprelay.catalog.pricing import dollars
from cliprelay.video.record import Video
from cliprelay.video.states import Status

# Error codes of failed videos without a task id that may nevertheless have been charged.
_IN_DOUBT = frozenset({"outcome_unknown", "charged_without_video"})


def cost_of(video: Video) -> dict[str, Any] | None:
    """Return tokens and US dollars; None for a record older than quotes.

    `settled`: the cost is final. `estimated`: it is calculated from published prices, not reported by the upstream.
    """
    if video.quote is None:
        return None
    if _bought_nothing(video):
        return _cost(0, Decimal(video.quote["usd_per_million"]), estimated=False, settled=True)
    tokens = video.tokens or int(video.quote["tokens"])
    settled = video.status is Status.SUCCEEDED
    return _cost(tokens, Decimal(video.quote["usd_per_million"]), estimated=video.tokens is None, settled=settled)


def _bought_nothing(video: Video) -> bool:
    return video.is_over and video.upstream_id is None and (video.error or {}).get("code") not in _IN_DOUBT


def _cost(tokens: int, per_million: Decimal, *, estimated: bool, settled: bool) -> dict[str, Any]:
    return {"tokens": tokens, "usd": str(dollars(tokens, per_million)), "estimated": estimated, "settled": settled}
