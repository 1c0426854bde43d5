"""What an order would bring and cost, without paying: the numbers of POST /v1/quotes, and those that a record keeps."""

from collections.abc import Mapping
from typing import Any

from cliprelay.catalog.model import Model
from cliprelay.catalog.pricing import ASSUMED_SECONDS, Size, dollars, estimate, geometry, unit_price
from cliprelay.catalog.spec import Spec
from cliprelay.orders.warnings import warnings_of


def quote(model: Model, spec: Spec, given: frozenset[str], sizes: Mapping[str, Size]) -> dict[str, Any]:
    """The whole quote as clients see it; `given` are the fields that the client set, `sizes` those of the images that are known."""
    reckoned = estimate(model, spec, sizes.get("image"))
    return {
        "object": "quote",
        "model": model.name,
        "tokens": reckoned.tokens,
        "usd": {"request": str(reckoned.usd), **price_table(model, reckoned.tokens)},
        "estimated": True,
        "price": {"usd_per_million_tokens": str(unit_price(model, spec)), "source": model.price.source, "date": model.price.date},
        "geometry": shown_geometry(model, spec, sizes),
        "typical_seconds": typical_seconds(model, spec),
        "warnings": warnings_of(model, spec, given),
    }


def kept_quote(model: Model, spec: Spec, sizes: Mapping[str, Size]) -> dict[str, Any]:
    """What the record of a video keeps: later prices do not change what was said."""
    reckoned = estimate(model, spec, sizes.get("image"))
    return {"tokens": reckoned.tokens, "usd": str(reckoned.usd), "usd_per_million": str(unit_price(model, spec))}


def price_table(model: Model, tokens: int) -> dict[str, dict[str, str]]:
    """US dollars for that many tokens by tier, silent and with sound."""
    kinds = {"silent": False} if model.price.audio is None else {"silent": False, "audio": True}
    return {
        tier: {kind: str(dollars(tokens, model.price.per_million(audio=audio, tier=tier))) for kind, audio in kinds.items()}
        for tier in model.tiers
    }


def shown_geometry(model: Model, spec: Spec, sizes: Mapping[str, Size]) -> dict[str, Any]:
    """What comes out, in pixels, frames and seconds."""
    made = geometry(model, spec, sizes.get("image"))
    size = {"ratio": made.ratio, "width": made.width, "height": made.height, "exact": made.exact}
    return {**size, "fps": made.fps, "frames": made.frames, "duration": made.seconds}


def typical_seconds(model: Model, spec: Spec) -> dict[str, Any]:
    """How long such a video takes from submit to its end; null where nobody knows."""
    typical = model.typical[spec.tier]
    more = typical.per_extra_second * max(0, (spec.duration or ASSUMED_SECONDS) - ASSUMED_SECONDS)
    median, p95 = (None if seconds is None else seconds + more for seconds in (typical.median, typical.p95))
    return {"median": median, "p95": p95, "source": typical.source}
