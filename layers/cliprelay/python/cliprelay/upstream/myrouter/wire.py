"""How MyRouter knows our models: the path of the paid call, and what it calls their fields."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Wire:
    """One model: `names` holds the fields that MyRouter calls differently, `unsent` those that it does not take."""

    path: str
    names: Mapping[str, str] = field(default_factory=dict)
    unsent: frozenset[str] = frozenset()

    def fields(self, ours: Mapping[str, object]) -> dict[str, object]:
        """Return our fields by MyRouter's names, without those that it does not take."""
        return {self.names.get(name, name): value for name, value in ours.items() if name not in self.unsent}


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
