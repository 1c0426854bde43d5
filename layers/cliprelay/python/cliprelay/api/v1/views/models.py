"""The JSON view of a model's catalog entry."""

from typing import Any

from cliprelay.catalog.model import Field, Kind, Model, Price
from cliprelay.catalog.registry import Offer
from cliprelay.images.limits import ImageLimits

_TYPES = {Kind.PROMPT: "string", Kind.IMAGE: "string", Kind.INTEGER: "integer", Kind.FLAG: "boolean"}


def show_model(model: Model, offer: Offer) -> dict[str, Any]:
    """Show everything that a client needs to build a form or validate a request."""
    return {
        "id": model.name,
        "object": "model",
        "description": model.about,
        "default": model is offer.default,
        "verified": model.verified,
        "source": model.source,
        "notes": list(model.notes),
        "fields": [show_field(field) for field in model.fields],
        "prompt": {"advised_characters": model.prompt.advised, "max_characters": model.prompt.most, "counted_in": "code points"},
        "images": _images(model.images),
        "tiers": list(model.tiers),
        "forbidden": [
            {"when": {name: list(values) for name, values in rule.when.items()}, "why": rule.message} for rule in model.forbidden
        ],
        "sizes": {
            resolution: {ratio: {"width": width, "height": height} for ratio, (width, height) in shapes.items()}
            for resolution, shapes in model.geometry.items()
        },
        "fps": model.fps,
        "price": _price(model.price),
        "typical_seconds": {
            tier: {"median": typical.median, "p95": typical.p95, "per_extra_second": typical.per_extra_second, "source": typical.source}
            for tier, typical in model.typical.items()
        },
        "provider": model.handling.shown(),
    }


def show_field(field: Field) -> dict[str, Any]:
    """Show one field; members that do not apply are absent."""
    kind = _TYPES.get(field.kind) or ("integer" if isinstance(field.choices[0], int) else "string")
    members: dict[str, Any] = {
        "name": field.name,
        "type": kind,
        "kind": field.kind.value,
        "required": field.required,
        "default": field.default,
        "minimum": field.low,
        "maximum": field.high,
        "enum": list(field.choices) or None,
        "description": field.about or None,
    }
    return {name: value for name, value in members.items() if value is not None}


def _images(figures: ImageLimits | None) -> dict[str, Any] | None:
    if figures is None:
        return None
    return {
        "formats": list(figures.formats),
        "side_pixels": {"more_than": figures.above_pixels, "less_than": figures.below_pixels},
        "width_to_height": {"more_than": _ratio(figures.above_ratio), "less_than": _ratio(figures.below_ratio)},
        "bytes": {"less_than": figures.below_bytes},
    }


def _ratio(fraction: tuple[int, int]) -> float:
    return fraction[0] / fraction[1]


def _price(price: Price) -> dict[str, Any]:
    return {
        "usd_per_million_tokens": {"silent": str(price.silent), "audio": None if price.audio is None else str(price.audio)},
        "flex_factor": None if price.flex is None else str(price.flex),
        "source": price.source,
        "date": price.date,
    }
