"""Each model's path and field names at MyRouter."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Wire:
    """One model: `names` maps fields to MyRouter's names, `unsent` lists fields that it does not accept."""

    path: str
    names: Mapping[str, str] = field(default_factory=dict)
    unsent: frozenset[str] = frozenset()

    def fields(self, ours: Mapping[str, object]) -> dict[str, object]:
        """Return our fields by MyRouter's names, without those that it does not take."""
        return {self.names.get(name, name): value for name, value in ours.items() if name not in self.unsent}


# fps has a single legal value, and the family's other models have no such field.
_NO_FPS = frozenset({"fps"})
WIRES = {
    "seedance-v1.5-pro-i2v": Wire("/v3/async/seedance-v1.5-pro-i2v", unsent=_NO_FPS),
    "seedance-v1.5-pro-t2v": Wire("/v3/async/seedance-v1.5-pro-t2v", unsent=_NO_FPS),
    "seedance-v1-pro-t2v": Wire("/v3/async/seedance-v1-pro-t2v"),
    "seedance-v1-lite-t2v": Wire("/v3/async/seedance-v1-lite-t2v"),
}


def wire_of(model: str) -> Wire:
    """Return the wire format of a model; a model without an entry follows the family's pattern."""
    return WIRES.get(model) or Wire(f"/v3/async/{model}")
