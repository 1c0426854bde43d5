"""Other names of models: of a family, whose member the picture decides, and those that a deployment's owner has set."""

from collections.abc import Mapping

from cliprelay.catalog.model import Model
from cliprelay.catalog.registry import MODELS, Offer, UnknownModels

_WITH_PICTURE, _WITHOUT = "-i2v", "-t2v"
# seedance-v1.5-pro means seedance-v1.5-pro-i2v with a picture and seedance-v1.5-pro-t2v without one.
FAMILIES = {name.removesuffix(end) for name in MODELS for end in (_WITH_PICTURE, _WITHOUT) if name.endswith(end)}


def read_aliases(text: str) -> dict[str, str]:
    """Parse `name=model,name=model`, where a model may also be a family; raises UnknownModels for one that stands for no model."""
    found = dict(_pair(pair.strip()) for pair in text.split(",") if pair.strip())
    unknown = sorted(set(found.values()) - FAMILIES - set(MODELS))
    if unknown:
        known = ", ".join([*sorted(FAMILIES), *MODELS])
        raise UnknownModels(f"ModelAliases names unknown models: {', '.join(unknown)}; known are {known}")
    return found


def _pair(pair: str) -> tuple[str, str]:
    name, _, model = pair.partition("=")
    return name.strip(), model.strip()


def model_meant(name: str, offer: Offer, aliases: Mapping[str, str], *, with_picture: bool) -> Model | None:
    """Return the offered model that a name, a family or an alias means; None if it means none."""
    name = aliases.get(name, name)
    if name in FAMILIES:
        name += _WITH_PICTURE if with_picture else _WITHOUT
    return offer.find(name)


def names_meant(offer: Offer, aliases: Mapping[str, str]) -> list[str]:
    """Return every name that means an offered model: aliases and families first."""
    families = sorted({family for family in FAMILIES for name in offer.names if name in (family + _WITH_PICTURE, family + _WITHOUT)})
    return [*aliases, *families, *offer.names]
