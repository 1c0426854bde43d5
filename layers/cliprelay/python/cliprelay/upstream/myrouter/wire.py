"""How MyRouter knows our models: the path of the paid call, and what it calls their fields."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Wire:
    """One model: `names` holds the fields that MyRouter calls differently, `unsent` those that it does not take."""

    path: str
    names: Mapping[str, str] = field(default_factory=dict)
    unsent: frozenset[str] = frozenset()

    def name(self, field: str) -> str:
        """Return MyRouter's name of a field."""
        return self.names.get(field, field)


# fps has one legal value, which the family's other models do not know.
_NO_FPS = frozenset({"fps"})
WIRES = {
    "seedance-v1.5-pro-i2v": Wire("/v3/async/seedance-v1.5-pro-i2v", unsent=_NO_FPS),
    "seedance-v1.5-pro-t2v": Wire("/v3/async/seedance-v1.5-pro-t2v", unsent=_NO_FPS),
    "seedance-v1-pro-t2v": Wire("/v3/async/seedance-v1-pro-t2v"),
    "seedance-v1-lite-t2v": Wire("/v3/async/seedance-v1-lite-t2v"),
}


def wire_of(model: str) -> Wire:
    """Return how a model is sent; a recorded model without an entry follows the family's pattern."""
    return WIRES.get(model) or Wire(f"/v3/async/{model}")
