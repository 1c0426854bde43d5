"""Calculate the cost of a video from its record: estimated on acceptance, settled at its end."""

from decimal import Decimal
from typing import Any

from cliprelay.catalog.pricing import dollars, most_tokens
from cliprelay.catalog.registry import model_of
from cliprelay.video.record import Video
from cliprelay.video.states import Status

# Error codes of failed videos without a task id that may nevertheless have been charged.
_IN_DOUBT = frozenset({"outcome_unknown", "charged_without_video"})

# Reported usage may exceed the largest shape of an order by this factor. Published prices agree with the formula to 5 %; a figure far
# above it is a fault in the upstream's answer (or its unit), not a cost.
_BELIEVED = 2


def is_believable(video: Video, tokens: int) -> bool:
    """Report whether the upstream can have billed this many tokens for the order."""
    model = model_of(video.model)
    quoted = int((video.quote or {}).get("tokens", 0))
    return 0 < tokens <= _BELIEVED * max(quoted, most_tokens(model, video.spec) if model else 0)


def cost_of(video: Video) -> dict[str, Any] | None:
    """Return tokens and US dollars; None for a record older than quotes.

    `settled`: the cost is final. `estimated`: it is calculated from published prices, not reported by the upstream.
    """
    if video.quote is None:
        return None
    if bought_nothing(video):
        return _cost(0, Decimal(video.quote["usd_per_million"]), estimated=False, settled=True)
    # A record of an earlier version may contain a figure that is not believed.
    billed = video.tokens if video.tokens and is_believable(video, video.tokens) else None
    settled = video.status is Status.SUCCEEDED
    tokens = billed or int(video.quote["tokens"])
    return _cost(tokens, Decimal(video.quote["usd_per_million"]), estimated=billed is None, settled=settled)


def bought_nothing(video: Video) -> bool:
    """Report whether the video has ended and certainly cost nothing."""
    return video.is_over and video.upstream_id is None and (video.error or {}).get("code") not in _IN_DOUBT


def _cost(tokens: int, per_million: Decimal, *, estimated: bool, settled: bool) -> dict[str, Any]:
    return {"tokens": tokens, "usd": str(dollars(tokens, per_million)), "estimated": estimated, "settled": settled}
