"""Calculate the price and output of an order: for POST /v1/quotes, and for the video record."""

from collections.abc import Mapping
from typing import Any

from cliprelay.catalog.micros import price_in_micros, usd_at_most
from cliprelay.catalog.model import TIMED_SECONDS, Model
from cliprelay.catalog.pricing import Size, dollars, estimate, geometry, possible_tokens, unit_price
from cliprelay.catalog.spec import Spec
from cliprelay.orders.warnings import warnings_of


def possible_price(model: Model, spec: Spec, sizes: Mapping[str, Size], *, turned: bool = False) -> tuple[int, int]:
    """Return the least and the most that the video can cost, in micro-dollars; equal if its shape is known."""
    least, most = possible_tokens(model, spec, sizes.get("image"), turned=turned)
    return price_in_micros(least, unit_price(model, spec)), price_in_micros(most, unit_price(model, spec))


def quote(model: Model, spec: Spec, given: frozenset[str], sizes: Mapping[str, Size], *, turned: bool = False) -> dict[str, Any]:
    """Build the quote for clients; `given` names the fields that the client set, `sizes` the known image sizes.

    `turned` says that the first frame may be seen turned by a quarter.
    """
    estimated = estimate(model, spec, sizes.get("image"))
    _, most = possible_price(model, spec, sizes, turned=turned)
    return {
        "object": "quote",
        "model": model.name,
        "tokens": estimated.tokens,
        "usd": {"request": str(estimated.usd), "most": usd_at_most(most), **price_table(model, estimated.tokens)},
        "estimated": True,
        "price": {"usd_per_million_tokens": str(unit_price(model, spec)), "source": model.price.source, "date": model.price.date},
        "geometry": shown_geometry(model, spec, sizes, turned=turned),
        "typical_seconds": typical_seconds(model, spec),
        "provider": model.handling.shown(),
        "warnings": warnings_of(model, spec, given),
    }


def quote_to_store(model: Model, spec: Spec, sizes: Mapping[str, Size], *, turned: bool = False) -> dict[str, Any]:
    """Build the quote to store in the video record, so that later price changes do not affect it; with the size, if it is certain."""
    estimated = estimate(model, spec, sizes.get("image"))
    made = geometry(model, spec, sizes.get("image"), turned=turned)
    size = {"size": f"{made.width}x{made.height}"} if made.exact else {}
    return {"tokens": estimated.tokens, "usd": str(estimated.usd), "usd_per_million": str(unit_price(model, spec)), **size}


def price_table(model: Model, tokens: int) -> dict[str, dict[str, str]]:
    """Calculate the US dollars for that many tokens by tier, silent and with audio."""
    kinds = {"silent": False} if model.price.audio is None else {"silent": False, "audio": True}
    return {
        tier: {kind: str(dollars(tokens, model.price.per_million(audio=audio, tier=tier))) for kind, audio in kinds.items()}
        for tier in model.tiers
    }


def shown_geometry(model: Model, spec: Spec, sizes: Mapping[str, Size], *, turned: bool = False) -> dict[str, Any]:
    """Describe the resulting video in pixels, frames and seconds."""
    made = geometry(model, spec, sizes.get("image"), turned=turned)
    size = {"ratio": made.ratio, "width": made.width, "height": made.height, "exact": made.exact}
    return {**size, "fps": made.fps, "frames": made.frames, "duration": made.seconds}


def typical_seconds(model: Model, spec: Spec) -> dict[str, Any]:
    """Estimate the seconds from submission to completion; None where no figure is published."""
    typical = model.typical[spec.tier]
    more = typical.per_extra_second * max(0, (spec.duration or TIMED_SECONDS) - TIMED_SECONDS)
    median, p95 = (None if seconds is None else seconds + more for seconds in (typical.median, typical.p95))
    return {"median": median, "p95": p95, "source": typical.source}
